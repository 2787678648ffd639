// Connections out without TLS of ours: where they may lead, and that nothing on the way is lost.
#include <gtest/gtest.h>

#include "gateway/net/connector.hpp"
#include "gateway/net/listening.hpp"
#include "gateway/runtime/loop.hpp"
#include "tests/unit/net/plain_proxy.hpp"

namespace leafgate::net::dial_test {
namespace {

using namespace std::chrono_literals;

class DialTest : public testing::Test {
 protected:
  // Dials on a loop of its own, and gives the first octets that come or the error.
  Result<std::string> heard(const Target& target, Reach reach, LoopClock::duration limit = 20s) {
    Loop loop("client");
    std::optional<Connector> connector(std::in_place, loop.executor(), nullptr,
                                       [this](const std::string&) { return Result<Addresses>(resolved_); });
    if (proxy_) connector->use_proxy(*proxy_);
    if (own_port_ != 0) connector->own_addresses().add("0.0.0.0", own_port_);
    Result<std::string> out = Error(Errc::internal, "did not run");
    const auto go = [](Connector& by, Target where, Reach how, TimePoint until,
                       Result<std::string>& into) -> Task<void> {
      auto stream = co_await by.dial(std::move(where), how, until);
      if (!stream) {
        into = stream.error();
        co_return;
      }
      Bytes part(100);
      const auto count = co_await (*stream)->read_some(part);
      if (count) {
        into = std::string(as_text(ByteView(part).first(*count)));
      } else {
        into = count.error();
      }
    };
    spawn(loop.executor(), go(*connector, target, reach, LoopClock::now() + limit, out));
    loop.release();
    loop.run_here();
    return out;
  }
  // Says this to whoever comes first.
  void serve(const std::string& words) {
    ListenOptions at_once;  // here the server speaks first
    at_once.defer_accept = Seconds(0);
    listening_.emplace(open_listening("127.0.0.1:0", {}, at_once).value());
    thread_ = std::thread([this, words] {
      pollfd coming{listening_->get(), POLLIN, 0};
      if (::poll(&coming, 1, 5'000) != 1) return;
      const OwnedDescriptor client(::accept(listening_->get(), nullptr, nullptr));
      (void)!::send(client.get(), words.data(), words.size(), MSG_NOSIGNAL);
    });
  }
  [[nodiscard]] std::uint16_t port() const { return bound_port(listening_->get()); }
  void resolve(std::initializer_list<const char*> addresses) {
    for (const char* each : addresses) resolved_.push_back(boost::asio::ip::make_address(each));
  }
  ~DialTest() override {
    if (thread_.joinable()) thread_.join();
  }

  Addresses resolved_;
  std::optional<ProxyServer> proxy_;
  std::optional<OwnedDescriptor> listening_;
  std::thread thread_;
  std::uint16_t own_port_ = 0;
};

TEST_F(DialTest, gives_the_octets_of_the_other_end) {
  serve("first words");
  EXPECT_EQ(heard({"127.0.0.1", port(), ""}, Reach::direct).value(), "first words");
}

struct Barred {
  const char* address;
  Errc code;
};

TEST_F(DialTest, a_name_from_outside_leads_to_no_place_of_this_machine_or_of_one_link) {
  const Barred rows[] = {
      {"127.0.0.1", Errc::own_address},
      {"127.9.9.9", Errc::own_address},
      {"0.0.0.0", Errc::own_address},
      {"::1", Errc::own_address},
      {"::", Errc::own_address},
      {"::ffff:127.0.0.1", Errc::own_address},
      {"169.254.169.254", Errc::implausible},
      {"::ffff:169.254.1.1", Errc::implausible},
      {"fe80::1", Errc::implausible},
      {"224.0.0.1", Errc::implausible},
      {"255.255.255.255", Errc::implausible},
      {"ff02::1", Errc::implausible},
  };
  for (const Barred& row : rows) {
    resolved_.clear();
    resolve({row.address});
    const auto answer = heard({"hub.example", 8883, ""}, Reach::elsewhere);
    ASSERT_FALSE(answer) << row.address;
    EXPECT_EQ(answer.error().code, row.code) << row.address;
    EXPECT_EQ(answer.error().detail.find("hub.example: "), 0U) << answer.error().detail;
  }
}

TEST_F(DialTest, tells_why_each_address_was_passed_over) {
  resolve({"169.254.1.1", "127.0.0.1"});
  const auto answer = heard({"hub.example", 8883, ""}, Reach::elsewhere);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::own_address);
  EXPECT_EQ(answer.error().detail,
            "hub.example: 169.254.1.1 port 8883: is not an address of one machine elsewhere; "
            "127.0.0.1 port 8883: is an address of this machine");
}

TEST_F(DialTest, an_operator_may_name_a_place_on_this_machine_but_not_a_listener_of_ours) {
  serve("neighbour");
  own_port_ = port();
  EXPECT_EQ(heard({"127.0.0.1", port(), ""}, Reach::direct).error().code, Errc::own_address);
  own_port_ = 0;
  EXPECT_EQ(heard({"127.0.0.1", port(), ""}, Reach::direct).value(), "neighbour");
}

TEST_F(DialTest, what_came_with_the_proxys_answer_is_given_first) {
  PlainProxy proxy("HTTP/1.1 200 OK\r\n\r\nearly ");
  serve("late");
  proxy_ = ProxyServer{"127.0.0.1", proxy.port(), ""};
  const auto first = heard({"hub.example", port(), ""}, Reach::elsewhere);
  EXPECT_EQ(first.value().find("early "), 0U) << "what comes after may have come with it: " << *first;
  EXPECT_EQ(proxy.asked().find("CONNECT hub.example:" + std::to_string(port()) + " HTTP/1.1\r\n"), 0U);
}

TEST_F(DialTest, a_place_that_was_named_is_dialled_past_the_proxy) {
  serve("direct");
  proxy_ = ProxyServer{"127.0.0.1", 1, ""};
  EXPECT_EQ(heard({"127.0.0.1", port(), ""}, Reach::direct).value(), "direct");
}

TEST_F(DialTest, trouble_with_the_proxy_is_the_proxys) {
  PlainProxy proxy("HTTP/1.1 403 Forbidden\r\n\r\n");
  proxy_ = ProxyServer{"127.0.0.1", proxy.port(), ""};
  EXPECT_EQ(heard({"hub.example", 8883, ""}, Reach::elsewhere).error().code, Errc::proxy_failed);
}

TEST_F(DialTest, keeps_the_deadline_for_who_says_nothing) {
  listening_.emplace(open_listening("127.0.0.1:0", {}).value());
  const TimePoint begin = LoopClock::now();
  EXPECT_EQ(heard({"127.0.0.1", port(), ""}, Reach::direct, 150ms).error().code, Errc::timed_out);
  EXPECT_GE(LoopClock::now() - begin, 150ms);
}

}  // namespace
}  // namespace leafgate::net::dial_test
