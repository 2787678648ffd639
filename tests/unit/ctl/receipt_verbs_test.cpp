#include <algorithm>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "adapters/wire/receipt_file.hpp"
#include "gateway/crypto/base64.hpp"
#include "tests/unit/attestation/receipt_example.hpp"
#include "tests/unit/ctl/verbs_fixture.hpp"

namespace leafgate::ctl::receipt_verbs_test {
namespace {

using testing::HasSubstr;

const TestAttestationKey& key() {
  static const TestAttestationKey made("of a gateway");
  return made;
}

struct ReceiptVerbs : VerbsTest {
  std::string file(const std::string& name, const std::string& text) const {
    const std::string at = folder.path() + "/" + name;
    std::ofstream(at, std::ios::binary) << text;
    return at;
  }
  int verify(const std::string& receipt, const std::string& key_text) {
    out.str("");
    err.str("");
    return verify_receipt(session(), file("receipt", receipt), file("key", key_text));
  }
};

TEST_F(ReceiptVerbs, a_fetched_receipt_verifies_with_the_attestation_key_alone) {
  desk.receipts.emplace("leaf-4", example::signed_receipt(key()));
  const std::string at = folder.path() + "/leaf-4.receipt";
  EXPECT_EQ(fetch_receipt(session(), "Leaf-4", at), Exit::yes);
  EXPECT_EQ(verify_receipt(session(), at, file("ak.pem", key().pem())), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("proven: entry 104, signed by this key in epoch 9"));
  EXPECT_THAT(out.str(), HasSubstr("registrationId  leaf-4"));
  EXPECT_EQ(err.str(), "");
}

TEST_F(ReceiptVerbs, a_receipt_that_is_not_kept_is_said_so) {
  EXPECT_EQ(fetch_receipt(session(), "leaf-9", ""), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("no receipt"));
}

TEST_F(ReceiptVerbs, the_key_may_be_the_public_area_of_the_tpm) {
  const std::string text = wire::write_receipt(example::signed_receipt(key()));
  EXPECT_EQ(verify(text, crypto::base64::encode(key().public_area()) + "\n"), Exit::yes);
  EXPECT_EQ(verify(text, "anything"), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("neither"));
  EXPECT_EQ(verify(text, TestAttestationKey("another").pem()), Exit::no);
  EXPECT_THAT(err.str(), HasSubstr("signed by another key"));
}

TEST_F(ReceiptVerbs, what_is_not_signed_is_told_as_that) {
  ReceiptProof proof = example::signed_receipt(key());
  proof.place->checkpoint.statement.reset();
  EXPECT_EQ(verify(wire::write_receipt(proof), key().pem()), Exit::unproven);
  EXPECT_THAT(out.str(), HasSubstr("chained, not signed"));
  proof.place.reset();
  EXPECT_EQ(verify(wire::write_receipt(proof), key().pem()), Exit::unproven);
  EXPECT_THAT(out.str(), HasSubstr("not chained yet"));
}

TEST_F(ReceiptVerbs, what_is_not_signed_is_said_to_prove_nothing) {
  ReceiptProof proof = example::signed_receipt(key());
  proof.place->checkpoint.statement.reset();
  EXPECT_EQ(verify(wire::write_receipt(proof), key().pem()), Exit::unproven);
  std::string told = out.str();
  std::replace(told.begin(), told.end(), '\n', ' ');
  EXPECT_THAT(told, HasSubstr("nothing in this file proves"));
}

TEST_F(ReceiptVerbs, no_line_is_wider_than_a_terminal) {
  ReceiptProof proof = example::signed_receipt(key());
  for (int what = 0; what < 3; ++what) {
    (void)verify(wire::write_receipt(proof), key().pem());
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
    if (what == 0) proof.place->checkpoint.statement.reset();
    if (what == 1) proof.place.reset();
  }
}

TEST(CheckedReceipt, no_flipped_bit_anywhere_in_a_file_goes_unnoticed) {
  const std::string text = wire::write_receipt(example::signed_receipt(key()));
  const std::string pem = key().pem();
  ASSERT_TRUE(checked_receipt(text, pem));
  std::string changed = text;
  for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
    char& octet = changed[bit / 8];
    octet = static_cast<char>(octet ^ (1 << (bit % 8)));
    const auto checked = checked_receipt(changed, pem);
    EXPECT_FALSE(checked) << "bit " << bit % 8 << " of octet " << bit / 8;
    octet = text[bit / 8];
  }
}

TEST_F(ReceiptVerbs, explain_tells_the_receipt_of_a_leaf) {
  Explanation& told = leaf("leaf-4", RegistrationStatus::assigned, Reason::assigned_by_service);
  told.receipt = example::signed_receipt(key());
  EXPECT_EQ(explain(session(), "leaf-4"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("Its receipt is entry 104, signed by the TPM in epoch 9."));
  out.str("");
  told.receipt->place->checkpoint.statement.reset();
  EXPECT_EQ(explain(session(), "leaf-4"), Exit::yes);
  EXPECT_THAT(out.str(), HasSubstr("entry 104, chained and not signed."));
}

}  // namespace
}  // namespace leafgate::ctl::receipt_verbs_test
