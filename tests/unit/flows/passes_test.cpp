// Which connections go through untouched, and what is remembered of them.
#include "gateway/flows/passes.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_registrations.hpp"
#include "tests/unit/flows/deny_site.hpp"

namespace leafgate::passes_test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr const char* line = "192.0.2.7";
constexpr const char* other = "192.0.2.8";
constexpr const char* hub = "hub1.azure-devices.net";

class PassesTest : public testing::Test {
 protected:
  unsigned taken(std::string_view address) {
    unsigned count = 0;
    while (passes.take(address, nullptr)) ++count;
    return count;
  }
  static std::string address(int n) {
    return "10.1." + std::to_string(n / 256) + "." + std::to_string(n % 256);
  }

  Simulator simulator{1};
  FakeClock clock;
  Passes passes{simulator.executor(), clock};
};

TEST_F(PassesTest, the_next_eight_connections_go_through_and_not_the_ninth) {
  EXPECT_FALSE(passes.take(line, nullptr));
  passes.grant(line, "Pump-07");
  EXPECT_EQ(passes.take(line, nullptr), "Pump-07");
  EXPECT_EQ(taken(line), Passes::connections - 1);
  passes.grant(line, "Pump-07");
  EXPECT_EQ(taken(line), Passes::connections) << "who shows its certificate again has eight again";
}

TEST_F(PassesTest, of_two_minutes) {
  passes.grant(line, "pump-07");
  simulator.run_for(seconds(119));
  EXPECT_TRUE(passes.take(line, nullptr));
  simulator.run_for(seconds(1));
  EXPECT_FALSE(passes.take(line, nullptr));
}

TEST_F(PassesTest, of_the_source_that_showed_it) {
  passes.grant(line, "pump-07");
  passes.grant("2001:db8:0:7::1", "pump-08");
  EXPECT_FALSE(passes.take(other, nullptr));
  EXPECT_FALSE(passes.take("2001:db8:0:7::99", nullptr)) << "a neighbour on the same LAN";
  EXPECT_EQ(passes.take("2001:db8:0:7::1", nullptr), "pump-08");
  EXPECT_EQ(passes.take(line, nullptr), "pump-07");
}

TEST_F(PassesTest, name_each_of_several_leaves_at_an_address_in_its_turn) {
  passes.grant(line, "a");
  EXPECT_EQ(passes.take(line, nullptr), "a");
  passes.grant(line, "b");
  passes.grant(line, "c");
  EXPECT_EQ(passes.take(line, nullptr), "b");
  EXPECT_EQ(passes.take(line, nullptr), "c");
  EXPECT_EQ(passes.take(line, nullptr), "a");
  passes.grant(line, "A");
  for (int n = 0; n < 20; ++n) passes.grant(line, "x" + std::to_string(n));
  EXPECT_EQ(passes.take(line, nullptr), "x12") << "a bounded number of them";
  simulator.run_for(seconds(121));
  passes.grant(line, "d");
  EXPECT_EQ(passes.take(line, nullptr), "d");
  EXPECT_EQ(passes.take(line, nullptr), "d") << "the others are long gone";
}

// The rest of what is denied is asked of DenyDesk.
class RevokedPassesTest : public PassesTest {
 protected:
  using Connection = std::shared_ptr<CountedPresence>;
  Connection comes_by(std::string_view address) {
    auto connection = std::make_shared<CountedPresence>();
    EXPECT_TRUE(passes.take(address, connection));
    return connection;
  }
  static Marks marks(const std::string& id, std::vector<std::string> certificates) {
    Marks out;
    out.id = id;
    out.certificates = std::move(certificates);
    return out;
  }
  std::size_t revoke(const std::string& id) {
    return passes.revoke([&id](const Marks& marks) { return marks.id == id; });
  }
};

TEST_F(RevokedPassesTest, end_what_is_open_and_withdraw_what_is_left) {
  passes.grant(line, "Pump-07");
  passes.grant(other, "pump-08");
  const Connection first = comes_by(line);
  const Connection second = comes_by(line);
  const Connection others = comes_by(other);
  comes_by(line).reset();
  EXPECT_EQ(revoke("pump-07"), 2U) << "what has ended by itself is not counted";
  EXPECT_EQ(first->ended, 1);
  EXPECT_EQ(second->ended, 1);
  EXPECT_EQ(others->ended, 0);
  EXPECT_FALSE(passes.take(line, nullptr));
  EXPECT_TRUE(passes.take(other, nullptr));
  EXPECT_EQ(revoke("pump-07"), 0U) << "each ends once";
}

TEST_F(RevokedPassesTest, end_what_was_opened_before_they_ran_out_or_were_taken_back) {
  passes.grant(line, "pump-07");
  const Connection open = comes_by(line);
  passes.take_back(line, "pump-07");
  simulator.run_for(std::chrono::minutes(4));
  EXPECT_EQ(revoke("pump-07"), 1U);
  EXPECT_EQ(open->ended, 1);
}

TEST_F(RevokedPassesTest, end_whatever_may_be_theirs_at_an_address_of_several) {
  passes.grant(line, "pump-07");
  passes.grant(line, "pump-08");
  const Connection one = comes_by(line);
  const Connection other_one = comes_by(line);
  EXPECT_EQ(revoke("pump-08"), 2U);
  EXPECT_FALSE(passes.take(line, nullptr)) << "who is not meant knocks again";
}

TEST_F(RevokedPassesTest, end_only_theirs_where_the_handshake_was_in_clear) {
  passes.grant(line, "pump-07", marks("pump-07", {"c7", "line-ca"}));
  passes.grant(line, "pump-08", marks("pump-08", {"c8", "line-ca"}));
  const Connection one = comes_by(line);
  const Connection other_one = comes_by(line);
  passes.recognise(one, line, {"pump-07", marks("pump-07", {"c7"})});
  passes.recognise(other_one, line, {"pump-08", marks("pump-08", {"c8"})});
  EXPECT_EQ(revoke("pump-07"), 1U);
  EXPECT_EQ(one->ended, 1);
  EXPECT_EQ(other_one->ended, 0);
  const auto is_below_ca = [](const Marks& of) { return of.certificates.back() == "line-ca"; };
  EXPECT_EQ(passes.revoke(is_below_ca), 1U) << "the chain that it showed here counts";
  EXPECT_EQ(other_one->ended, 1);
}

TEST_F(RevokedPassesTest, end_those_that_needed_none_too_where_the_handshake_was_in_clear) {
  const auto connection = std::make_shared<CountedPresence>();
  passes.recognise(connection, line, {"pump-07", marks("pump-07", {"c7"})});
  EXPECT_EQ(revoke("pump-07"), 1U);
  EXPECT_EQ(connection->ended, 1);
}

TEST_F(RevokedPassesTest, remember_no_more_connections_than_there_are) {
  PassedConnections connections;
  for (int n = 0; n < 10'000; ++n) connections.note(std::make_shared<CountedPresence>(), line, {});
  EXPECT_LE(connections.size(), 300U);
}

TEST_F(PassesTest, are_not_used_up_while_the_service_is_away) {
  passes.grant(line, "pump-07");
  passes.service_is(false);
  EXPECT_FALSE(passes.service_is_up());
  EXPECT_EQ(taken(line), 0U);
  passes.service_is(true);
  EXPECT_EQ(taken(line), Passes::connections);
}

TEST_F(PassesTest, end_where_a_symmetric_key_is_verified_and_for_a_day_behind_it) {
  passes.grant(line, "pump-07");
  EXPECT_FALSE(passes.is_shared(line));
  passes.symmetric_verified(line);
  EXPECT_EQ(taken(line), 0U);
  EXPECT_TRUE(passes.is_shared(line));
  EXPECT_FALSE(passes.is_shared(other));
  simulator.run_for(hours(24) - seconds(1));
  EXPECT_TRUE(passes.is_shared(line));
  simulator.run_for(seconds(1));
  EXPECT_FALSE(passes.is_shared(line));
}

TEST_F(PassesTest, of_a_lan_are_not_ended_by_a_symmetric_key_of_another_host) {
  passes.grant("2001:db8:0:7::1", "pump-07");
  passes.symmetric_verified("2001:db8:0:7::2");
  EXPECT_FALSE(passes.is_shared("2001:db8:0:7::1"));
  EXPECT_TRUE(passes.is_shared("2001:db8:0:7::2"));
  EXPECT_EQ(taken("2001:db8:0:7::1"), Passes::connections);
  passes.seen_toward(hub, "2001:db8:0:7::1");
  EXPECT_FALSE(passes.seen_toward_at(hub, "2001:db8:0:7::2"));
}

TEST_F(PassesTest, of_others_are_not_pushed_out_by_who_has_a_whole_network) {
  passes.grant(line, "pump-07");
  passes.symmetric_verified(other);
  passes.seen_toward(hub, line);
  for (std::size_t n = 0; n < Passes::most_sightings; ++n) {
    const std::string made_up = "2001:db8::" + std::to_string(n);
    passes.grant(made_up, "x");
    passes.symmetric_verified(made_up + ":1");
    passes.seen_toward(hub, made_up);
  }
  EXPECT_EQ(passes.take(line, nullptr), "pump-07");
  EXPECT_TRUE(passes.is_shared(other));
  EXPECT_TRUE(passes.seen_toward_at(hub, line));
}

TEST_F(PassesTest, are_kept_of_a_bounded_number_of_sources) {
  const int many = static_cast<int>(Passes::most_sources) + 1;
  for (int n = 0; n < many; ++n) {
    passes.grant(address(n), "a");
    passes.symmetric_verified(address(n + many));
  }
  EXPECT_FALSE(passes.take(address(0), nullptr));
  EXPECT_TRUE(passes.take(address(1), nullptr));
  EXPECT_FALSE(passes.is_shared(address(many)));
  EXPECT_TRUE(passes.is_shared(address(many + 1)));
}

TEST_F(PassesTest, know_the_hubs_that_were_handed_out) {
  passes.hand_out(hub);
  EXPECT_FALSE(passes.handed_out(hub)) << "they do not matter";
  passes.set_hubs_matter(true);
  passes.hand_out("Hub1.Azure-Devices.net");
  EXPECT_TRUE(passes.handed_out(hub));
  EXPECT_FALSE(passes.handed_out("hub2.azure-devices.net"));
  EXPECT_FALSE(passes.handed_out("x.hub1.azure-devices.net"));
  passes.set_hubs_matter(false);
  EXPECT_FALSE(passes.handed_out(hub));
}

TEST_F(PassesTest, learn_at_the_start_what_was_handed_out_before) {
  FakeRegistrations registrations;
  Registration known(RegistrationId::parse("leaf-1").value());
  known.assignment.emplace();
  known.assignment->assigned_hub = hub;
  registrations.records.insert_or_assign("leaf-1", RegistrationRecord{known, {}});
  const auto nothing = Error(Errc::store_fault, "read though hubs do not matter");
  registrations.fail.fail_all(nothing);
  EXPECT_TRUE(simulator.run(passes.load(registrations)));
  passes.set_hubs_matter(true);
  EXPECT_FALSE(simulator.run(passes.load(registrations)));
  registrations.fail.heal();
  EXPECT_TRUE(simulator.run(passes.load(registrations)));
  EXPECT_TRUE(passes.handed_out(hub));
}

TEST_F(PassesTest, remember_who_went_to_its_hub_and_when) {
  EXPECT_FALSE(passes.seen_toward_at(hub, line));
  const WallTime first = clock.now().at;
  passes.seen_toward(hub, line);
  simulator.run_for(hours(1));
  EXPECT_EQ(passes.seen_toward_at("HUB1.azure-devices.net", line), first);
  EXPECT_FALSE(passes.seen_toward_at(hub, other));
  EXPECT_FALSE(passes.seen_toward_at("hub2.azure-devices.net", line));
  passes.seen_toward(hub, line);
  EXPECT_EQ(passes.seen_toward_at(hub, line), first + hours(1));
  for (std::size_t n = 0; n < Passes::most_sightings; ++n)
    passes.seen_toward(hub, address(static_cast<int>(n)));
  EXPECT_FALSE(passes.seen_toward_at(hub, line)) << "a bounded number of them";
}

// In true time: that of a simulator is its own thread's.
TEST(Passes, many_loops_at_once_take_exactly_eight) {
  boost::asio::io_context first_loop;
  FakeClock clock;
  Passes passes(first_loop.get_executor(), clock);
  passes.grant(line, "pump-07");
  std::atomic<unsigned> taken{0};
  std::vector<std::thread> loops;
  for (int n = 0; n < 4; ++n)
    loops.emplace_back([&] {
      for (int tries = 0; tries < 1000; ++tries) {
        if (passes.take(line, nullptr)) ++taken;
        passes.seen_toward(hub, line);
      }
    });
  for (auto& loop : loops) loop.join();
  EXPECT_EQ(taken, Passes::connections);
}

TEST_F(PassesTest, tell_on_the_first_loop_what_became_of_a_session) {
  PassedSession session;
  session.claimed_id = "pump-07";
  passes.ended(session);
  simulator.run_for(Millis(0));
  std::vector<std::string> told;
  passes.on_ended([&told](PassedSession ended) { told.push_back(std::move(ended.claimed_id)); });
  passes.ended(session);
  EXPECT_TRUE(told.empty()) << "in a turn of its own";
  simulator.run_for(Millis(0));
  EXPECT_EQ(told, std::vector<std::string>{"pump-07"});
}

}  // namespace
}  // namespace leafgate::passes_test
