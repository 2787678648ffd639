#include "gateway/attestation/receipt_proof.hpp"

#include <gtest/gtest.h>

#include "tests/unit/attestation/receipt_example.hpp"

namespace leafgate::receipt_proof_test {
namespace {

using example::signed_receipt;

const TestAttestationKey& key() {
  static const TestAttestationKey made("of a gateway");
  return made;
}

TEST(ReceiptProof, a_signed_receipt_is_proven_and_tells_when) {
  for (const auto& [count, index] : {std::pair{1, 0}, {2, 1}, {7, 4}, {1024, 1023}}) {
    const auto check = check_receipt(signed_receipt(key(), count, index), key().point());
    ASSERT_TRUE(check) << check.error().detail;
    EXPECT_EQ(check->reach, ReceiptReach::proven);
    EXPECT_EQ(check->statement.counter, 9U);
    EXPECT_EQ(check->statement.reset_count, 3U);
    EXPECT_EQ(check->statement.clock, 123'456U);
    EXPECT_TRUE(check->statement.safe);
  }
}

TEST(ReceiptProof, without_a_signature_it_is_chained_and_without_a_place_open) {
  ReceiptProof proof = signed_receipt(key());
  proof.place->checkpoint.statement.reset();
  EXPECT_EQ(check_receipt(proof, key().point())->reach, ReceiptReach::chained);
  proof.place.reset();
  EXPECT_EQ(check_receipt(proof, key().point())->reach, ReceiptReach::open);
}

TEST(ReceiptProof, another_key_proves_nothing) {
  const TestAttestationKey other("of another one");
  EXPECT_EQ(check_receipt(signed_receipt(key()), other.point()).error().code, Errc::refused);
  ReceiptProof mixed = signed_receipt(key());
  mixed.place->checkpoint.statement->signer = other.public_area();
  EXPECT_EQ(check_receipt(mixed, other.point()).error().code, Errc::refused);
}

struct Change {
  const char* name;
  void (*make)(ReceiptProof&);
};

const Change changes[] = {
    {"entry", [](ReceiptProof& p) { p.entry.back() = ' '; }},
    {"index", [](ReceiptProof& p) { p.place->index = 5; }},
    {"index behind the end", [](ReceiptProof& p) { p.place->index = 7; }},
    {"negative index", [](ReceiptProof& p) { p.place->index = -1; }},
    {"count", [](ReceiptProof& p) { p.place->checkpoint.count = 8; }},
    {"negative count", [](ReceiptProof& p) { p.place->checkpoint.count = -7; }},
    {"path", [](ReceiptProof& p) { p.place->path[1][0] ^= 1; }},
    {"shorter path", [](ReceiptProof& p) { p.place->path.pop_back(); }},
    {"longer path", [](ReceiptProof& p) { p.place->path.push_back({}); }},
    {"checkpoint", [](ReceiptProof& p) { ++p.place->checkpoint.sequence; }},
    {"previous", [](ReceiptProof& p) { p.place->checkpoint.previous[31] ^= 0x80; }},
    {"epoch", [](ReceiptProof& p) { ++p.place->checkpoint.epoch; }},
    {"signature of another one",
     [](ReceiptProof& p) {
       p.place->checkpoint.statement->signature =
           signed_receipt(key(), 8, 1).place->checkpoint.statement->signature;
     }},
    {"statement of another one",
     [](ReceiptProof& p) {
       p.place->checkpoint.statement = signed_receipt(key(), 8, 1).place->checkpoint.statement;
     }},
};

TEST(ReceiptProof, what_was_changed_is_not_proven) {
  for (const Change& change : changes) {
    ReceiptProof proof = signed_receipt(key());
    change.make(proof);
    EXPECT_FALSE(check_receipt(proof, key().point())) << change.name;
  }
}

TEST(CounterStatement, each_changed_bit_of_what_a_tpm_gives_is_noticed) {
  const ReceiptProof proof = signed_receipt(key());
  const CheckpointStatement& said = *proof.place->checkpoint.statement;
  const Hash extra =
      crypto::merkle::checkpoint(proof.place->checkpoint.previous, 12, 7, proof.place->checkpoint.root);
  ASSERT_TRUE(verify_counter_statement(said.attest, said.signature, said.signer, extra));
  for (Bytes CheckpointStatement::*part :
       {&CheckpointStatement::attest, &CheckpointStatement::signature, &CheckpointStatement::signer}) {
    for (std::size_t bit = 0; bit < 8 * (said.*part).size(); ++bit) {
      CheckpointStatement changed = said;
      std::uint8_t& octet = (changed.*part)[bit / 8];
      octet = static_cast<std::uint8_t>(octet ^ (1U << (bit % 8)));
      EXPECT_FALSE(verify_counter_statement(changed.attest, changed.signature, changed.signer, extra)) << bit;
    }
  }
}

TEST(CounterStatement, what_ends_early_or_late_is_none) {
  const TpmStatement said = key().certify(1, as_bytes("anything"));
  for (std::size_t size = 0; size < said.attest.size(); ++size)
    EXPECT_FALSE(parse_counter_statement(ByteView(said.attest).first(size)));
  Bytes longer = said.attest;
  longer.push_back(0);
  EXPECT_FALSE(parse_counter_statement(longer));
  for (std::size_t size = 0; size < key().public_area().size(); ++size)
    EXPECT_FALSE(parse_signing_key(ByteView(key().public_area()).first(size)));
}

TEST(CounterStatement, a_key_that_may_sign_anything_is_none) {
  Bytes area = key().public_area();
  ASSERT_TRUE(parse_signing_key(area));
  area[7] = static_cast<std::uint8_t>(area[7] & ~0x01U);  // restricted
  EXPECT_FALSE(parse_signing_key(area));
}

}  // namespace
}  // namespace leafgate::receipt_proof_test
