#include "gateway/net/connector.hpp"

#include <gtest/gtest.h>

#include "gateway/net/listening.hpp"
#include "tests/unit/net/listener_fixture.hpp"

namespace leafgate::net {
namespace {

using namespace std::chrono_literals;

class ConnectorTest : public ListenerTest {
 protected:
  // Dials on a loop of its own, says hello when that works, and gives what came back or the error.
  Result<std::string> ask(Target target, LoopClock::duration limit = 20s) {
    Loop loop("client");
    std::optional<Connector> connector(std::in_place, loop.executor(), tls_.client);
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
  EXPECT_EQ(answer.error().code, Errc::unreachable);
  EXPECT_EQ(answer.error().detail, "other.example: TLS: hostname mismatch");
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
}  // namespace leafgate::net
