#include "gateway/net/unix_listener.hpp"

#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::net::unix_listener_test {
namespace {

using namespace std::chrono_literals;

struct UnixListenerTest : testing::Test {
  TemporaryFolder folder;
  std::string path = folder.path() + "/status.sock";
  std::vector<PeerCredentials> seen;
  Simulator sim{1};
  std::unique_ptr<UnixListener> listener;

  void listen(std::size_t most = 32, UnixListener::Favours favours = {}) {
    auto descriptor = listen_unix(path);
    ASSERT_TRUE(descriptor.has_value()) << descriptor.error().detail;
    auto serve = [this](PlainSocket& socket, PeerCredentials who) -> Task<void> {
      return greet(socket, std::move(who));
    };
    listener = std::make_unique<UnixListener>(sim.executor(), *descriptor, serve, most, favours);
    sim.spawn(listener->run());
  }
  Task<void> greet(PlainSocket& socket, PeerCredentials who) {
    seen.push_back(std::move(who));
    Bytes one(1);
    auto got = co_await socket.read_some(one);
    if (!got || *got == 0) co_return;
    auto written = co_await socket.write(one);
    EXPECT_TRUE(written.has_value());
  }
  // One octet there and back; 0 when the listener closed.
  std::size_t ask() {
    auto socket = connect_unix(sim.executor(), path);
    EXPECT_TRUE(socket.has_value()) << socket.error().detail;
    Bytes one(1);
    auto written = sim.run((*socket)->write(one));
    auto got = sim.run((*socket)->read_some(one));
    return written && got ? *got : 0;
  }
  void TearDown() override {
    if (listener) listener->stop();
    sim.run_until_idle();
  }
};

TEST_F(UnixListenerTest, knows_who_asks) {
  listen();
  EXPECT_EQ(ask(), 1U);
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].uid, getuid());
  EXPECT_EQ(seen[0].pid, getpid());
  EXPECT_TRUE(seen[0].in_group(getgid()));
  EXPECT_FALSE(seen[0].in_group(64999));
}

TEST_F(UnixListenerTest, lets_only_owner_and_group_in) {
  listen();
  struct stat found {};
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660U);
}

TEST_F(UnixListenerTest, replaces_what_a_dead_process_left) {
  auto first = listen_unix(path);
  ASSERT_TRUE(first.has_value());
  close(*first);
  listen();
  EXPECT_EQ(ask(), 1U);
}

TEST_F(UnixListenerTest, does_not_take_a_living_process_its_socket) {
  listen();
  EXPECT_EQ(listen_unix(path).error().code, Errc::in_use);
  EXPECT_EQ(ask(), 1U);
}

TEST_F(UnixListenerTest, does_not_replace_what_is_no_socket) {
  std::ofstream(path) << "a file";
  EXPECT_EQ(listen_unix(path).error().code, Errc::conflict);
}

TEST_F(UnixListenerTest, says_what_is_wrong_with_a_path) {
  EXPECT_EQ(listen_unix(folder.path() + "/none/s").error().code, Errc::not_found);
  EXPECT_EQ(listen_unix(folder.path() + "/" + std::string(108, 's')).error().code, Errc::too_large);
  EXPECT_EQ(connect_unix(sim.executor(), path).error().code, Errc::unreachable);
  EXPECT_EQ(connect_unix(sim.executor(), std::string(108, 's')).error().code, Errc::too_large);
}

TEST_F(UnixListenerTest, a_filesystem_that_is_read_only_may_pass) {
  EXPECT_EQ(listen_unix_error(path, EROFS).code, Errc::internal);
  EXPECT_EQ(listen_unix_error(path, EACCES).code, Errc::refused);
  EXPECT_EQ(listen_unix_error(path, ENOTDIR).code, Errc::not_found);
}

TEST_F(UnixListenerTest, closes_connections_above_its_limit) {
  listen(1);
  auto held = connect_unix(sim.executor(), path);
  ASSERT_TRUE(held.has_value());
  sim.run_for(1ms);
  EXPECT_EQ(ask(), 0U);
  held->reset();
  sim.run_for(1ms);
  EXPECT_EQ(ask(), 1U);
}

TEST_F(UnixListenerTest, no_crowd_keeps_out_whom_it_favours) {
  bool favoured = false;
  listen(1, [&favoured](const PeerCredentials& who) { return favoured && who.uid == getuid(); });
  std::vector<std::unique_ptr<PlainSocket>> held;
  const auto hold = [&] {
    held.push_back(*connect_unix(sim.executor(), path));
    sim.run_for(1ms);
  };
  hold();
  EXPECT_EQ(ask(), 0U);
  favoured = true;
  EXPECT_EQ(ask(), 1U);
  for (int i = 0; i < 8; ++i) hold();
  EXPECT_EQ(listener->connections(), 9U);
  EXPECT_EQ(ask(), 0U) << "nor are they without end";
}

TEST_F(UnixListenerTest, ends_open_connections_when_it_stops) {
  listen();
  auto held = connect_unix(sim.executor(), path);
  sim.run_for(1ms);
  EXPECT_EQ(listener->connections(), 1U);
  listener->stop();
  sim.run_for(1ms);
  EXPECT_EQ(listener->connections(), 0U);
}

}  // namespace
}  // namespace leafgate::net::unix_listener_test
