// Whether a leaf that was assigned came by on its way to its hub, as the engineer is told.
#include "gateway/flows/toward_hub.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/desk_site.hpp"

namespace leafgate::toward_hub_test {
namespace {

using namespace std::chrono_literals;

constexpr const char* line = "192.0.2.7";  // where the leaves of a Site come from
constexpr const char* hub = "hub1.azure-devices.net";

struct TowardHubTest : testing::Test {
  DeskSite site;

  TowardHubTest() {
    site.running->passes.set_hubs_matter(true);
    site.enroll("pump-1");
    site.simulator.run_for(10min);
    EXPECT_EQ(site.provision("pump-1").registration_status, RegistrationStatus::assigned);
  }
};

TEST_F(TowardHubTest, says_nothing_while_the_leaf_has_its_two_minutes) {
  EXPECT_EQ(site.explain("pump-1").toward_hub, Reason::none);
  site.simulator.run_for(121s);
  EXPECT_EQ(site.explain("pump-1").toward_hub, Reason::never_seen_toward_its_hub);
  EXPECT_FALSE(site.explain("pump-1").hub_seen);
}

TEST_F(TowardHubTest, says_when_it_last_came_by) {
  site.simulator.run_for(5min);
  site.running->passes.seen_toward(hub, "192.0.2.8");
  EXPECT_EQ(site.explain("pump-1").toward_hub, Reason::never_seen_toward_its_hub) << "that was another";
  const WallTime seen = site.clock.now().at;
  site.running->passes.seen_toward(hub, line);
  site.simulator.run_for(5min);
  EXPECT_EQ(site.explain("pump-1").hub_seen, seen);
  EXPECT_EQ(site.explain("pump-1").toward_hub, Reason::none);
}

TEST_F(TowardHubTest, says_nothing_where_hubs_are_not_passed_on_to) {
  site.running->passes.seen_toward(hub, line);
  site.running->passes.set_hubs_matter(false);
  site.simulator.run_for(5min);
  EXPECT_FALSE(site.explain("pump-1").hub_seen);
  EXPECT_EQ(site.explain("pump-1").toward_hub, Reason::none);
}

TEST_F(TowardHubTest, says_nothing_right_after_a_start) {
  Assignment assignment;
  assignment.assigned_hub = hub;
  AttemptNote note;
  note.source = line;
  note.at = site.clock.now().at - 24h;
  const auto judged = [&](Millis since_start) {
    return toward_hub(assignment, {note}, site.running->passes, since_start, site.clock.now().at).never;
  };
  EXPECT_FALSE(judged(1min));
  EXPECT_TRUE(judged(3min));
}

struct NoteRow {
  const char* what;
  Reason reason;
  const char* source;
  bool unverified;
  bool counts;
};

TEST(LastCame, tells_the_address_of_the_leaf_itself) {
  const std::vector<NoteRow> rows = {
      {"proved itself", Reason::answered_from_cache, "192.0.2.9", false, true},
      {"sent to the service", Reason::sent_through, "2001:db8::9", true, true},
      {"somebody with its id", Reason::wrong_key, "192.0.2.9", true, false},
      {"the gateway's own", Reason::learnt_from_service, "gateway", false, false},
  };
  for (const NoteRow& row : rows) {
    AttemptNote before;
    before.source = line;
    before.at = WallTime(1h);
    AttemptNote note;
    note.reason = row.reason;
    note.source = row.source;
    note.unverified = row.unverified;
    note.at = WallTime(2h);
    EXPECT_EQ(last_came({note, before})->address, row.counts ? row.source : line) << row.what;
  }
  EXPECT_FALSE(last_came({}));
}

}  // namespace
}  // namespace leafgate::toward_hub_test
