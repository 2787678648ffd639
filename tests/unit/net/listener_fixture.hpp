#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/net/listener.hpp"
#include "gateway/runtime/loop.hpp"
#include "tests/unit/net/blocking_client.hpp"
#include "tests/unit/net/door_recorder.hpp"
#include "tests/unit/net/tls_fixture.hpp"

namespace leafgate::net {

// Says back what it hears; "bye" ends the session.
class EchoHandler final : public StreamHandler {
 public:
  Task<void> serve(Stream& stream, PeerInfo /*peer*/) override {
    Bytes part(512);
    for (;;) {
      stream.expires_at(LoopClock::now() + std::chrono::hours(1));
      const auto count = co_await stream.read_some(part);
      if (!count || *count == 0) co_return;
      const ByteView heard = ByteView(part).first(*count);
      if (as_text(heard) == "bye") co_return;
      const auto written = co_await stream.write(heard);
      if (!written) co_return;
    }
  }
};

// A listener on two loops of their own threads.
class ListenerTest : public testing::Test {
 protected:
  ~ListenerTest() override { stop(); }

  // Who says nothing is seen, unless `defer` leaves it to the kernel.
  void start(ListenerLimits limits = {}, Router other = {}, Seconds defer = Seconds(0)) {
    limits.listening.defer_accept = defer;
    for (int i = 0; i < 2; ++i) loops_.push_back(std::make_unique<Loop>("loop"));
    // Each loop has a context of its own, as the product has.
    const auto identity =
        crypto::ServerIdentity::load(tls_.pki.certificate_file(), tls_.pki.key_file()).value();
    for (int i = 0; i < 2; ++i)
      contexts_.push_back(crypto::TlsContext::server(identity, tls_.tickets).value());
    listener_ = std::make_unique<Listener>(std::vector{loops_[0]->executor(), loops_[1]->executor()}, limits,
                                           observer_, penalties_);
    port_ = listener_->listen("127.0.0.1:0", other ? other : router()).value();
    listener_->start();
    for (const auto& loop : loops_) loop->start();
  }
  void stop(LoopClock::duration grace = {}) {
    if (!listener_) return;
    std::promise<void> stopped;
    const auto go = [](Listener& whom, LoopClock::duration how_long, std::promise<void>& into) -> Task<void> {
      co_await whom.stop(how_long);
      into.set_value();
    };
    spawn(loops_[0]->executor(), go(*listener_, grace, stopped));
    stopped.get_future().get();
    EXPECT_EQ(listener_->established(), 0U);
    EXPECT_EQ(listener_->waiting(), 0U);
    listener_.reset();
    for (const auto& loop : loops_) loop->release();
    for (const auto& loop : loops_) loop->join();
  }
  // Every test fails from the same address.
  static Penalties::Limits tolerant() {
    Penalties::Limits limits;
    limits.threshold = limits.longest;
    return limits;
  }
  Router router() {
    return [this](const PeerInfo& peer, std::size_t loop) -> Route {
      if (peer.server_name == "nobody.example") return {};
      return {&handler_, contexts_[loop]};
    };
  }
  // As a reload does: each loop gets its new context on itself.
  void show(const crypto::ServerIdentity& identity) {
    for (std::size_t i = 0; i < loops_.size(); ++i) {
      auto next = crypto::TlsContext::server(identity, tls_.tickets).value();
      std::promise<void> shown;
      boost::asio::post(loops_[i]->executor(), [&] {
        contexts_[i] = std::move(next);
        shown.set_value();
      });
      shown.get_future().get();
    }
  }
  // The one failure that was told.
  DoorRecorder::Told failure() {
    const auto all = observer_.failures(1);
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? DoorRecorder::Told{DoorFailure::over_limit, "nothing was told", {}} : all.front();
  }

  TlsPair tls_;
  DoorRecorder observer_;
  Penalties penalties_{tolerant()};
  EchoHandler handler_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::shared_ptr<crypto::TlsContext>> contexts_;
  std::unique_ptr<Listener> listener_;
  std::uint16_t port_ = 0;
};

}  // namespace leafgate::net
