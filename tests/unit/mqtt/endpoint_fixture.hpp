#pragma once

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "adapters/mqtt/endpoint.hpp"
#include "gateway/crypto/x509.hpp"
#include "gateway/net/memory_stream.hpp"
#include "gateway/runtime/simulator.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_registrar.hpp"
#include "tests/unit/mqtt/leaf_packets.hpp"

namespace leafgate {

struct FixedWallClock final : WallClock {
  [[nodiscard]] WallReading now() const override {
    return {WallTime(Millis(1'800'000'000'000)), ClockQuality::synced};
  }
};

struct CountingRandom final : Random {
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = next++;
  }
  std::uint8_t next = 0;
};

// An endpoint that serves one leaf over memory, in virtual time.
class EndpointTest : public testing::Test {
 protected:
  EndpointTest() { restart(); }

  ~EndpointTest() override { finish(); }

  // Ends what is served: streams go after the frames that use them, and before the simulator.
  void finish() {
    if (gateway) gateway->expire(Errc::stopped);
    simulator.run_until_idle();
    gateway.reset();
    leaf.reset();
  }

  // A new connection, served from now on.
  void restart(net::MemoryStream::Options options = {}) {
    finish();
    auto [near, far] = net::MemoryStream::make_pair(simulator.executor(), options);
    gateway = std::move(near);
    leaf = std::move(far);
    begun = simulator.now();
    ended = false;
    simulator.spawn(serve(*gateway));
  }

  Task<void> serve(net::Stream& stream) {
    net::PeerInfo peer;
    peer.address = "192.0.2.7";
    peer.server_name = "dps.site";
    peer.chain = shown;
    co_await endpoint.serve(stream, std::move(peer));
    ended = true;
    ended_after = std::chrono::duration_cast<Millis>(simulator.now() - begun);
  }

  // Says this, lets `patience` pass and gives what came back meanwhile. Spawned, not run(): that goes on to
  // the next deadline.
  std::string say(std::string octets, Millis patience = Millis(0)) {
    if (!octets.empty()) simulator.spawn(write(std::move(octets)));
    simulator.run_for(patience);
    std::string heard;
    simulator.spawn(hear(heard));
    simulator.run_for(Millis(0));
    return heard;
  }

  Task<void> write(std::string octets) {
    // Whether it arrives is seen by what the gateway makes of it.
    (void)co_await leaf->write(as_bytes(octets));
  }
  Task<void> hear(std::string& heard) {
    while (gateway->unread() > 0) {
      Bytes octets(4096);
      const auto n = co_await leaf->read_some(octets);
      if (!n) co_return;
      heard += as_text(ByteView(octets).first(*n));
    }
  }

  static std::string greeting() { return leaf::connect() + leaf::subscribe(1); }
  static std::string certificate_greeting() {
    leaf::Connect connect;
    connect.password.reset();
    return leaf::connect(connect) + leaf::subscribe(1);
  }
  static std::string greeted() { return leaf::hex("20 02 0000  90 03 0001 01"); }

  Simulator simulator{1};
  FakeRegistrar registrar;
  FakeJournal journal;
  FixedWallClock clock;
  CountingRandom random;
  mqtt::Endpoint endpoint{mqtt::Ports{registrar, journal, clock, random}};
  std::shared_ptr<const crypto::CertificateChain> shown;  // by the leaf, in its handshake
  std::unique_ptr<net::MemoryStream> gateway;
  std::unique_ptr<net::MemoryStream> leaf;
  TimePoint begun{};
  bool ended = false;
  Millis ended_after{};
};

}  // namespace leafgate
