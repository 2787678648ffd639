#include "adapters/wire/receipt_file.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/merkle.hpp"
#include "tests/unit/attestation/receipt_example.hpp"

namespace leafgate::wire::receipt_file_test {
namespace {

const TestAttestationKey& key() {
  static const TestAttestationKey made("of a gateway");
  return made;
}

// A file does not tell of a checkpoint where it begins, nor its root: they follow, or do not matter.
ReceiptProof as_told(ReceiptProof proof) {
  proof.place->checkpoint.first = 0;
  proof.place->checkpoint.root = {};
  return proof;
}

TEST(ReceiptFile, a_receipt_comes_back_as_it_was_written) {
  ReceiptProof proof = as_told(example::signed_receipt(key()));
  EXPECT_EQ(read_receipt(write_receipt(proof)).value(), proof);
  proof.place->checkpoint.statement.reset();
  proof.place->checkpoint.epoch = 0;
  EXPECT_EQ(read_receipt(write_receipt(proof)).value(), proof);
  proof.place.reset();
  EXPECT_EQ(read_receipt(write_receipt(proof)).value(), proof);
}

TEST(ReceiptFile, a_receipt_alone_in_its_checkpoint_has_an_empty_path) {
  const ReceiptProof proof = as_told(example::signed_receipt(key(), 1, 0));
  const std::string text = write_receipt(proof);
  EXPECT_NE(text.find(R"("path":[])"), std::string::npos);
  EXPECT_EQ(read_receipt(text).value(), proof);
}

TEST(ReceiptFile, another_spelling_is_none) {
  const std::string text = write_receipt(example::signed_receipt(key()));
  EXPECT_FALSE(read_receipt(""));
  EXPECT_FALSE(read_receipt("{}"));
  EXPECT_FALSE(read_receipt("[]"));
  EXPECT_FALSE(read_receipt(text + "\n"));
  EXPECT_FALSE(read_receipt(" " + text));
  EXPECT_FALSE(read_receipt("\xef\xbb\xbf" + text));
  EXPECT_FALSE(read_receipt(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(read_receipt(std::string(largest_receipt + 1, ' ')));
  std::string spaced = text;
  spaced.insert(1, " ");
  EXPECT_FALSE(read_receipt(spaced));
  std::string more = text;
  more.insert(1, R"("x":1,)");
  EXPECT_FALSE(read_receipt(more));
}

TEST(ReceiptFile, a_path_longer_than_any_is_none) {
  ReceiptProof proof = example::signed_receipt(key());
  proof.place->path.resize(65);
  EXPECT_FALSE(read_receipt(write_receipt(proof)));
}

}  // namespace
}  // namespace leafgate::wire::receipt_file_test
