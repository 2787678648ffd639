#pragma once

#include <string>
#include <vector>

#include "gateway/crypto/merkle.hpp"
#include "gateway/model/receipt.hpp"
#include "tests/fakes/test_attestation_key.hpp"

namespace leafgate::example {

// A signed checkpoint over `count` entries, and the receipt of the one at `index`.
inline ReceiptProof signed_receipt(const TestAttestationKey& key, std::int64_t count = 7,
                                   std::int64_t index = 4) {
  std::vector<Hash> leaves;
  ReceiptProof out;
  Checkpoint checkpoint;
  checkpoint.sequence = 12;
  checkpoint.first = 100;
  checkpoint.count = count;
  checkpoint.previous.fill(0x5a);
  checkpoint.epoch = 9;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string entry = R"({"v":1,"sequence":)" + std::to_string(100 + i) +
                              R"(,"registrationId":"leaf-)" + std::to_string(i) + R"("})";
    if (i == index) out.entry = entry;
    leaves.push_back(crypto::merkle::leaf(as_bytes(entry)));
  }
  out.sequence = 100 + index;
  const auto tree = crypto::merkle::tree(leaves);
  checkpoint.root = tree.root;
  const Hash message =
      crypto::merkle::checkpoint(checkpoint.previous, 12, static_cast<std::uint64_t>(count), tree.root);
  const TpmStatement said = key.certify(9, message);
  checkpoint.statement = CheckpointStatement{key.public_area(), said.attest, said.signature};
  out.place = ReceiptProof::Place{index, tree.paths.at(static_cast<std::size_t>(index)), checkpoint};
  return out;
}

}  // namespace leafgate::example
