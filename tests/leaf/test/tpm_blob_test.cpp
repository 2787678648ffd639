#include "tests/leaf/tpm_blob.hpp"

#include <gtest/gtest.h>

namespace leafgate::leaf {
namespace {

std::string field(std::size_t size) {
  return std::string{static_cast<char>(size / 256), static_cast<char>(size % 256)} + std::string(size, 'x');
}

// The sizes of a captured one (device sheet §5.3).
std::string captured() { return field(52) + field(256) + field(142) + field(256) + field(48) + field(190); }

TEST(TpmBlob, comes_apart_into_its_six_fields) {
  const auto blob = split_tpm_blob(captured());
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->credential.size(), 54U);
  EXPECT_EQ(blob->credential_secret.size(), 258U);
  EXPECT_EQ(blob->duplicate.size(), 144U);
  EXPECT_EQ(blob->duplicate_secret.size(), 258U);
  EXPECT_EQ(blob->object.size(), 50U);
  EXPECT_EQ(blob->remark.size(), 192U);
}

TEST(TpmBlob, is_none_when_an_sdk_would_stumble) {
  const std::string first_five = field(52) + field(256) + field(142) + field(256) + field(48);
  const std::pair<const char*, std::string> rows[] = {
      {"nothing", ""},
      {"no remark", first_five},
      {"an empty remark", first_five + field(0)},
      {"a remark that Java's TPM cannot decrypt at once", first_five + field(1025)},
      {"something behind it", captured() + "x"},
      {"cut", captured().substr(0, captured().size() - 1)},
      {"half a size", first_five + std::string(1, '\0')},
  };
  for (const auto& [what, octets] : rows) EXPECT_FALSE(split_tpm_blob(octets)) << what;
}

}  // namespace
}  // namespace leafgate::leaf
