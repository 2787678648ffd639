// What is decided gets its entry in the transaction that stores it.
#include "gateway/flows/receipts.hpp"

#include <gtest/gtest.h>

#include "gateway/flows/findings.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate::receipts_test {
namespace {

class ReceiptsTest : public ::testing::Test {
 protected:
  Site site_;

  std::string entry(std::int64_t sequence) {
    const auto& entries = site_.registrations.receipts.entries;
    const auto at = entries.find(sequence);
    return at == entries.end() ? std::string() : at->second.text;
  }
  std::size_t entries() const { return site_.registrations.receipts.entries.size(); }
  std::int64_t earned(const std::string& key) {
    return site_.registrations.records.at(key).registration.assignment->receipt;
  }
  static bool tells(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(ReceiptsTest, an_assignment_earns_an_entry_and_answers_from_cache_make_none) {
  site_.enroll("leaf-1");
  ASSERT_EQ(site_.provision("leaf-1").registration_status, RegistrationStatus::assigned);
  ASSERT_EQ(entries(), 1U);
  EXPECT_EQ(earned("leaf-1"), 1);
  EXPECT_TRUE(tells(entry(1), R"("registrationId":"leaf-1","decision":"assigned")")) << entry(1);
  EXPECT_TRUE(tells(entry(1), R"("enrollment":"individual leaf-1")"));
  EXPECT_TRUE(tells(entry(1), R"("operationId":")"));
  for (int i = 0; i < 2; ++i) site_.provision("leaf-1");
  EXPECT_EQ(entries(), 1U);
  EXPECT_EQ(site_.running->ledger.peek("leaf-1")->registration.assignment->receipt, 1);
  site_.restart();
  site_.provision("leaf-1");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(ReceiptsTest, a_confirmation_refreshes_and_points_to_the_new_entry) {
  site_.enroll("leaf-1");
  site_.provision("leaf-1");
  site_.provision("leaf-1", R"({"another":"payload"})");
  ASSERT_EQ(entries(), 2U);
  EXPECT_TRUE(tells(entry(2), R"("decision":"refreshed")")) << entry(2);
  EXPECT_EQ(earned("leaf-1"), 2);
  EXPECT_EQ(site_.running->ledger.peek("leaf-1")->registration.assignment->receipt, 2);
}

TEST_F(ReceiptsTest, nothing_of_what_a_leaf_showed_is_in_an_entry) {
  site_.enroll("leaf-1");
  site_.provision("leaf-1", R"({"secret":"of its payload"})");
  const Assignment& known = *site_.registrations.records.at("leaf-1").registration.assignment;
  EXPECT_FALSE(tells(entry(1), "payload"));
  EXPECT_FALSE(tells(entry(1), known.credential));
  EXPECT_FALSE(tells(entry(1), known.request_digest));
}

TEST_F(ReceiptsTest, what_is_found_out_without_an_operation_is_told_too) {
  Findings findings(site_.running->ports);
  Assignment told;
  told.assigned_hub = "hub1.azure-devices.net";
  told.device_id = "leaf-1";
  const RegistrationId id = RegistrationId::parse("leaf-1").value();
  site_.simulator.run(findings.assigned(id, told, Reason::learnt_from_service));
  EXPECT_TRUE(tells(entry(1), R"("decision":"assigned","reason":"learnt-from-service")")) << entry(1);
  EXPECT_FALSE(tells(entry(1), "operationId"));
  site_.simulator.run(findings.assigned(id, told, Reason::assigned_by_service));
  EXPECT_TRUE(tells(entry(2), R"("decision":"refreshed")"));
  EXPECT_EQ(earned("leaf-1"), 2);
  site_.simulator.run(findings.withdrawn(id, Reason::service_disabled));
  EXPECT_TRUE(tells(entry(3), R"("decision":"withdrawn","reason":"service-disabled")"));
}

}  // namespace
}  // namespace leafgate::receipts_test
