#include <algorithm>
#include <cstdlib>

#include "gateway/attestation/tpm_credential.hpp"
#include "gateway/crypto/digest.hpp"

using namespace leafgate;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// What was read is the whole of it, and nothing of it is another key's.
void look_at(const TpmPublic& key, ByteView octets, std::size_t size) {
  require(octets.size() == size && octets[0] * 256U + octets[1] == size - 2);
  require(std::equal(key.modulus.begin(), key.modulus.end(), octets.end() - 256, octets.end()));
  require(key.digest == crypto::hex(crypto::sha256(octets)));
  const auto name = crypto::sha256(octets.subspan(2));
  require(key.name.size() == 34 && std::equal(name.begin(), name.end(), key.name.begin() + 2));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView octets(data, size);
  const auto endorsement = read_endorsement_key(octets);
  const auto storage = read_storage_key(octets);
  require(!(endorsement && storage));
  if (endorsement) look_at(*endorsement, octets, 316);
  if (storage) look_at(*storage, octets, 284);
  return 0;
}
