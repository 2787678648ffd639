#include "gateway/net/listener.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "gateway/net/listening.hpp"
#include "tests/unit/net/hello_bytes.hpp"
#include "tests/unit/net/listener_fixture.hpp"

namespace leafgate::net::listener_test {
namespace {

using namespace std::chrono_literals;

std::string hello_text(std::string_view name) { return std::string(as_text(hello_bytes(name))); }

// What a real client says first.
std::string real_hello(SSL_CTX* context) {
  const std::unique_ptr<SSL, void (*)(SSL*)> ssl(SSL_new(context), SSL_free);
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), in, out);
  SSL_connect(ssl.get());
  char* octets = nullptr;
  const long size = BIO_get_mem_data(out, &octets);
  return {octets, static_cast<std::size_t>(size)};
}

TEST_F(ListenerTest, carries_a_session_and_tells_its_beginning_and_end) {
  start();
  BlockingClient leaf(port_);
  ASSERT_TRUE(leaf.shake(tls_.client->native(), "GW.example"));
  ASSERT_TRUE(leaf.write("hello"));
  EXPECT_EQ(leaf.read(), "hello");
  EXPECT_EQ(observer_.opened(1), std::vector<std::string>{"gw.example"});
  EXPECT_EQ(listener_->established(), 1U);
  ASSERT_TRUE(leaf.write("bye"));
  EXPECT_EQ(leaf.read(), "");
  EXPECT_EQ(SSL_get_shutdown(leaf.ssl()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN) << "a goodbye came";
  leaf.finish();
  EXPECT_EQ(observer_.closed(1), 1U);
}

TEST_F(ListenerTest, a_hello_may_come_octet_by_octet) {
  start();
  BlockingClient leaf(port_);
  for (const char c : real_hello(tls_.client->native())) leaf.send(std::string_view(&c, 1));
  std::string record(5, '\0');
  ASSERT_EQ(::recv(leaf.fd(), record.data(), record.size(), MSG_WAITALL), 5);
  EXPECT_EQ(record[0], 22) << "a ServerHello";
}

struct DoorRow {
  const char* what;
  std::string said;
  bool finishes;
  DoorFailure failure;
  const char* detail;
};

TEST_F(ListenerTest, what_is_no_tls_session_is_told_as_what_it_is) {
  ListenerLimits limits;
  limits.hello_time = 100ms;
  limits.handshake_time = 100ms;
  start(limits);
  const std::string hello = hello_text("gw.example");
  const std::string real = real_hello(tls_.client->native());
  const DoorRow rows[] = {
      {"http", "GET / HTTP/1.1\r\n", false, DoorFailure::not_tls, "an HTTP request without TLS"},
      {"nothing", "", true, DoorFailure::silent, "closed without a word"},
      {"nothing for long", "", false, DoorFailure::silent, "said nothing"},
      {"half a hello", hello.substr(0, 20), false, DoorFailure::silent, "sent only part of a ClientHello"},
      {"cut by FIN", hello.substr(0, 20), true, DoorFailure::hello_malformed, "ended within the ClientHello"},
      {"too long", hello_text("gw.example").replace(3, 2, "\x20\x01"), false, DoorFailure::hello_malformed,
       "ClientHello longer than 4096 octets"},
      {"garbage", std::string("\x16\x03\x01\x00\x01\x02", 6), false, DoorFailure::hello_malformed,
       "no readable ClientHello"},
      {"no route", hello_text("nobody.example"), false, DoorFailure::handshake_failed,
       "nobody serves this name"},
      {"stops after its hello", real, false, DoorFailure::silent, "handshake not finished in time"},
  };
  std::size_t told = 0;
  for (const DoorRow& row : rows) {
    BlockingClient leaf(port_);
    leaf.send(row.said);
    if (row.finishes) leaf.finish();
    EXPECT_TRUE(leaf.reads_to_end()) << row.what;
    const auto failures = observer_.failures(++told);
    ASSERT_EQ(failures.size(), told) << row.what;
    EXPECT_EQ(failures.back().failure, row.failure) << row.what;
    EXPECT_EQ(failures.back().detail, row.detail) << row.what;
    EXPECT_EQ(failures.back().peer.address, "127.0.0.1");
  }
}

TEST_F(ListenerTest, an_alert_is_told_by_its_name) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    DoorRecorder fresh;
    const TestPki stranger("DNS:gw.example", "another ca");
    const auto client = crypto::TlsContext::client(stranger.ca_file()).value();
    SSL_CTX_set_max_proto_version(client->native(), version);
    if (!listener_) start();
    {
      BlockingClient leaf(port_);
      EXPECT_FALSE(leaf.shake(client->native()));
    }
    const auto failures = observer_.failures(version == TLS1_2_VERSION ? 1 : 2);
    ASSERT_FALSE(failures.empty());
    EXPECT_EQ(failures.back().failure, DoorFailure::alert_received);
    EXPECT_EQ(failures.back().detail, "unknown CA");
  }
}

TEST_F(ListenerTest, leaving_after_our_flight_without_an_alert_is_told) {
  start();
  BlockingClient leaf(port_);
  leaf.send(real_hello(tls_.client->native()));
  char octet = 0;
  ASSERT_EQ(::recv(leaf.fd(), &octet, 1, 0), 1);
  leaf.finish();
  EXPECT_EQ(failure().failure, DoorFailure::closed_after_flight);
}

TEST_F(ListenerTest, leaving_right_after_the_handshake_is_told) {
  start();
  {
    BlockingClient leaf(port_);
    ASSERT_TRUE(leaf.shake(tls_.client->native()));
  }
  EXPECT_EQ(failure().failure, DoorFailure::closed_after_flight);
  EXPECT_EQ(observer_.closed(1), 1U);
}

TEST_F(ListenerTest, a_peer_that_speaks_an_old_protocol_is_told_with_openssls_words) {
  start();
  SSL_CTX_set_min_proto_version(tls_.client->native(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(tls_.client->native(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(tls_.client->native(), "ALL@SECLEVEL=0");
  BlockingClient leaf(port_);
  EXPECT_FALSE(leaf.shake(tls_.client->native()));
  EXPECT_EQ(failure().failure, DoorFailure::handshake_failed);
  EXPECT_NE(failure().detail.find("unsupported protocol"), std::string::npos) << failure().detail;
}

TEST_F(ListenerTest, who_waits_at_the_gate_gets_in_when_a_handshake_ends) {
  ListenerLimits limits;
  limits.gate.places = 1;
  limits.handshake_time = 200ms;
  start(limits);
  const std::string hello = real_hello(tls_.client->native());
  const BlockingClient stalls_one(port_);
  const BlockingClient stalls_other(port_);
  stalls_one.send(hello);
  stalls_other.send(hello);
  BlockingClient leaf(port_);
  ASSERT_TRUE(leaf.shake(tls_.client->native()));
  ASSERT_TRUE(leaf.write("hello"));
  EXPECT_EQ(leaf.read(), "hello");
}

TEST_F(ListenerTest, more_waiting_than_allowed_are_closed_at_once) {
  ListenerLimits limits;
  limits.waiting = 1;
  limits.hello_time = 1h;
  start(limits);
  const BlockingClient first(port_);
  const BlockingClient second(port_);
  const auto told = failure();
  EXPECT_EQ(told.failure, DoorFailure::over_limit);
  // Whichever a loop took up second.
  const BlockingClient& closed = bound_port(first.fd()) == told.peer.port ? first : second;
  EXPECT_TRUE(closed.reads_to_end());
}

TEST_F(ListenerTest, no_more_sessions_than_allowed) {
  ListenerLimits limits;
  limits.established = 1;
  start(limits);
  BlockingClient first(port_);
  ASSERT_TRUE(first.shake(tls_.client->native()));
  ASSERT_TRUE(first.write("hello"));
  EXPECT_EQ(first.read(), "hello");
  BlockingClient second(port_);
  EXPECT_FALSE(second.shake(tls_.client->native()));
  EXPECT_EQ(failure().failure, DoorFailure::over_limit);
}

TEST_F(ListenerTest, a_session_resumes_on_whichever_loop_it_comes_to) {
  start();
  SSL_CTX_set_session_cache_mode(tls_.client->native(), SSL_SESS_CACHE_CLIENT);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_min_proto_version(tls_.client->native(), version);
    SSL_CTX_set_max_proto_version(tls_.client->native(), version);
    std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session(nullptr, SSL_SESSION_free);
    for (int i = 0; i < 8; ++i) {
      BlockingClient leaf(port_);
      ASSERT_TRUE(leaf.shake(tls_.client->native(), "gw.example", session.get()));
      EXPECT_EQ(SSL_session_reused(leaf.ssl()), session ? 1 : 0) << i;
      ASSERT_TRUE(leaf.write("hello"));
      EXPECT_EQ(leaf.read(), "hello");
      session.reset(SSL_get1_session(leaf.ssl()));
    }
  }
}

TEST_F(ListenerTest, another_certificate_is_shown_to_who_resumes_and_leaves_sessions_alone) {
  start();
  const auto renewed = make_test_certificate("gw", "DNS:gw.example", &tls_.pki.ca());
  TestPki::write(tls_.pki.path("renewed.pem"), {renewed});
  TestPki::write_key(tls_.pki.path("renewed.key"), renewed);
  const auto identities = {
      crypto::ServerIdentity::load(tls_.pki.path("renewed.pem"), tls_.pki.path("renewed.key")).value(),
      crypto::ServerIdentity::load(tls_.pki.certificate_file(), tls_.pki.key_file()).value()};
  SSL_CTX_set_session_cache_mode(tls_.client->native(), SSL_SESS_CACHE_CLIENT);
  auto identity = identities.begin();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SSL_CTX_set_min_proto_version(tls_.client->native(), version);
    SSL_CTX_set_max_proto_version(tls_.client->native(), version);
    BlockingClient before(port_);
    ASSERT_TRUE(before.shake(tls_.client->native()));
    ASSERT_TRUE(before.write("hello"));
    EXPECT_EQ(before.read(), "hello");
    const std::unique_ptr<SSL_SESSION, void (*)(SSL_SESSION*)> session(SSL_get1_session(before.ssl()),
                                                                       SSL_SESSION_free);
    show(*identity++);
    BlockingClient after(port_);
    ASSERT_TRUE(after.shake(tls_.client->native(), "gw.example", session.get()));
    EXPECT_EQ(SSL_session_reused(after.ssl()), 0) << "a ticket of the certificate before";
    ASSERT_TRUE(before.write("still here"));
    EXPECT_EQ(before.read(), "still here");
  }
}

TEST_F(ListenerTest, waits_until_there_are_descriptors_again) {
  start();
  rlimit normal{};
  ::getrlimit(RLIMIT_NOFILE, &normal);
  const int lowest_free = ::dup(0);
  ::close(lowest_free);
  rlimit one_left = normal;
  one_left.rlim_cur = static_cast<rlim_t>(lowest_free) + 1;
  ::setrlimit(RLIMIT_NOFILE, &one_left);
  BlockingClient leaf(port_);  // takes the last one; the listener gets EMFILE
  ASSERT_TRUE(leaf.connected());
  EXPECT_EQ(leaf.fd(), lowest_free);
  EXPECT_EQ(listener_->waiting(), 0U);
  ::setrlimit(RLIMIT_NOFILE, &normal);
  ASSERT_TRUE(leaf.shake(tls_.client->native()));
  ASSERT_TRUE(leaf.write("hello"));
  EXPECT_EQ(leaf.read(), "hello");
}

TEST_F(ListenerTest, stops_with_sessions_that_talk_sleep_and_wait) {
  start();
  std::vector<BlockingClient> leaves;
  for (int i = 0; i < 200; ++i) {
    BlockingClient& leaf = leaves.emplace_back(port_);
    if (i % 4 == 0) continue;                                          // said nothing
    if (i % 4 == 1) leaf.send(hello_text("gw.example").substr(0, 9));  // half a hello
    if (i % 4 < 2) continue;
    ASSERT_TRUE(leaf.shake(tls_.client->native()));
    if (i % 4 == 3) {
      ASSERT_TRUE(leaf.write("hello"));
    }
  }
  EXPECT_EQ(observer_.opened(100).size(), 100U);
  stop(50ms);
  for (const BlockingClient& leaf : leaves) EXPECT_TRUE(leaf.reads_to_end());
  EXPECT_FALSE(BlockingClient(port_).connected());
}

TEST_F(ListenerTest, stop_waits_for_sessions_that_end_in_time) {
  start();
  BlockingClient leaf(port_);
  ASSERT_TRUE(leaf.shake(tls_.client->native()));
  ASSERT_TRUE(leaf.write("hello"));
  EXPECT_EQ(leaf.read(), "hello");
  std::thread ends([&leaf] {
    leaf.write("bye");
    EXPECT_EQ(leaf.read(), "");
    leaf.finish();
  });
  stop(20s);
  ends.join();
  EXPECT_EQ(observer_.closed(1), 1U);
}

}  // namespace
}  // namespace leafgate::net::listener_test
