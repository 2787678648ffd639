#include <gtest/gtest.h>

#include "tests/fakes/desk_site.hpp"

namespace leafgate::desk_receipts_test {
namespace {

class DeskReceiptsTest : public ::testing::Test {
 protected:
  DeskSite site_;
  Result<ReceiptProof> receipt(const std::string& id) {
    return site_.simulator.run(site_.desk().receipt(DeskSite::id(id)));
  }
};

TEST_F(DeskReceiptsTest, the_entry_that_earned_an_assignment_is_given_not_a_newer_refusal) {
  site_.enroll("leaf-1");
  site_.provision("leaf-1");
  EXPECT_EQ(receipt("Leaf-1")->sequence, 1);
  EXPECT_EQ(site_.explain("leaf-1").receipt->sequence, 1);
  EXPECT_FALSE(site_.explain("leaf-1").receipt->place);
  EXPECT_EQ(receipt("leaf-2").error().code, Errc::not_found);
}

TEST_F(DeskReceiptsTest, without_an_assignment_the_newest_entry_is_given) {
  site_.enroll("leaf-1");
  site_.service.ends["leaf-1"] = RegistrationStatus::failed;
  site_.provision("leaf-1");
  ASSERT_TRUE(receipt("leaf-1"));
  EXPECT_NE(receipt("leaf-1")->entry.find(R"("decision":"failed")"), std::string::npos);
}

TEST_F(DeskReceiptsTest, the_newest_checkpoint_is_told) {
  EXPECT_EQ(site_.simulator.run(site_.desk().checkpoint()).error().code, Errc::not_found);
  site_.enroll("leaf-1");
  site_.provision("leaf-1");
  auto& log = site_.registrations.receipts;
  ASSERT_TRUE(site_.simulator.run(log.close(0, false)));
  EXPECT_EQ(site_.simulator.run(site_.desk().checkpoint())->count, 1);
}

}  // namespace
}  // namespace leafgate::desk_receipts_test
