#include "tests/leaf/tpm_text.hpp"

#include <gtest/gtest.h>

#include "tests/leaf/encoding.hpp"

namespace leafgate::leaf {
namespace {

// RFC 4648 §10, in small letters and without padding.
TEST(TpmText, base32_is_that_of_the_standard) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"f", "my"},
                                                      {"fo", "mzxq"},
                                                      {"foo", "mzxw6"},
                                                      {"foob", "mzxw6yq"},
                                                      {"fooba", "mzxw6ytb"},
                                                      {"foobar", "mzxw6ytboi"}};
  for (const auto& [octets, text] : rows) EXPECT_EQ(base32(octets), text);
}

TEST(TpmText, an_id_is_made_of_the_whole_key) {
  const std::string id = tpm_registration_id(std::string(316, 'e'));
  EXPECT_EQ(id.size(), 52U);
  EXPECT_NE(id, tpm_registration_id(std::string(315, 'e')));
}

TEST(TpmText, base64_goes_both_ways) {
  for (const char* text : {"f", "fo", "foo"}) EXPECT_EQ(from_base64(base64(text)), text);
  EXPECT_FALSE(from_base64(""));
  EXPECT_FALSE(from_base64("abc!"));
}

TEST(TpmText, a_token_signs_its_resource_as_it_is_written) {
  const TokenText text = token_text("0ne00ABCDEF", "line:7", 1893456000);
  EXPECT_EQ(text.to_sign(), "0ne00ABCDEF%2Fregistrations%2Fline%3A7\n1893456000");
  EXPECT_EQ(text.token(std::string(2, '\xff')),
            "SharedAccessSignature sr=0ne00ABCDEF%2Fregistrations%2Fline%3A7&sig=%2F%2F8%3D&se=1893456000"
            "&skn=registration");
}

TEST(TpmText, a_forged_area_differs_in_its_modulus_alone) {
  const std::string area(316, 'e');
  const std::string forged = forged_area(area);
  EXPECT_EQ(forged.size(), area.size());
  EXPECT_EQ(forged.substr(0, 60), area.substr(0, 60));
  EXPECT_NE(forged, area);
}

}  // namespace
}  // namespace leafgate::leaf
