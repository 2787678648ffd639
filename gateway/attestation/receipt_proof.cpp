#include "gateway/attestation/receipt_proof.hpp"

#include <algorithm>

#include "gateway/crypto/merkle.hpp"

namespace leafgate {

Result<ReceiptCheck> check_receipt(const ReceiptProof& proof, ByteView point) {
  ReceiptCheck out;
  if (!proof.place) return out;
  const Checkpoint& checkpoint = proof.place->checkpoint;
  const auto unsigned_of = [](std::int64_t number) { return static_cast<std::uint64_t>(number); };
  if (proof.place->index < 0 || checkpoint.count < 0 || checkpoint.sequence < 0)
    return Error(Errc::malformed, "a place that cannot be");
  const auto root = crypto::merkle::root_by_path(crypto::merkle::leaf(as_bytes(proof.entry)),
                                                 unsigned_of(proof.place->index),
                                                 unsigned_of(checkpoint.count), proof.place->path);
  if (!root) return Error(Errc::refused, "the path does not belong to this place in the checkpoint");
  out.reach = ReceiptReach::chained;
  if (!checkpoint.statement) return out;
  const CheckpointStatement& said = *checkpoint.statement;
  const auto key = parse_signing_key(said.signer);
  if (!key) return key.error();
  if (!std::equal(key->point.begin(), key->point.end(), point.begin(), point.end()))
    return Error(Errc::refused, "signed by another key than the one given");
  const crypto::Digest message = crypto::merkle::checkpoint(
      checkpoint.previous, unsigned_of(checkpoint.sequence), unsigned_of(checkpoint.count), *root);
  auto statement = verify_counter_statement(said.attest, said.signature, said.signer, message);
  if (!statement) return statement.error();
  if (statement->counter != checkpoint.epoch)
    return Error(Errc::refused, "the counter stood at another epoch when this was signed");
  out.statement = std::move(*statement);
  out.reach = ReceiptReach::proven;
  return out;
}

}  // namespace leafgate
