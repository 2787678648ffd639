#include "store/tpm_codec.hpp"

#include <gtest/gtest.h>

namespace leafgate::tpm_codec_test {
namespace {

TpmAnchor anchor() {
  TpmAnchor out;
  out.endorsement_name = {0, 11, 1};
  out.storage_name = {0, 11, 2};
  out.storage_handle = 0x8100'0001;
  out.signing_epoch = 3;
  out.signing_public = Bytes(120, 7);
  out.counter_index = 0x0180'1F50;
  out.counter_name = {0, 11, 3};
  return out;
}

TpmObject object() { return {Bytes(200, 1), Bytes(90, 2)}; }

TEST(TpmCodec, gives_back_what_was_encoded) {
  EXPECT_EQ(decode_object(encode_object(object())).value(), object());
  EXPECT_EQ(decode_anchor(encode_anchor(anchor())).value(), anchor());
  EXPECT_EQ(decode_anchor(encode_anchor(TpmAnchor{})).value(), TpmAnchor{});
  TpmHmacKey key{object(), crypto::Secret(Bytes(32, 9))};
  const auto encoded = encode_hmac_key(key);
  const auto decoded = decode_hmac_key(encoded.view()).value();
  EXPECT_EQ(decoded.object, object());
  EXPECT_EQ(as_text(decoded.auth.view()), as_text(key.auth.view()));
}

TEST(TpmCodec, what_is_cut_or_longer_or_of_another_version_does_not_parse) {
  const std::string stored = encode_anchor(anchor());
  const std::string kept = encode_object(object());
  const auto key = encode_hmac_key({object(), crypto::Secret(Bytes(32, 9))});
  for (std::size_t size = 0; size < stored.size(); ++size)
    EXPECT_FALSE(decode_anchor(std::string_view(stored).substr(0, size))) << size;
  for (std::size_t size = 0; size < kept.size(); ++size)
    EXPECT_FALSE(decode_object(std::string_view(kept).substr(0, size))) << size;
  for (std::size_t size = 0; size < key.size(); ++size)
    EXPECT_FALSE(decode_hmac_key(key.view().first(size))) << size;
  EXPECT_FALSE(decode_anchor(stored + '\0'));
  EXPECT_FALSE(decode_object(kept + '\0'));
  EXPECT_FALSE(decode_object('\x02' + kept.substr(1)));
}

TEST(TpmCodec, a_number_that_is_no_handle_does_not_parse) {
  EXPECT_FALSE(decode_anchor(std::string("\x01\0\0\xff\xff\xff\xff\x1f\0\0\0\0", 12)));
  EXPECT_TRUE(decode_anchor(std::string("\x01\0\0\xff\xff\xff\xff\x0f\0\0\0\0", 12)));
}

}  // namespace
}  // namespace leafgate::tpm_codec_test
