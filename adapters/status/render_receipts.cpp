#include "adapters/status/render.hpp"
#include "adapters/status/render_parts.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/merkle.hpp"

namespace leafgate::status {

namespace {

std::string_view reach_of(const ReceiptProof& proof) {
  if (!proof.place) return "open";
  return proof.place->checkpoint.statement ? "signed" : "chained";
}

}  // namespace

Json receipt_json(const ReceiptProof& proof) {
  Json out = {{"sequence", proof.sequence}, {"reach", reach_of(proof)}};
  if (!proof.place) return out;
  out["checkpoint"] = proof.place->checkpoint.sequence;
  if (proof.place->checkpoint.statement) out["epoch"] = proof.place->checkpoint.epoch;
  return out;
}

std::string render(const Checkpoint& checkpoint) {
  namespace base64 = crypto::base64;
  const auto number = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
  const Hash hash = crypto::merkle::checkpoint(checkpoint.previous, number(checkpoint.sequence),
                                               number(checkpoint.count), checkpoint.root);
  Json out = {{"checkpoint", checkpoint.sequence},
              {"hash", base64::encode(hash)},
              {"previous", base64::encode(checkpoint.previous)},
              {"first", checkpoint.first},
              {"count", checkpoint.count},
              {"root", base64::encode(checkpoint.root)},
              {"signed", checkpoint.statement.has_value()}};
  if (checkpoint.statement) {
    out["epoch"] = checkpoint.epoch;
    out["attest"] = base64::encode(checkpoint.statement->attest);
    out["signature"] = base64::encode(checkpoint.statement->signature);
    out["signer"] = base64::encode(checkpoint.statement->signer);
  }
  return dumped(out);
}

}  // namespace leafgate::status
