#include <cstdlib>

#include "gateway/model/bytes.hpp"
#include "store/row_codec.hpp"
#include "store/tpm_codec.hpp"

using namespace leafgate;

// Stored octets that decode are written again as octets that decode to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view octets = as_text(ByteView(data, size));
  if (const auto notes = decode_notes(octets)) {
    const auto again = decode_notes(encode_notes(*notes));
    if (!again || *again != *notes) std::abort();
  }
  if (const auto texts = decode_texts(octets)) {
    if (encode_texts(*texts) != octets) std::abort();
  }
  if (const auto certificate = decode_certificate(octets)) {
    if (encode_certificate(*certificate) != octets) std::abort();
  }
  if (const auto object = decode_object(octets)) {
    if (encode_object(*object) != octets) std::abort();
  }
  if (const auto anchor = decode_anchor(octets)) {
    if (encode_anchor(*anchor) != octets) std::abort();
  }
  if (const auto key = decode_hmac_key(as_bytes(octets))) {
    if (as_text(encode_hmac_key(*key).view()) != octets) std::abort();
  }
  return 0;
}
