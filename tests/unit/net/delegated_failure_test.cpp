// What goes wrong while a handshake stands still for a leaf's signature: the leaf, the service, the clock,
// the stop. Nothing may stay behind, and who is to blame is told.
#include <cstdlib>
#include <thread>

#include <sys/socket.h>

#include "tests/unit/net/delegated_fixture.hpp"

namespace leafgate::net::delegated_failure_test {
namespace {

using namespace std::chrono_literals;
using Mood = FakeLeafSigner::Mood;

class DelegatedFailure : public DelegatedTls, public testing::WithParamInterface<int> {
 protected:
  // Until the leaf has been asked.
  void shake_until_asked() {
    start();
    while (leaf_->signer.requests.empty()) sim_.run_for(1ms);
  }
  [[noreturn]] void pause_and_end_on_another_thread() {
    const auto shake_far = [](TlsSocket& end) -> Task<void> {
      const auto done = co_await end.handshake();
      EXPECT_FALSE(done);
    };
    sim_.spawn(shake_far(*far_));
    while (near_->step_handshake() != TlsSocket::Want::signature) sim_.run_for(1ms);
    std::thread([this] { near_.reset(); }).join();
    std::_Exit(0);
  }
  // What a read comes to.
  Error hear() {
    Bytes part(16);
    const auto count = sim_.run(near_->read_some(part));
    return count ? Error(Errc::internal, "octets came") : count.error();
  }
};

TEST_P(DelegatedFailure, of_the_leaf_is_the_leafs) {
  struct Row {
    Mood mood;
    Errc code;
    const char* detail;
  };
  for (const Row& row : {Row{Mood::refuses, Errc::refused, "the leaf will not sign"},
                         Row{Mood::gone, Errc::unreachable, "the line is dead"},
                         Row{Mood::silent, Errc::timed_out, "no answer from the leaf"},
                         Row{Mood::flips_a_bit, Errc::refused, "64 octets by ES256"},
                         Row{Mood::empty, Errc::refused, "0 octets by ES256"},
                         Row{Mood::overlong, Errc::refused, "600 octets by ES256"}}) {
    use(false, GetParam());
    key_.reset();
    leaf_->signer.mood = row.mood;
    connect();
    const auto shaken = shake();
    ASSERT_FALSE(shaken) << row.detail;
    EXPECT_EQ(shaken.error().code, row.code) << shaken.error().detail;
    EXPECT_NE(shaken.error().detail.find(row.detail), std::string::npos) << shaken.error().detail;
    EXPECT_EQ(key_->failure()->detail, shaken.error().detail);
    EXPECT_FALSE(key_->may_connect());
    ASSERT_FALSE(far_done_.value()) << row.detail;
    EXPECT_EQ(far_->trouble(), TlsSocket::Trouble::alert) << far_->detail();
    EXPECT_EQ(far_->detail(), "internal error");
  }
}

TEST_P(DelegatedFailure, of_an_rsa_leaf_likewise) {
  for (const Mood mood : {Mood::flips_a_bit, Mood::empty, Mood::overlong}) {
    use(true, GetParam());
    key_.reset();
    leaf_->signer.mood = mood;
    connect();
    const auto shaken = shake();
    ASSERT_FALSE(shaken);
    EXPECT_EQ(shaken.error().code, Errc::refused) << shaken.error().detail;
  }
}

TEST_P(DelegatedFailure, by_the_deadline_of_the_connection) {
  use(false, GetParam());
  leaf_->signer.mood = Mood::silent;
  connect();
  near_->expires_at(sim_.now() + 5s);
  const TimePoint begin = sim_.now();
  shake_until_asked();
  while (!near_done_) sim_.run_for(10ms);
  EXPECT_GE(sim_.now(), begin + 5s);
  EXPECT_LE(sim_.now(), begin + 5s + 150ms);
  EXPECT_EQ(near_done_->error().code, Errc::timed_out);
  EXPECT_EQ(key_->failure()->code, Errc::timed_out) << "it is the leaf that did not answer";
  near_.reset();
  sim_.run_for(1s);
  ASSERT_TRUE(far_done_);
  EXPECT_EQ(far_->detail(), "internal error");
}

TEST_P(DelegatedFailure, by_the_stop) {
  use(false, GetParam());
  leaf_->signer.mood = Mood::silent;
  connect();
  shake_until_asked();
  near_->expire(Errc::stopped);
  sim_.run_for(1ms);
  ASSERT_TRUE(near_done_);
  EXPECT_EQ(near_done_->error().code, Errc::stopped);
}

// The frame that waits is destroyed with the loop; the leaf answers nobody then.
TEST_P(DelegatedFailure, by_the_end_of_everything) {
  use(false, GetParam());
  leaf_->signer.mood = Mood::silent;
  {
    boost::asio::io_context other(1);
    const Executor loop = other.get_executor();
    Deadlines deadlines(loop);
    auto [a, b] = socket_pair(loop);
    TlsSocket far(std::move(b), tls_.server, TlsSocket::Role::server, deadlines);
    bool asked = false;
    const auto alone = [](Socket socket, std::shared_ptr<crypto::TlsContext> context, Deadlines& into,
                          Delegation by) -> Task<void> {
      TlsSocket near(std::move(socket), std::move(context), TlsSocket::Role::client, into);
      near.expect("gw.example");
      near.delegate(std::move(by));
      const auto done = co_await near.handshake();
      EXPECT_FALSE(done) << "never comes";
    };
    Delegation by = delegation();
    by.ask = [&asked](const SignRequest&) { asked = true; };
    spawn(loop, alone(std::move(a), tls_.client, deadlines, std::move(by)));
    const auto serve = [](TlsSocket& end) -> Task<void> {
      const auto done = co_await end.handshake();
      EXPECT_FALSE(done) << "never comes";
    };
    spawn(loop, serve(far));
    while (!asked) other.run_one();
    EXPECT_TRUE(key_->asked("gw.example"));
  }
  EXPECT_TRUE(key_->settled());
}

// Resumed on a thread that is not its own, a job crashes.
TEST_P(DelegatedFailure, by_an_end_on_another_thread_costs_memory_and_no_more) {
  use(false, GetParam());
  connect();
  EXPECT_EXIT(pause_and_end_on_another_thread(), testing::ExitedWithCode(0), "");
}

TEST_P(DelegatedFailure, of_the_service_before_it_asks_leaves_the_leaf_alone) {
  use(false, GetParam());
  connect();
  far_.reset();
  const auto keep = [](TlsSocket& end, std::optional<Result<void>>& into) -> Task<void> {
    into.emplace(co_await end.handshake());
  };
  sim_.spawn(keep(*near_, near_done_));
  sim_.run_for(1s);
  ASSERT_TRUE(near_done_);
  EXPECT_EQ(near_done_->error().code, Errc::unreachable);
  EXPECT_FALSE(key_->failure());
  EXPECT_TRUE(key_->may_connect());
  EXPECT_TRUE(leaf_->signer.requests.empty());
}

TEST_P(DelegatedFailure, of_the_service_meanwhile_is_noticed_at_once) {
  use(false, GetParam());
  leaf_->signer.latency = Millis(3000);
  connect();
  shake_until_asked();
  sim_.run_for(1s);
  ::shutdown(far_wire_, SHUT_RDWR);
  sim_.run_for(10ms);
  ASSERT_TRUE(near_done_);
  EXPECT_EQ(near_done_->error().code, Errc::unreachable);
  EXPECT_EQ(near_->trouble(), TlsSocket::Trouble::closed_by_peer);
  EXPECT_FALSE(key_->failure()) << "the leaf had no chance";
  EXPECT_FALSE(key_->may_connect()) << "it was asked, and signs no second time";
}

TEST_P(DelegatedFailure, of_a_service_that_lost_patience_is_the_slow_leafs) {
  use(false, GetParam());
  leaf_->signer.latency = Millis(15'000);
  connect();
  shake_until_asked();
  sim_.run_for(8s);
  ::shutdown(far_wire_, SHUT_RDWR);
  sim_.run_for(10ms);
  ASSERT_TRUE(near_done_);
  EXPECT_EQ(key_->failure()->code, Errc::timed_out);
  EXPECT_EQ(near_done_->error().detail, "the service hung up before the leaf signed");
}

// Octets that nobody reads before the signature is there stand before the end.
TEST_P(DelegatedFailure, by_an_alert_and_an_end_meanwhile_is_noticed_within_half_a_second) {
  use(false, GetParam());
  leaf_->signer.mood = Mood::silent;
  connect();
  shake_until_asked();
  const char alert[] = {21, 3, 3, 0, 2, 2, 80};
  ASSERT_EQ(::send(far_wire_, alert, sizeof(alert), 0), static_cast<ssize_t>(sizeof(alert)));
  sim_.run_for(2s);
  EXPECT_FALSE(near_done_);
  ::shutdown(far_wire_, SHUT_WR);
  sim_.run_for(500ms);
  ASSERT_TRUE(near_done_);
  EXPECT_EQ(near_done_->error().code, Errc::unreachable);
}

TEST_P(DelegatedFailure, of_the_service_afterwards_is_the_services) {
  use(false, GetParam());
  connect();
  ASSERT_TRUE(shake());
  far_.reset();
  EXPECT_EQ(hear().code, Errc::unreachable);
  EXPECT_FALSE(key_->failure());
}

// As a service does that knows the certificate's issuer and does not like it.
TEST_P(DelegatedFailure, by_a_certificate_that_the_service_does_not_take_is_the_leafs) {
  use(false, GetParam());
  SSL_CTX_set_cert_verify_callback(
      tls_.server->native(),
      [](X509_STORE_CTX* context, void*) {
        X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_HAS_EXPIRED);
        return 0;
      },
      nullptr);
  connect();
  auto shaken = shake();
  if (shaken) shaken = hear();  // TLS 1.3: the client is through before it is judged
  EXPECT_EQ(shaken.error().code, Errc::refused);
  EXPECT_EQ(shaken.error().detail, "the service does not take the leaf's certificate: certificate expired");
  EXPECT_EQ(key_->failure()->code, Errc::refused);
}

TEST_P(DelegatedFailure, by_a_second_connection_is_not_the_leafs) {
  use(false, GetParam());
  connect();
  ASSERT_TRUE(shake());
  EXPECT_EQ(talk().value(), "hello");
  ASSERT_FALSE(key_->may_connect()) << "this service gives no tickets to who shows a certificate";
  connect();
  const auto shaken = shake();
  ASSERT_FALSE(shaken);
  EXPECT_EQ(shaken.error().code, Errc::conflict);
  EXPECT_EQ(leaf_->signer.requests.size(), 1U) << "a leaf signs once";
  EXPECT_FALSE(key_->failure());
}

TEST_P(DelegatedFailure, by_a_late_answer_is_none) {
  use(false, GetParam());
  leaf_->signer.latency = Millis(10'000);
  connect();
  near_->expires_at(sim_.now() + 2s);
  ASSERT_FALSE(shake(5s));
  near_.reset();
  sim_.run_for(30s);
  EXPECT_EQ(leaf_->signer.requests.size(), 1U);
  EXPECT_FALSE(key_->used());
}

INSTANTIATE_TEST_SUITE_P(in_tls, DelegatedFailure, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& of) { return of.param == TLS1_2_VERSION ? "1_2" : "1_3"; });

}  // namespace
}  // namespace leafgate::net::delegated_failure_test
