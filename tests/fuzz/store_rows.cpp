#include <cstdlib>

#include "gateway/model/bytes.hpp"
#include "store/row_codec.hpp"

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
  return 0;
}
