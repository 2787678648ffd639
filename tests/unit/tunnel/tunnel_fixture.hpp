#pragma once

#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <poll.h>

#include "adapters/tunnel/endpoint.hpp"
#include "gateway/net/listener.hpp"
#include "gateway/runtime/loop.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_pass_through.hpp"
#include "tests/unit/net/blocking_client.hpp"
#include "tests/unit/net/door_recorder.hpp"

namespace leafgate::tunnel {

// Keeps what is told, from any thread.
class WaitingJournal final : public Journal {
 public:
  void note(DoorEvent event) override {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
    changed_.notify_all();
  }
  // Waits for as many; fewer come back when they do not come.
  std::vector<DoorEvent> events(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(20), [&] { return events_.size() >= count; });
    return events_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<DoorEvent> events_;
};

// The other end of tunnels: a port of this machine where the test takes connections up by itself.
class FarEnd {
 public:
  FarEnd() {
    net::ListenOptions at_once;  // who says nothing is seen too
    at_once.defer_accept = Seconds(0);
    at_once.backlog = 2000;
    listening_ = net::open_listening("127.0.0.1:0", {}, at_once).value();
  }
  [[nodiscard]] std::uint16_t port() const { return net::bound_port(listening_.get()); }
  // -1 when nobody comes.
  [[nodiscard]] net::OwnedDescriptor accept() const {
    pollfd coming{listening_.get(), POLLIN, 0};
    ::poll(&coming, 1, 20'000);
    net::OwnedDescriptor taken(::accept(listening_.get(), nullptr, nullptr));
    const timeval limit{20, 0};
    ::setsockopt(taken.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    return taken;
  }

 private:
  net::OwnedDescriptor listening_;
};

inline void say(int descriptor, ByteView what) {
  while (!what.empty()) {
    const ssize_t sent = ::send(descriptor, what.data(), what.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    what = what.subspan(static_cast<std::size_t>(sent));
  }
}
inline void say(int descriptor, std::string_view what) { say(descriptor, as_bytes(what)); }
// So many octets, fewer at an end.
inline std::string hear(int descriptor, std::size_t count) {
  std::string heard(count, '\0');
  const ssize_t got = ::recv(descriptor, heard.data(), count, MSG_WAITALL);
  heard.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return heard;
}

// A listener on two loops that asks a tunnel first, and tells everybody else "served here".
class TunnelTest : public testing::Test {
 protected:
  static constexpr const char* dps = "dps.example";
  static constexpr const char* hub = "h1.azure-devices.net";

  ~TunnelTest() override { stop(); }

  // The service and the hub are dialled at the far end. All leaves of a test are one source.
  void start(std::size_t unproven = 5'000) {
    net::ListenerLimits limits;
    limits.listening.defer_accept = Seconds(0);
    limits.gate.per_source = unproven;
    limits.linger_time = std::chrono::milliseconds(200);
    for (int i = 0; i < 2; ++i) loops_.push_back(std::make_unique<Loop>("loop"));
    const std::vector executors{loops_[0]->executor(), loops_[1]->executor()};
    listener_ = std::make_unique<net::Listener>(executors, limits, observer_, penalties_);
    port_ = listener_->listen("127.0.0.1:0", router(false)).value();
    pass_port_ = listener_->listen("127.0.0.1:0", router(true)).value();
    rules_.server_names.push_back(dps);
    for (const char* name : {dps, hub})
      for (const std::uint16_t port : {port_, pass_port_})
        rules_.dial.try_emplace(std::string(name) + ":" + std::to_string(port),
                                net::Target{"127.0.0.1", far_.port(), ""});
    endpoint_ = std::make_unique<Endpoint>(executors, rules_, limits_, passes_, journal_, clock_);
    for (std::size_t i = 0; i < 2; ++i) {
      if (proxy_) endpoint_->connector(i).use_proxy(*proxy_);
      endpoint_->connector(i).own_addresses().add("127.0.0.1", port_);
    }
    listener_->start();
    for (const auto& loop : loops_) loop->start();
  }
  void stop() {
    if (!listener_) return;
    std::promise<void> stopped;
    const auto go = [](Endpoint& tunnel, net::Listener& listener, std::promise<void>& into) -> Task<void> {
      co_await tunnel.stop();
      co_await listener.stop(std::chrono::seconds(0));
      into.set_value();
    };
    spawn(loops_[0]->executor(), go(*endpoint_, *listener_, stopped));
    stopped.get_future().get();
    EXPECT_EQ(endpoint_->counts().open, 0U);
    listener_.reset();
    for (const auto& loop : loops_) loop->release();
    for (const auto& loop : loops_) loop->join();
  }
  void always_pass() { rules_.sources.push_back(Network::parse("127.0.0.0/8").value()); }
  void pass_hubs() {
    rules_.hubs = Hubs::assigned;
    passes_.hand_out(hub);
  }
  // A service without a place of its own: what the name says is dialled.
  static constexpr const char* unplaced = "localhost";
  void pass_unplaced() {
    rules_.server_names.push_back(unplaced);
    always_pass();
  }
  // The one event that was told.
  DoorEvent event() {
    const auto all = journal_.events(1);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? DoorEvent() : all.front();
  }
  PassedSession session() {
    (void)journal_.events(1);
    stop();
    const auto all = passes_.sessions();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? PassedSession() : all.front();
  }

  Rules rules_;
  Limits limits_;
  FakePassThrough passes_;
  WaitingJournal journal_;
  FakeClock clock_;
  std::optional<net::ProxyServer> proxy_;
  FarEnd far_;
  net::DoorRecorder observer_;
  net::Penalties penalties_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::unique_ptr<Endpoint> endpoint_;
  std::unique_ptr<net::Listener> listener_;
  std::uint16_t port_ = 0;
  std::uint16_t pass_port_ = 0;

 private:
  // Stands where the product would shake hands.
  class ServedHere final : public net::StreamHandler {
    Task<void> serve(net::Stream& stream, net::PeerInfo /*peer*/) override {
      const auto written = co_await stream.write(as_bytes(std::string_view("served here")));
      EXPECT_TRUE(written);
    }
  };
  net::Router router(bool pass_only) {
    return [this, pass_only](const net::PeerInfo& peer, std::size_t loop) {
      auto passing = endpoint_->route(peer, loop, pass_only);
      if (passing) return std::move(*passing);
      net::Route here;
      here.passage = std::make_unique<ServedHere>();
      return here;
    };
  }
};

}  // namespace leafgate::tunnel
