#include <algorithm>
#include <cstdlib>

#include "adapters/wire/leaf_cbor.hpp"
#include "gateway/model/cbor_writer.hpp"

using namespace leafgate;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

Bytes cose(int algorithm, ByteView tag) {
  const Bytes head = CborWriter().map(1).integer(1).integer(algorithm).take();
  return CborWriter().array(4).octets(head).map(0).null().octets(tag).take();
}

CborWriter& begin(CborWriter& out, int type, std::uint32_t exchange, std::size_t entries) {
  return out.array(3).integer(type).integer(exchange).map(entries);
}

Bytes written(std::uint32_t exchange, const wire::LeafProof& proof) {
  constexpr int numbers[] = {-7, -37, -257};
  CborWriter out;
  begin(out, 3, exchange, 1);
  if (proof.token_mac) return out.integer(2).octets(*proof.token_mac).take();
  if (proof.mac) return out.integer(1).raw(cose(5, *proof.mac)).take();
  return out.integer(1).raw(cose(numbers[static_cast<int>(proof.scheme)], proof.signature)).take();
}
Bytes written(std::uint32_t exchange, const wire::LeafPoll& poll) {
  CborWriter out;
  return begin(out, 5, exchange, 1).integer(1).text(poll.operation).take();
}
Bytes written(std::uint32_t exchange, const wire::LeafSigned& signature) {
  CborWriter out;
  if (signature.signature.empty()) return begin(out, 9, exchange, 0).take();
  return begin(out, 9, exchange, 1).integer(1).octets(signature.signature).take();
}

void check(const wire::LeafRegister& r) {
  const bool x509 = r.mechanism == Mechanism::x509;
  const bool tpm = r.mechanism == Mechanism::tpm;
  expect(!r.registration_id.empty() && r.registration_id.size() <= 128 && r.payload.size() <= 2048);
  expect((!r.chain.empty() || r.thumbprint) == x509 && (r.chain.empty() || !r.thumbprint));
  expect(r.chain.size() <= 4 && r.schemes.empty() != x509);
  for (const Bytes& each : r.chain) expect(!each.empty() && each.size() <= 2048);
  expect(r.endorsement_key.empty() != tpm && r.storage_root_key.empty() != tpm);
  expect(r.endorsement_key.size() <= 512 && r.storage_root_key.size() <= 512);
}

}  // namespace

// What reads as a proof, a poll or a signature is its only spelling; a register message keeps every bound.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView octets(data, size);
  const auto message = wire::read_leaf_message(octets);
  if (!message) return 0;
  Bytes again;
  if (const auto* r = std::get_if<wire::LeafRegister>(&message->body)) {
    check(*r);
    return 0;
  }
  if (const auto* proof = std::get_if<wire::LeafProof>(&message->body))
    again = written(message->exchange, *proof);
  if (const auto* poll = std::get_if<wire::LeafPoll>(&message->body))
    again = written(message->exchange, *poll);
  if (const auto* sign = std::get_if<wire::LeafSigned>(&message->body))
    again = written(message->exchange, *sign);
  expect(std::equal(again.begin(), again.end(), octets.begin(), octets.end()));
  return 0;
}
