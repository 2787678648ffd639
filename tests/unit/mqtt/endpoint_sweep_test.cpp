#include "tests/unit/mqtt/endpoint_fixture.hpp"

// Every way a dialogue can break: after each octet, by each kind of end, with each answer of the registrar.
namespace leafgate::endpoint_sweep_test {
namespace {

using std::chrono::seconds;

const std::string request = leaf::publish(leaf::register_topic("1"), R"({"registrationId":"leaf-1"})", 1, 2);

enum class End { cut, orderly, silence, stop };

class EndpointSweep : public EndpointTest {
 protected:
  void end(End how) {
    switch (how) {
      case End::cut:
        return leaf->cut();
      case End::orderly:
        return leaf->close();
      case End::silence:
        return;
      case End::stop:
        return gateway->expire(Errc::stopped);
    }
  }

  static std::size_t expected_events(End how, std::size_t said, std::size_t whole) {
    const bool unheard = said == 0;  // told by net
    return how == End::stop || unheard || said == whole ? 0 : 1;
  }
};

TEST_F(EndpointSweep, every_cut_ends_the_session_and_is_told_once) {
  const std::string dialogue = greeting() + request;
  for (const End how : {End::cut, End::orderly, End::silence, End::stop})
    for (std::size_t n = 0; n <= dialogue.size(); ++n) {
      journal.events.clear();
      registrar.attempts.clear();
      restart();
      say(dialogue.substr(0, n));
      end(how);
      simulator.run_for(seconds(121));
      ASSERT_TRUE(ended) << n;
      ASSERT_EQ(journal.events.size(), expected_events(how, n, dialogue.size()))
          << static_cast<int>(how) << n;
      ASSERT_EQ(registrar.attempts.size(), n == dialogue.size() ? 1U : 0U);
    }
}

TEST_F(EndpointSweep, every_cut_of_who_knocks_ends_the_session_and_is_told_once) {
  shown = std::make_shared<const crypto::CertificateChain>();
  const std::string dialogue = certificate_greeting() + request;
  for (const End how : {End::cut, End::orderly, End::silence, End::stop})
    for (std::size_t n = 0; n <= dialogue.size(); ++n) {
      journal.events.clear();
      restart();
      say(dialogue.substr(0, n));
      end(how);
      simulator.run_for(seconds(121));
      ASSERT_TRUE(ended) << n;
      ASSERT_EQ(journal.events.size(), expected_events(how, n, dialogue.size()))
          << static_cast<int>(how) << n;
    }
}

TEST_F(EndpointSweep, a_connection_may_end_while_its_knock_is_judged) {
  shown = std::make_shared<const crypto::CertificateChain>();
  registrar.latency = seconds(1);
  for (const bool elsewhere : {true, false})
    for (const End how : {End::cut, End::orderly, End::stop}) {
      registrar.sends_elsewhere = elsewhere;
      journal.events.clear();
      restart();
      say(certificate_greeting(), Millis(500));
      end(how);
      simulator.run_for(seconds(121));
      ASSERT_TRUE(ended);
      const bool untold = !elsewhere && how != End::stop;
      ASSERT_EQ(journal.events.size(), untold ? 1U : 0U) << static_cast<int>(how) << elsewhere;
    }
}

TEST_F(EndpointSweep, a_connection_may_end_while_the_registrar_works) {
  registrar.latency = seconds(1);
  for (const End how : {End::cut, End::orderly, End::stop})
    for (const bool while_it_works : {true, false}) {
      journal.events.clear();
      restart();
      say(greeting() + request, while_it_works ? Millis(500) : Millis(1500));
      end(how);
      simulator.run_for(seconds(121));
      ASSERT_TRUE(ended);
      const bool untold = while_it_works && how == End::cut;
      ASSERT_EQ(journal.events.size(), untold ? 1U : 0U) << static_cast<int>(how) << while_it_works;
    }
}

TEST_F(EndpointSweep, every_answer_of_the_registrar_reaches_the_leaf) {
  say(greeting());
  std::uint16_t id = 1;
  for (const int status : {400, 401, 403, 404, 409, 412, 429, 500, 503}) {
    registrar.trouble = FakeRegistrar::refused(status, status * 1000, "text");
    registrar.trouble->retry_after = Seconds(status >= 429 ? 5 : 0);
    const std::string retry = status >= 429 ? "&retry-after=5" : "";
    const auto heard = say(leaf::publish(leaf::register_topic("1"), "", 1, ++id));
    const auto topic = "$dps/registrations/res/" + std::to_string(status) + "/?$rid=1" + retry;
    EXPECT_NE(heard.find(leaf::text(topic)), std::string::npos) << status;
    EXPECT_NE(heard.find(R"({"errorCode":)" + std::to_string(status * 1000)), std::string::npos) << status;
  }
  EXPECT_FALSE(ended);
}

TEST_F(EndpointSweep, a_default_answer_of_a_faulty_registrar_is_still_json) {
  say(greeting());
  registrar.trouble = Answer();
  EXPECT_NE(say(request).find(R"({"errorCode":0,"trackingId":)"), std::string::npos);
  registrar.trouble->status = 202;
  EXPECT_NE(say(request).find(R"({"errorCode":0,"trackingId":)"), std::string::npos);
}

TEST_F(EndpointSweep, short_reads_change_nothing) {
  const std::string dialogue = greeting() + request + leaf::puback(1) + leaf::disconnect();
  restart();
  const auto whole = say(dialogue);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    net::MemoryStream::Options options;
    options.seed = seed;
    restart(options);
    EXPECT_EQ(say(dialogue), whole) << seed;
    EXPECT_TRUE(ended);
  }
}

}  // namespace
}  // namespace leafgate::endpoint_sweep_test
