#include "tests/standin/tpm_credential.hpp"

#include <gtest/gtest.h>

#include "tests/standin/encoding.hpp"
#include "tests/standin/test/tpm_device.hpp"

namespace leafgate::standin {
namespace {

const TpmDevice& device() {
  static const TpmDevice one;
  return one;
}

TEST(TpmCredential, reads_the_keys_of_a_tpm_and_names_them) {
  const auto endorsement = read_tpm_public(device().endorsement_key());
  const auto storage = read_tpm_public(device().storage_key());
  ASSERT_TRUE(endorsement && storage);
  EXPECT_EQ(endorsement->area, device().endorsement_area());
  EXPECT_EQ(endorsement->area.size(), 316U);
  EXPECT_EQ(storage->area.size(), 284U);
  EXPECT_EQ(storage->name.size(), 34U);
}

TEST(TpmCredential, takes_no_other_key) {
  const std::string good = device().storage_area();
  const auto with = [&](std::size_t at, char octet) {
    std::string area = good;
    area[at] = octet;
    return area;
  };
  const std::pair<const char*, std::string> rows[] = {
      {"empty", ""},
      {"cut", good.substr(0, good.size() - 1)},
      {"longer", good + "x"},
      {"no size", good.substr(2)},
      {"ECC", with(3, 0x23)},
      {"SHA-384", with(5, 0x0c)},
      {"signs too", with(7, 0x07)},
      {"not restricted", with(7, 0x02)},
      {"may leave its TPM", with(9, 0x70)},
      {"a longer AES key", with(14, 0x01)},
      {"CBC", with(17, 0x42)},
      {"RSA-3072", with(20, 0x0c)},
      {"an exponent of its own", with(25, 0x03)},
      {"a shorter modulus", with(26, 0x00)},
  };
  for (const auto& [what, area] : rows) EXPECT_FALSE(read_tpm_public(base64_encode(area))) << what;
  EXPECT_FALSE(read_tpm_public("not base64"));
}

TEST(TpmCredential, carries_the_key_to_the_tpm_it_is_for) {
  const std::string key(32, 'k');
  const auto endorsement = read_tpm_public(device().endorsement_key());
  const auto storage = read_tpm_public(device().storage_key());
  const std::string blob = authentication_key(*endorsement, *storage, key, "0ne00ABCDEF/registrations/a");
  // The sizes of two captures; only the last field differs there (sheet §5.3).
  EXPECT_EQ(base64_decode(blob)->size(), 764 + 2 + 27U);
  const auto activated = device().activate(blob);
  EXPECT_EQ(activated.key, key);
  EXPECT_EQ(activated.remark, "0ne00ABCDEF/registrations/a");
  EXPECT_NE(authentication_key(*endorsement, *storage, key, "0ne00ABCDEF/registrations/a"), blob);
  EXPECT_THROW(TpmDevice().activate(blob), std::runtime_error);
}

TEST(TpmCredential, is_of_no_use_to_a_tpm_with_one_of_the_two_keys) {
  const TpmDevice other;
  const auto endorsement = read_tpm_public(device().endorsement_key());
  const auto storage = read_tpm_public(other.storage_key());
  const std::string blob = authentication_key(*endorsement, *storage, std::string(32, 'k'), "remark");
  EXPECT_THROW(device().activate(blob), std::runtime_error);
  EXPECT_THROW(other.activate(blob), std::runtime_error);
}

TEST(TpmCredential, cuts_a_remark_that_clients_might_not_bear) {
  const auto endorsement = read_tpm_public(device().endorsement_key());
  const auto storage = read_tpm_public(device().storage_key());
  const std::string blob =
      authentication_key(*endorsement, *storage, std::string(32, 'k'), std::string(2000, 'r'));
  EXPECT_EQ(device().activate(blob).remark.size(), 190U);
}

}  // namespace
}  // namespace leafgate::standin
