#include "gateway/crypto/shared_access.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/base64.hpp"

namespace leafgate::crypto::shared_access_test {
namespace {

const WallTime expiry{Seconds(1'893'456'000)};

// A vector of the device protocol sheet §3.3, computed there with another implementation.
TEST(SharedAccess, signs_the_encoded_resource_and_the_expiry) {
  const auto key = base64::decode("vXyjCN9WmXMXNP2l7VNnSTiDmhM0NRJgA4O54l2sQbY=");
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(shared_access_signature("0ne00ABCDEF/registrations/line:7_a.b-09", *key, expiry + Millis(999),
                                    "registration"),
            "SharedAccessSignature sr=0ne00ABCDEF%2Fregistrations%2Fline%3A7_a.b-09"
            "&sig=wdWdSF8yeQq9jeY8ZIwo%2FOhZswSXHsYrYrC4bb3PeQE%3D&se=1893456000&skn=registration");
}

TEST(SharedAccess, leaves_out_the_name_of_a_key_without_one) {
  const std::string token = shared_access_signature("hub.example/devices/d", {}, expiry, "");
  EXPECT_TRUE(token.ends_with("&se=1893456000")) << token;
}

TEST(SharedAccess, lets_no_name_break_out_of_its_field) {
  EXPECT_TRUE(shared_access_signature("h", {}, expiry, "a&se=1\r\n").ends_with("&skn=a%26se%3D1%0D%0A"));
}

}  // namespace
}  // namespace leafgate::crypto::shared_access_test
