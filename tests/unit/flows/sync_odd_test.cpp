// Records of the service's list that are not understood (semantics §5).
#include <gtest/gtest.h>

#include "tests/unit/flows/sync_fixture.hpp"

namespace leafgate::sync_odd_test {
namespace {

using std::chrono::minutes;

TEST_F(SyncTest, keeps_what_a_record_was_when_it_is_not_understood_any_more) {
  fill();
  start();
  ASSERT_TRUE(settles());
  list.individuals.at("b").odd = "attestation.type is new";
  list.individuals.erase("c");
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(held(), "Line/g1 | a/1 b/1 d/1 e/1 ");
  ASSERT_EQ(sync().report().kept_out.size(), 1U);
  EXPECT_EQ(sync().report().kept_out[0], "b: attestation.type is new");
}

// Which shuts a leaf out of its group at the service, whatever else it says (semantics §2).
TEST_F(SyncTest, of_a_record_that_is_not_understood_it_takes_whether_it_is_enabled) {
  fill();
  start();
  ASSERT_TRUE(settles());
  const std::string key = key_of("b");
  list.put("new", "1");
  const auto becomes = [this](const std::string& odd, std::optional<bool> status) {
    for (const char* id : {"b", "new"}) list.individuals.at(id).odd = odd;
    for (const char* id : {"b", "new"}) list.individuals.at(id).odd_status = status;
    list.groups.at("Line").odd = odd;
    list.groups.at("Line").odd_status = status;
    sync().start_now();
    pass(minutes(1));
  };
  becomes("of a new kind", false);
  EXPECT_EQ(held(), "Line/g1 | a/1 b/1 c/1 d/1 e/1 new/ ");
  const auto& individuals = site.enrollments.individuals;
  EXPECT_FALSE(individuals.at("b").enabled);
  EXPECT_EQ(key_of("b"), key) << "what is known of it stays";
  EXPECT_FALSE(individuals.at("new").enabled);
  EXPECT_FALSE(site.enrollments.group_rows.at("Line").enabled);
  EXPECT_EQ(sync().report().kept_out.size(), 3U);
  EXPECT_EQ(sync().report().last.kept_out, 3U);
  EXPECT_EQ(sync().report().last.read, 7U);
  EXPECT_EQ(sync().report().last.changed, 3U);
  becomes("of a new kind", false);
  EXPECT_EQ(sync().report().last.changed, 0U);
  becomes("of a new kind", std::nullopt);
  EXPECT_FALSE(individuals.at("b").enabled) << "nobody has said that it is";
  EXPECT_TRUE(individuals.contains("new"));
  becomes("of a new kind", true);
  EXPECT_EQ(held(), "Line/g1 | a/1 b/1 c/1 d/1 e/1 ");
  EXPECT_TRUE(individuals.at("b").enabled && site.enrollments.group_rows.at("Line").enabled);
  EXPECT_EQ(sync().report().last.read, 7U);
  EXPECT_EQ(sync().report().last.kept_out, 3U);
  becomes("of a new kind", false);
  becomes("", std::nullopt);
  EXPECT_EQ(held(), "Line/g1 | a/1 b/1 c/1 d/1 e/1 new/1 ");
  EXPECT_TRUE(individuals.at("b").enabled && individuals.at("new").enabled);
  EXPECT_EQ(sync().report().last.kept_out, 0U);
}

TEST_F(SyncTest, of_two_readings_the_last_status_of_a_record_that_is_not_understood_counts) {
  fill();
  start();
  ASSERT_TRUE(settles());
  list.put("new", "1");
  list.individuals.erase("c");  // so that it is read twice
  const auto becomes = [this](bool enabled) {
    for (const char* id : {"b", "new"}) list.individuals.at(id).odd = "of a new kind";
    for (const char* id : {"b", "new"}) list.individuals.at(id).odd_status = enabled;
  };
  becomes(false);
  list.asked.clear();
  list.fault = [&](int, ListAnswer&, std::optional<Error>&) { becomes(list.requests_of("groups ") == 2); };
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(list.requests_of("groups "), 2);
  EXPECT_EQ(held(), "Line/g1 | a/1 b/1 d/1 e/1 ");
  EXPECT_TRUE(site.enrollments.individuals.at("b").enabled);
  EXPECT_EQ(sync().report().last.changed, 0U);
}

TEST_F(SyncTest, who_is_let_in_again_is_so_though_another_record_has_no_name) {
  fill();
  list.put("new", "1");
  list.individuals.at("new").odd = "of a new kind";
  list.individuals.at("new").odd_status = false;
  start();
  ASSERT_TRUE(settles());
  EXPECT_EQ(held(), "Line/g1 | a/1 b/1 c/1 d/1 e/1 new/ ");
  list.individuals.at("new").odd_status = true;
  list.put("?", "1");
  list.individuals.at("?").odd = "no name";
  list.individuals.erase("c");
  sync().start_now();
  pass(minutes(1));
  EXPECT_EQ(held(), "Line/g1 | a/1 b/1 c/1 d/1 e/1 ") << "c may be the one without a name";
  EXPECT_EQ(sync().report().last.removed, 1U);
}

}  // namespace
}  // namespace leafgate::sync_odd_test
