#include "adapters/wire/receipt_file.hpp"

#include <cstdlib>

#include "gateway/attestation/receipt_proof.hpp"

using namespace leafgate;

// What reads as a receipt is its only spelling, and whatever it holds is judged; no statement of a TPM is
// read otherwise than whole.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView octets(data, size);
  if (const auto proof = wire::read_receipt(as_text(octets))) {
    if (wire::write_receipt(*proof) != as_text(octets)) std::abort();
    (void)check_receipt(*proof, Bytes(65, 4)).has_value();
  }
  if (const auto statement = parse_counter_statement(octets)) {
    if (statement->extra.size() > 64) std::abort();
  }
  if (const auto key = parse_signing_key(octets)) {
    if (key->point.size() != 65 || key->qualified_name.size() != 34) std::abort();
  }
  return 0;
}
