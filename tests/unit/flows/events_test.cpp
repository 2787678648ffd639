#include "gateway/flows/events.hpp"

#include <gmock/gmock.h>

#include "tests/fakes/desk_site.hpp"

namespace leafgate::events_test {
namespace {

using namespace std::chrono_literals;

Event event(std::string id) {
  Event out;
  out.registration_id = std::move(id);
  return out;
}

TEST(Events, are_read_in_order_from_where_one_was) {
  Events events;
  for (int i = 1; i <= 5; ++i) events.tell(event(std::to_string(i)));
  const auto first = events.after(2, 2);
  ASSERT_EQ(first.events.size(), 2U);
  EXPECT_EQ(first.events[0].registration_id, "3");
  EXPECT_EQ(first.next, 4U);
  EXPECT_EQ(events.after(first.next, 10).events.size(), 1U);
  EXPECT_TRUE(events.after(5, 10).events.empty());
}

TEST(Events, that_are_not_kept_are_counted) {
  Events events;
  for (std::size_t i = 0; i < Events::kept + 10; ++i) events.tell(event("a"));
  const auto batch = events.after(3, 5);
  EXPECT_EQ(batch.lost, 7U);
  EXPECT_EQ(batch.events.front().number, 11U);
}

TEST(Events, a_number_of_an_earlier_run_means_all_of_this_one) {
  Events events;
  events.tell(event("a"));
  EXPECT_EQ(events.after(5000, 10).events.size(), 1U);
}

TEST(Events, a_change_by_an_operator_is_seen) {
  DeskSite site;
  site.enroll("a-1");
  (void)site.simulator.run(site.desk().forget(DeskSite::id("a-1"), DeskSite::anna()));
  const auto batch = site.events.after(0, 10);
  ASSERT_FALSE(batch.events.empty());
  EXPECT_EQ(batch.events.back().kind, EventKind::change);
  EXPECT_EQ(batch.events.back().registration_id, "a-1");
  EXPECT_EQ(batch.events.back().object, "a-1");
}

TEST(Events, a_change_of_no_leaf_names_none) {
  DeskSite site;
  (void)site.simulator.run(site.desk().remove_enrollment(EnrollmentKind::group, "line-a", DeskSite::anna()));
  const auto batch = site.events.after(0, 10);
  ASSERT_FALSE(batch.events.empty());
  EXPECT_EQ(batch.events.back().registration_id, "");
  EXPECT_THAT(batch.events.back().object, testing::HasSubstr("line-a"));
}

}  // namespace
}  // namespace leafgate::events_test
