#include "adapters/wire/receipt_file.hpp"
#include "gateway/crypto/base64.hpp"
#include "tests/unit/attestation/receipt_example.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::receipts_route_test {
namespace {

const TestAttestationKey& key() {
  static const TestAttestationKey made("of a gateway");
  return made;
}

TEST_F(RoutesTest, a_receipt_is_given_as_the_file_it_is) {
  const ReceiptProof proof = example::signed_receipt(key());
  desk.receipts.emplace("leaf-4", proof);
  EXPECT_EQ(get("/v1/registrations/Leaf-4/receipt").body, wire::write_receipt(proof));
  EXPECT_EQ(get("/v1/registrations/leaf-5/receipt").status, 404);
  EXPECT_EQ(answer(request("DELETE", "/v1/registrations/leaf-4/receipt")).status, 405);
}

TEST_F(RoutesTest, the_newest_checkpoint_is_told_with_its_hash) {
  EXPECT_EQ(get("/v1/checkpoint").status, 404);
  Checkpoint checkpoint = example::signed_receipt(key()).place->checkpoint;
  desk.newest_checkpoint = checkpoint;
  const auto told = json("/v1/checkpoint");
  EXPECT_EQ(told["checkpoint"], 12);
  EXPECT_EQ(told["epoch"], 9);
  EXPECT_EQ(told["signed"], true);
  const Hash hash = crypto::merkle::checkpoint(checkpoint.previous, 12, 7, checkpoint.root);
  EXPECT_EQ(told["hash"], crypto::base64::encode(hash));
  desk.newest_checkpoint->statement.reset();
  EXPECT_EQ(json("/v1/checkpoint")["signed"], false);
  EXPECT_FALSE(json("/v1/checkpoint").contains("epoch"));
}

TEST_F(RoutesTest, an_explanation_names_the_receipt) {
  Explanation& told = desk.leaves["leaf-4"];
  told.device.registration_id = "leaf-4";
  told.receipt = example::signed_receipt(key());
  EXPECT_EQ(json("/v1/registrations/leaf-4")["receipt"]["reach"], "signed");
  told.receipt->place.reset();
  EXPECT_EQ(json("/v1/registrations/leaf-4")["receipt"]["reach"], "open");
}

}  // namespace
}  // namespace leafgate::status::receipts_route_test
