#include "gateway/flows/spread.hpp"

#include <set>

#include <gtest/gtest.h>

#include "gateway/flows/open_operations.hpp"

namespace leafgate::spread_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Spread, stays_within_what_each_family_obeys_and_grows_with_the_wait) {
  using enum ClientFamily;
  const struct {
    ClientFamily family;
    Millis expected;
    int least, most;
  } rows[] = {
      {unknown, Millis(0), 1, 1},
      {unknown, seconds(3), 3, 3},
      {unknown, seconds(4), 3, 3},
      {unknown, hours(9), 3, 3},
      {c, Millis(3'001), 4, 4},
      {c, seconds(4), 4, 4},
      {c, seconds(5), 3, 5},
      {c, seconds(40), 20, 40},
      {c, minutes(10), 50, 100},
      {node, minutes(10), 50, 100},
      {python, seconds(20), 10, 20},
      {python, hours(400 * 24), 50, 100},
      {csharp, seconds(1), 2, 2},
      {csharp, seconds(30), 15, 30},
      {csharp, hours(1), 25, 49},
      {java, seconds(1), 2, 2},
      {java, seconds(4), 4, 4},
      {java, hours(1), 3, 5},
      {leaf_link, minutes(10), 30, 60},
  };
  for (const auto& row : rows) {
    std::set<std::int64_t> told;
    for (std::uint64_t chance = 0; chance < 1'000; ++chance)
      told.insert(spread(row.family, row.expected, chance).count());
    EXPECT_EQ(*told.begin(), row.least) << row.expected.count();
    EXPECT_EQ(*told.rbegin(), row.most) << row.expected.count();
    EXPECT_EQ(told.size(), static_cast<std::size_t>(row.most - row.least + 1)) << "every second of it";
  }
}

OutboxRow row_of(const std::string& id, ForwardClass forward_class, bool first, std::int64_t sequence) {
  OutboxRow row(RegistrationId::parse(id).value(), OperationId::parse("5.0000000000000000." + id).value());
  row.forward_class = forward_class;
  row.first_registration = first;
  row.sequence = sequence;
  return row;
}

TEST(AheadOf, tells_the_place_in_the_queue) {
  OpenOperations operations;
  for (int n = 1; n <= 100; ++n)
    operations.make_ready(
        operations.open(row_of("w" + std::to_string(n), ForwardClass::waiting_now, true, n)));
  for (int n = 101; n <= 200; ++n)
    operations.make_ready(operations.open(row_of("b" + std::to_string(n), ForwardClass::backlog, true, n)));
  operations.make_ready(operations.open(row_of("again", ForwardClass::waiting_now, false, 300)));
  const auto ahead = [&](const char* id) { return operations.ahead_of(*operations.find(id)); };
  EXPECT_EQ(ahead("w1"), 0U);
  EXPECT_EQ(ahead("w50"), 49U);
  EXPECT_EQ(ahead("w100"), 99U);
  EXPECT_EQ(ahead("again"), 100U);
  EXPECT_EQ(ahead("b101"), 101U);
  EXPECT_EQ(ahead("b200"), 200U);
  operations.heard(*operations.find("b200"), TimePoint(hours(1)));
  EXPECT_EQ(ahead("b200"), 100U) << "of those that wait it came last";
  EXPECT_EQ(ahead("b101"), 102U);
  for (int n = 1; n <= 50; ++n) operations.close("w" + std::to_string(n));
  EXPECT_EQ(ahead("w51"), 0U);
  EXPECT_EQ(ahead("b101"), 52U);
  operations.close("b200");
  operations.delay(*operations.find("w60"), TimePoint(hours(2)));
  EXPECT_NEAR(static_cast<double>(ahead("w60")), 9, 1)
      << "of one that has stepped back: when it is ready again";
}

}  // namespace
}  // namespace leafgate::spread_test
