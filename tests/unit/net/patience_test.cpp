// How long a peer may be silent while others wait for its place: real TLS over a socketpair in virtual time.
#include <optional>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "gateway/runtime/simulator.hpp"
#include "tests/unit/net/gate_caller.hpp"
#include "tests/unit/net/tls_fixture.hpp"

namespace leafgate::net::patience_test {
namespace {

using namespace std::chrono_literals;

class PatienceTest : public testing::Test {
 protected:
  PatienceTest() { connect(); }
  ~PatienceTest() override {
    leaf_.reset();
    door_.reset();
    sim_.run_for(1s);
  }

  void connect() {
    leaf_.reset();
    door_.reset();
    auto [a, b] = socket_pair(sim_.executor());
    raw_leaf_ = a.native_handle();
    leaf_ = std::make_unique<TlsSocket>(std::move(a), tls_.client, TlsSocket::Role::client, deadlines_);
    door_ = std::make_unique<TlsSocket>(std::move(b), tls_.server, TlsSocket::Role::server, deadlines_);
    door_->hold(sim_.run(enter(gate_, Gate::Visitor(1))).value(), 500ms);
    door_->expires_at(sim_.now() + 5s);
  }

  // Somebody who wants in, and stays a second when he has got in.
  void another_comes() {
    const auto wait = [](Gate& gate) -> Task<void> {
      const auto slot = co_await enter(gate, Gate::Visitor(2));
      co_await sleep_for(1s);
    };
    sim_.spawn(wait(gate_));
    sim_.run_for(1ms);
  }
  // The leaf's side of the handshake, each step this much after the former.
  void shake_slowly(LoopClock::duration pause) {
    const auto keep = [](TlsSocket& leaf, LoopClock::duration between) -> Task<void> {
      while (leaf.step_handshake() == TlsSocket::Want::read) co_await sleep_for(between);
    };
    sim_.spawn(keep(*leaf_, pause));
  }
  void say(std::string_view what) {
    std::size_t count = 0;
    ASSERT_EQ(leaf_->step_write(as_bytes(what), count), TlsSocket::Want::nothing);
  }
  // How long the door lets a handshake stand before it times out.
  LoopClock::duration time_to_failure() {
    const auto shake = [](TlsSocket& door) -> Task<LoopClock::duration> {
      const TimePoint begin = LoopClock::now();
      const auto done = co_await door.handshake();
      EXPECT_EQ(done ? Errc::internal : done.error().code, Errc::timed_out);
      co_return LoopClock::now() - begin;
    };
    return sim_.run(shake(*door_));
  }
  Task<void> say_later(std::string what, LoopClock::duration pause) {
    co_await sleep_for(pause);
    say(what);
  }
  Result<std::string> hear() {
    Bytes part(64);
    const auto count = sim_.run(door_->read_some(part));
    if (!count) return count.error();
    return std::string(as_text(ByteView(part).first(*count)));
  }

  Simulator sim_{1};
  TlsPair tls_;
  Deadlines deadlines_{sim_.executor()};
  Gate gate_{sim_.executor(), Gate::Limits{.places = 1}};
  std::unique_ptr<TlsSocket> leaf_, door_;
  int raw_leaf_ = -1;
};

TEST_F(PatienceTest, has_no_end_before_the_deadline_while_nobody_waits) {
  shake_slowly(2s);
  EXPECT_TRUE(sim_.run(door_->handshake()));
}

TEST_F(PatienceTest, ends_half_a_second_after_our_flight_when_others_wait) {
  (void)leaf_->step_handshake();
  another_comes();
  const auto time = time_to_failure();
  EXPECT_GE(time, 500ms);
  EXPECT_LE(time, 600ms);
  EXPECT_TRUE(door_->hurried());
  sim_.run_for(1ms);
  EXPECT_EQ(gate_.waiting(), 0U) << "the place went to the other at once";
}

TEST_F(PatienceTest, counts_the_silence_before_the_other_came) {
  (void)leaf_->step_handshake();
  const auto shake = [](TlsSocket& door) -> Task<void> { (void)co_await door.handshake(); };
  sim_.spawn(shake(*door_));
  sim_.run_for(3s);
  EXPECT_EQ(door_->trouble(), TlsSocket::Trouble::none);
  another_comes();
  sim_.run_for(100ms);
  EXPECT_TRUE(door_->hurried());
}

TEST_F(PatienceTest, suffices_for_a_leaf_on_a_slow_link_that_keeps_talking) {
  another_comes();
  shake_slowly(400ms);
  EXPECT_TRUE(sim_.run(door_->handshake()));
}

TEST_F(PatienceTest, is_not_renewed_by_an_octet_now_and_then) {
  (void)leaf_->step_handshake();
  another_comes();
  const auto drip = [](int descriptor) -> Task<void> {
    // A record that never becomes whole.
    for (const char octet : std::string_view("\x17\x03\x03\x04\x00\x01\x02\x03\x04\x05", 10)) {
      (void)::send(descriptor, &octet, 1, MSG_NOSIGNAL);
      co_await sleep_for(100ms);
    }
  };
  sim_.spawn(drip(raw_leaf_));
  EXPECT_LE(time_to_failure(), 600ms);
}

TEST_F(PatienceTest, holds_for_a_session_until_its_peer_is_authenticated) {
  shake_slowly(1ms);
  ASSERT_TRUE(sim_.run(door_->handshake()));
  sim_.run_for(100ms);
  door_->expires_at(sim_.now() + 1h);
  say("CONNECT");
  EXPECT_EQ(hear().value(), "CONNECT");
  ASSERT_TRUE(sim_.run(door_->write(as_bytes("CONNACK"))));
  EXPECT_EQ(gate_.in_progress(), 1U) << "an answer alone proves nothing";
  another_comes();
  EXPECT_EQ(hear().error().code, Errc::timed_out);
  EXPECT_TRUE(door_->hurried());
  EXPECT_TRUE(door_->is_unproven());
}

TEST_F(PatienceTest, is_not_asked_of_who_proved_itself_or_waits_for_its_proof) {
  using Told = void (TlsSocket::*)();
  for (const Told tell : {&TlsSocket::authenticated, &TlsSocket::proof_pending}) {
    connect();
    shake_slowly(1ms);
    ASSERT_TRUE(sim_.run(door_->handshake()));
    door_->expires_at(sim_.now() + 1h);
    sim_.run_for(100ms);
    (door_.get()->*tell)();
    EXPECT_EQ(gate_.in_progress(), 0U);
    another_comes();
    another_comes();
    sim_.spawn(say_later("PUBLISH", 900ms));
    EXPECT_EQ(hear().value(), "PUBLISH");
    sim_.run_for(5s);
  }
}

}  // namespace
}  // namespace leafgate::net::patience_test
