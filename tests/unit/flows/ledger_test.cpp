#include <gtest/gtest.h>

#include "gateway/flows/lru.hpp"
#include "gateway/flows/replies.hpp"

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
