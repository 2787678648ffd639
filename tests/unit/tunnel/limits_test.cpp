// What a tunnel may take at most, and that it ends when the daemon stops.
#include <fstream>
#include <iostream>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/unit/net/hello_bytes.hpp"
#include "tests/unit/tunnel/tunnel_fixture.hpp"

namespace leafgate::tunnel::limits_test {
namespace {

using namespace std::chrono_literals;
using net::BlockingClient;

class TunnelLimits : public TunnelTest {
 protected:
  // A leaf whose tunnel stands.
  struct Open {
    BlockingClient leaf;
    net::OwnedDescriptor far;
  };
  Open open(const char* name) {
    const std::string hello(as_text(net::hello_bytes(name)));
    BlockingClient leaf(port_);
    leaf.send(hello);
    net::OwnedDescriptor far = far_.accept();
    EXPECT_EQ(hear(far.get(), hello.size()).size(), hello.size());
    return {std::move(leaf), std::move(far)};
  }
};

TEST_F(TunnelLimits, a_session_with_the_service_has_so_many_octets) {
  always_pass();
  limits_.octets = 10'000;
  start();
  const Open tunnel = open(dps);
  say(tunnel.far.get(), std::string(9'000, 'd'));
  EXPECT_EQ(hear(tunnel.leaf.fd(), 9'000).size(), 9'000U);
  tunnel.leaf.send(std::string(2'000, 'u'));
  EXPECT_TRUE(tunnel.leaf.reads_to_end());
  EXPECT_EQ(event().reason, Reason::tunnel_limit);
  EXPECT_EQ(event().detail, "more than 10000 octets, asked for dps.example");
  EXPECT_EQ(session().answered, false);
  EXPECT_EQ(endpoint_->counts().limited, 1U);
}

TEST_F(TunnelLimits, a_session_with_the_service_has_its_time) {
  always_pass();
  limits_.time = 300ms;
  start();
  const Open tunnel = open(dps);
  EXPECT_TRUE(tunnel.leaf.reads_to_end());
  EXPECT_EQ(event().detail, "longer than 300ms, asked for dps.example");
}

TEST_F(TunnelLimits, a_session_with_the_service_may_not_be_silent_for_long) {
  always_pass();
  limits_.silence = 300ms;
  start();
  const Open tunnel = open(dps);
  EXPECT_TRUE(tunnel.leaf.reads_to_end());
  EXPECT_EQ(event().reason, Reason::tunnel_limit);
  EXPECT_EQ(event().detail, "silent for 300ms, asked for dps.example");
}

TEST_F(TunnelLimits, a_hub_has_none_of_these) {
  pass_hubs();
  limits_.octets = 1'000;
  limits_.time = 200ms;
  limits_.silence = 200ms;
  start();
  Open tunnel = open(hub);
  const Open other = open(hub);
  say(tunnel.far.get(), std::string(100'000, 'd'));
  EXPECT_EQ(hear(tunnel.leaf.fd(), 100'000).size(), 100'000U);
  other.leaf.finish();  // has to leave within the silence, once it has said goodbye
  EXPECT_TRUE(other.leaf.reads_to_end());
  say(tunnel.far.get(), "still here");
  EXPECT_EQ(hear(tunnel.leaf.fd(), 10), "still here");
}

TEST_F(TunnelLimits, a_slow_reader_gets_all_in_the_end) {
  pass_hubs();
  start();
  const Open tunnel = open(hub);
  const std::string much(20 << 20, 'x');
  std::thread talks([&] {
    say(tunnel.far.get(), much);
    ::shutdown(tunnel.far.get(), SHUT_WR);
  });
  std::size_t got = 0;
  for (std::size_t part = 1; part != 0; got += part) part = hear(tunnel.leaf.fd(), 1 << 20).size();
  talks.join();
  EXPECT_EQ(got, much.size());
}

TEST_F(TunnelLimits, ends_with_the_daemon_in_every_state) {
  always_pass();
  pass_hubs();
  pass_unplaced();
  const auto silent = net::open_listening("127.0.0.1:0", {});
  proxy_ = net::ProxyServer{"127.0.0.1", net::bound_port(silent->get()), ""};
  start();
  std::vector<Open> open_ones;
  for (int i = 0; i < 10; ++i) open_ones.push_back(open(i % 2 == 0 ? dps : hub));
  std::vector<BlockingClient> dialling;  // the proxy never answers
  for (int i = 0; i < 10; ++i) dialling.emplace_back(port_).send(as_text(net::hello_bytes(unplaced)));
  while (endpoint_->counts().open < 20) std::this_thread::yield();
  const TimePoint begin = LoopClock::now();
  stop();
  EXPECT_LT(LoopClock::now() - begin, 5s) << "nobody waits for what is being dialled";
  for (const Open& each : open_ones) {
    EXPECT_TRUE(each.leaf.reads_to_end());
    EXPECT_EQ(hear(each.far.get(), 1), "");
  }
  for (const BlockingClient& leaf : dialling) EXPECT_TRUE(leaf.reads_to_end());
  EXPECT_EQ(passes_.sessions().size(), 5U);
}

TEST_F(TunnelLimits, a_leaf_is_no_longer_unproven_once_its_hub_has_taken_it) {
  pass_hubs();
  start(1);
  std::vector<Open> all;
  for (int i = 0; i < 6; ++i) {
    const Open& each = all.emplace_back(open(hub));
    say(each.far.get(), "\x16 taken");
    EXPECT_EQ(hear(each.leaf.fd(), 7).size(), 7U);
  }
}

TEST_F(TunnelLimits, a_source_has_its_part_of_them) {
  pass_hubs();
  limits_.of_source = 2;
  start();
  std::vector<Open> all;
  for (int i = 0; i < 2; ++i) all.push_back(open(hub));
  const BlockingClient late(port_);
  late.send(as_text(net::hello_bytes(hub)));
  EXPECT_TRUE(late.reads_to_end());
  EXPECT_EQ(event().reason, Reason::tunnel_limit);
  EXPECT_EQ(event().detail,
            std::string(hub) + " at port " + std::to_string(port_) + ": 2 of this address are open");
  EXPECT_EQ(endpoint_->counts().no_room, 1U);
}

// Sanitizers keep what is freed and put red zones around the rest: their figure is no bound of ours.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double most_kib_held = 80;
#else
constexpr double most_kib_held = 20;  // performance.md
#endif

double resident_kib() {
  std::ifstream statm("/proc/self/statm");
  long total = 0;
  long resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / 1024;
}

TEST_F(TunnelLimits, a_thousand_at_a_time_and_no_more) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ASSERT_GT(files.rlim_cur, 5'000U);
  pass_hubs();
  limits_.tunnels = limits_.of_source = 1'000;
  start();
  std::vector<Open> all;
  while (all.size() < 100) all.push_back(open(hub));  // what the first ones cost is no part of it
  for (const Open& each : all) say(each.far.get(), "\x16 taken");
  const double before = resident_kib();
  while (all.size() < 1'000) {
    Open& each = all.emplace_back(open(hub));
    say(each.far.get(), "\x16 taken");
    EXPECT_EQ(hear(each.leaf.fd(), 7).size(), 7U);
  }
  const double each = (resident_kib() - before) / 900;
  std::cout << "a held tunnel takes " << each << " KiB\n";
  RecordProperty("kib_of_a_held_tunnel", std::to_string(each));
  EXPECT_LT(each, most_kib_held);
  EXPECT_EQ(endpoint_->counts().open, 1'000U);
  const BlockingClient late(port_);
  late.send(as_text(net::hello_bytes(hub)));
  EXPECT_TRUE(late.reads_to_end());
  EXPECT_EQ(event().reason, Reason::tunnel_limit);
  EXPECT_EQ(event().detail, std::string(hub) + " at port " + std::to_string(port_) + ": 1000 are open");
  all.pop_back();
  while (endpoint_->counts().open == 1'000) std::this_thread::yield();
  const Open another = open(hub);
  say(another.far.get(), "\x16 taken");
  EXPECT_EQ(hear(another.leaf.fd(), 7).size(), 7U);
  EXPECT_EQ(endpoint_->counts().no_room, 1U);
}

}  // namespace
}  // namespace leafgate::tunnel::limits_test
