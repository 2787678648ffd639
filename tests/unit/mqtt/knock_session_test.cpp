// A leaf with a certificate is asked for before its CONNACK: it may have to go to the service itself.
#include <gtest/gtest.h>

#include "gateway/crypto/x509.hpp"
#include "tests/unit/mqtt/talk.hpp"

namespace leafgate::knock_session_test {
namespace {

const std::string request = leaf::publish(leaf::register_topic("1"), R"({"registrationId":"leaf-1"})", 1, 2);

class KnockSession : public testing::Test {
 protected:
  static std::string connect(std::optional<std::string> password = std::nullopt) {
    leaf::Connect connect;
    connect.password = std::move(password);
    return leaf::connect(connect);
  }
  const std::vector<Attempt>& attempts() const { return talk_.registrar.attempts; }

  const std::shared_ptr<const crypto::CertificateChain> chain_ =
      std::make_shared<const crypto::CertificateChain>();
  Talk talk_{{}, chain_};
};

TEST_F(KnockSession, asks_before_connack_and_goes_on_as_any_other) {
  EXPECT_EQ(talk_.say(connect()), connack());
  ASSERT_EQ(attempts().size(), 1U);
  EXPECT_TRUE(attempts()[0].knock);
  EXPECT_EQ(attempts()[0].id.text(), "leaf-1");
  EXPECT_EQ(std::get<CertificateEvidence>(attempts()[0].evidence).chain, chain_);
  EXPECT_FALSE(attempts()[0].operation);
  EXPECT_EQ(talk_.say(leaf::subscribe(1)), suback(1, std::string(1, '\x01')));
  EXPECT_EQ(talk_.say(request), leaf::puback(2) + Talk::hears(401, "1", 1, 1));
  ASSERT_EQ(attempts().size(), 2U);
  EXPECT_FALSE(attempts()[1].knock);
  EXPECT_FALSE(talk_.session.proven());
}

TEST_F(KnockSession, what_came_behind_the_connect_waits_for_its_answer) {
  EXPECT_EQ(talk_.say(connect() + leaf::subscribe(1) + request),
            connack() + suback(1, std::string(1, '\x01')) + leaf::puback(2) + Talk::hears(401, "1", 1, 1));
  ASSERT_EQ(attempts().size(), 2U);
  EXPECT_TRUE(attempts()[0].knock);
}

TEST_F(KnockSession, sent_elsewhere_it_ends_without_a_word) {
  talk_.registrar.sends_elsewhere = true;
  EXPECT_EQ(talk_.say(connect() + leaf::subscribe(1) + request), "");
  EXPECT_TRUE(talk_.closed);
  EXPECT_EQ(attempts().size(), 1U);
  EXPECT_EQ(talk_.session.advance(), mqtt::Next::close);
  EXPECT_TRUE(talk_.journal.events.empty()) << "who sent it has noted it";
}

TEST_F(KnockSession, sent_elsewhere_by_a_request_it_ends_without_an_answer) {
  for (const std::string& octets : {request, leaf::publish(leaf::poll_topic("1", "5.0"), "", 1, 2)}) {
    Talk talk({}, chain_);
    (void)talk.say(connect() + leaf::subscribe(1));
    talk.registrar.trouble = FakeRegistrar::elsewhere();
    EXPECT_EQ(talk.say(octets + request), "");
    EXPECT_TRUE(talk.closed);
    EXPECT_EQ(talk.registrar.attempts.size(), 2U);
    EXPECT_TRUE(talk.journal.events.empty());
  }
}

TEST_F(KnockSession, is_only_of_who_shows_its_certificate_alone) {
  Talk bare;
  EXPECT_EQ(bare.say(connect()), connack());
  EXPECT_TRUE(bare.registrar.attempts.empty());
  EXPECT_EQ(talk_.say(connect("SharedAccessSignature sr=...")), connack());
  EXPECT_TRUE(attempts().empty());
}

TEST_F(KnockSession, is_not_of_who_is_refused_at_its_connect) {
  leaf::Connect connect;
  connect.password.reset();
  connect.client_id = "leaf-2";
  EXPECT_EQ(talk_.say(leaf::connect(connect)), connack(5));
  EXPECT_TRUE(attempts().empty());
}

}  // namespace
}  // namespace leafgate::knock_session_test
