#include "gateway/net/connector.hpp"

#include <gtest/gtest.h>

#include "gateway/net/listening.hpp"
#include "tests/unit/net/listener_fixture.hpp"
#include "tests/unit/net/plain_proxy.hpp"

namespace leafgate::net::connector_test {
namespace {

using namespace std::chrono_literals;

class ConnectorTest : public ListenerTest {
 protected:
  // Dials on a loop of its own, says hello when that works, and gives what came back or the error.
  Result<std::string> ask(Target target, LoopClock::duration limit = 20s) {
    Loop loop("client");
    std::optional<Connector> connector(std::in_place, loop.executor(), tls_.client);
    if (proxy_) connector->use_proxy(*proxy_);
    if (barred_) connector->bar(*barred_);
    if (own_port_ != 0) connector->own_addresses().add("0.0.0.0", own_port_);
    Result<std::string> answer = Error(Errc::internal, "did not run");
    const auto go = [](Connector& by, Target where, TimePoint until,
                       Result<std::string>& into) -> Task<void> {
      auto stream = co_await by.connect(std::move(where), until);
      if (!stream) {
        into = stream.error();
        co_return;
      }
      const auto written = co_await (*stream)->write(as_bytes("hello"));
      EXPECT_TRUE(written);
      Bytes part(100);
      const auto count = co_await (*stream)->read_some(part);
      if (count) into = std::string(as_text(ByteView(part).first(*count)));
    };
    spawn(loop.executor(), go(*connector, std::move(target), LoopClock::now() + limit, answer));
    loop.release();
    loop.run_here();
    return answer;
  }

  std::optional<ProxyServer> proxy_;
  std::optional<Error> barred_;
  std::uint16_t own_port_ = 0;  // where the program that dials listens itself
};

TEST_F(ConnectorTest, dials_by_name_and_expects_another) {
  start();
  EXPECT_EQ(ask({.host = "localhost", .port = port_, .server_name = "gw.example"}).value(), "hello");
  EXPECT_EQ(ask({.host = "127.0.0.1", .port = port_, .server_name = ""}).value(), "hello");
}

TEST_F(ConnectorTest, refuses_a_server_that_is_not_who_it_should_be) {
  start();
  const auto answer = ask({.host = "127.0.0.1", .port = port_, .server_name = "other.example"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::untrusted);
  EXPECT_EQ(answer.error().detail,
            "other.example: TLS: hostname mismatch; shown was CN=gw, issued by CN=test ca");
}

TEST_F(ConnectorTest, tells_whose_certificate_it_does_not_trust) {
  start();
  const TestPki others("DNS:x.example", "another ca");
  tls_.client = crypto::TlsContext::client(others.ca_file()).value();
  const auto answer = ask({.host = "127.0.0.1", .port = port_, .server_name = ""});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::untrusted);
  EXPECT_EQ(answer.error().detail,
            "127.0.0.1: TLS: unable to get local issuer certificate; shown was CN=gw, issued by CN=test ca");
}

TEST_F(ConnectorTest, does_not_take_itself_for_the_service) {
  start();
  own_port_ = port_;
  const auto answer = ask({.host = "localhost", .port = port_, .server_name = "gw.example"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::own_address);
  EXPECT_NE(
      answer.error().detail.find("127.0.0.1 port " + std::to_string(port_) + ": is this gateway itself"),
      std::string::npos)
      << answer.error().detail;
  own_port_ = static_cast<std::uint16_t>(port_ ^ 1U);
  EXPECT_TRUE(ask({.host = "127.0.0.1", .port = port_, .server_name = "gw.example"}));
}

TEST_F(ConnectorTest, reaches_the_service_by_a_proxy_that_resolves_its_name) {
  start();
  PlainProxy proxy("HTTP/1.1 200 Connection established\r\nX-Way: open\r\n\r\n");
  proxy_ = ProxyServer{"127.0.0.1", proxy.port(), "site:secret word"};
  const std::string there = "no-such-name.invalid:" + std::to_string(port_);
  const auto answer = ask({.host = "no-such-name.invalid", .port = port_, .server_name = "gw.example"});
  EXPECT_EQ(answer.value(), "hello");
  EXPECT_EQ(proxy.asked(), "CONNECT " + there + " HTTP/1.1\r\nHost: " + there +
                               "\r\nProxy-Authorization: Basic c2l0ZTpzZWNyZXQgd29yZA==\r\n\r\n");
}

TEST_F(ConnectorTest, tells_why_a_proxy_opens_no_way) {
  const std::pair<std::string, std::string> rows[] = {
      {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\nno!!",
       "407 Proxy Authentication Required"},
      {"HTTP/1.0 403 Forbidden\xe4\r\n\r\n", "403 Forbidden?"},
      {"HTTP/1.1 502 \r\n\r\n", "502 Bad Gateway"},
      {"SSH-2.0-OpenSSH\r\n\r\n", "the answer is not HTTP: bad version"},
      {"HTTP/1.1 200 OK\r\n" + std::string(9'000, 'x'), "the answer's head is larger than allowed"},
      {"", "closed without an answer to CONNECT"},
  };
  for (const auto& [says, told] : rows) {
    PlainProxy proxy(says);
    proxy_ = ProxyServer{"127.0.0.1", proxy.port(), ""};
    const auto answer = ask({.host = "dps.example", .port = 443, .server_name = ""});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::proxy_failed);
    EXPECT_EQ(answer.error().detail, "proxy 127.0.0.1:" + std::to_string(proxy.port()) + ": " + told);
  }
}

TEST_F(ConnectorTest, goes_no_other_way_than_one_that_is_barred) {
  start();
  barred_ = Error(Errc::proxy_failed, "service.proxy_credentials_file: /empty");
  tls_.client.reset();
  const auto answer = ask({.host = "127.0.0.1", .port = port_, .server_name = "gw.example"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::proxy_failed);
  EXPECT_EQ(answer.error().detail, "service.proxy_credentials_file: /empty");
}

TEST_F(ConnectorTest, blames_the_proxy_that_is_silent_or_not_there) {
  const auto silent = open_listening("127.0.0.1:0", {});
  proxy_ = ProxyServer{"127.0.0.1", bound_port(silent->get()), ""};
  const auto unanswered = ask({.host = "dps.example", .port = 443, .server_name = ""}, 150ms);
  EXPECT_EQ(unanswered.error().code, Errc::proxy_failed) << unanswered.error().detail;
  ::shutdown(silent->get(), SHUT_RDWR);
  EXPECT_EQ(ask({.host = "dps.example", .port = 443, .server_name = ""}).error().code, Errc::proxy_failed);
}

TEST_F(ConnectorTest, tells_name_address_and_cause_of_what_does_not_answer) {
  const auto closed = open_listening("127.0.0.1:0", {});
  const std::uint16_t port = bound_port(closed->get());
  ::shutdown(closed->get(), SHUT_RDWR);  // still bound, listens no more
  const auto refused = ask({.host = "127.0.0.1", .port = port, .server_name = ""});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unreachable);
  EXPECT_EQ(refused.error().detail,
            "127.0.0.1: 127.0.0.1 port " + std::to_string(port) + ": Connection refused");

  const auto unknown = ask({.host = "no-such-name.invalid", .port = 1, .server_name = ""});
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().code, Errc::internal);
  EXPECT_EQ(unknown.error().detail.find("no-such-name.invalid: "), 0U);
}

TEST_F(ConnectorTest, gives_up_at_the_deadline_when_the_server_stays_silent) {
  const auto silent = open_listening("127.0.0.1:0", {});
  const TimePoint begin = LoopClock::now();
  const auto answer = ask({.host = "127.0.0.1", .port = bound_port(silent->get()), .server_name = ""}, 150ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timed_out);
  EXPECT_GE(LoopClock::now() - begin, 150ms);
}

}  // namespace
}  // namespace leafgate::net::connector_test
