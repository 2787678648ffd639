#include <gtest/gtest.h>

#include "gateway/flows/lru.hpp"
#include "gateway/flows/replies.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate::ledger_test {
namespace {

TEST(LruMap, ForgetsWhatWasNotAskedForLongestAndLookingOverItIsNotAsking) {
  LruMap<int> map(3);
  map.put("a", 1);
  map.put("b", 2);
  map.put("c", 3);
  ASSERT_NE(map.find("a"), nullptr);
  ASSERT_NE(map.peek("b"), nullptr);
  map.put("d", 4);
  EXPECT_EQ(map.peek("b"), nullptr);
  EXPECT_EQ(*map.peek("a"), 1);
  map.erase("a");
  EXPECT_EQ(map.size(), 2U);
  EXPECT_EQ(map.peek("a"), nullptr);
}

TEST(Ledger, AsksAgainForWhatMayBeAnotherAndForNothingElse) {
  Site site;
  for (const char* id : {"a", "b"}) site.enroll(id);
  Ledger& ledger = site.running->ledger;
  const auto asked_for = [&](const char* id) {
    const int before = site.enrollments.fail.calls();
    EXPECT_TRUE(site.simulator.run(ledger.individual(id)).value());
    return site.enrollments.fail.calls() - before;
  };
  for (const char* id : {"a", "b"}) EXPECT_EQ(asked_for(id), 1) << id;
  for (const char* id : {"a", "b"}) EXPECT_EQ(asked_for(id), 0) << id;
  ledger.enrollment_changed(EnrollmentKind::individual, "a");
  EXPECT_EQ(asked_for("a"), 1);
  EXPECT_EQ(asked_for("b"), 0);
  ledger.enrollments_changed();
  for (const char* id : {"a", "b"}) EXPECT_EQ(asked_for(id), 1) << id;
  for (const char* id : {"a", "b"}) EXPECT_EQ(asked_for(id), 0) << id;
}

TEST(Replies, ARefusalOfTheServiceIsToldInItsClassAndNonsenseAs400) {
  const OperationId operation = OperationId::parse("5.0123456789abcdef.x").value();
  Outcome outcome;
  const std::pair<int, int> rows[] = {{400208, 400}, {401002, 401}, {429001, 429}, {599999, 599},
                                      {0, 400},      {200000, 400}, {-1, 400},     {999999999, 400}};
  for (const auto& [code, status] : rows) {
    outcome.error_code = code;
    EXPECT_EQ(ended(operation, outcome).status, status) << code;
  }
}

}  // namespace
}  // namespace leafgate::ledger_test
