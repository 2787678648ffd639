#include <fstream>

#include <gtest/gtest.h>

#include "adapters/mqtt/broker/topic.hpp"
#include "tests/fakes/test_pki.hpp"
#include "tests/unit/broker/broker_site.hpp"

namespace leafgate::broker::acl_test {
namespace {

std::string example(const std::string& name) {
  std::ifstream file(std::string(LEAFGATE_BROKER_EXAMPLES) + "/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

void replace(std::string& text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), by);
}

// A broker set up as the shipped examples say, with places of this test, and three who know their passwords.
class ShippedExamples : public testing::Test {
 protected:
  ShippedExamples() {
    std::ofstream(site_.broker.path("acl")) << example("mosquitto.acl");
    const std::string users = site_.broker.path("users");
    for (const char* user : {"leafgate", "press-01", "press-02"}) {
      const bool first = std::string_view(user) == "leafgate";
      const std::string add =
          "mosquitto_passwd " + std::string(first ? "-c" : "") + " -b " + users + " " + user + " of-" + user;
      EXPECT_EQ(std::system(add.c_str()), 0);
    }
    std::string text = example("mosquitto.conf");
    replace(text, "listener 8883\n", "");
    replace(text, "/etc/mosquitto/certs/site-ca.pem", pki_.ca_file());
    replace(text, "/etc/mosquitto/certs/broker.pem", pki_.certificate_file());
    replace(text, "/etc/mosquitto/certs/broker.key", pki_.key_file());
    replace(text, "password_file /etc/mosquitto/leafgate.passwd", "password_file " + users);
    replace(text, "acl_file /etc/mosquitto/leafgate.acl", "acl_file " + site_.broker.path("acl"));
    site_.broker.restart_with(text);

    std::ofstream(site_.broker.path("password")) << "of-leafgate\n";
    Settings settings = settings_for(site_.wire);
    settings.uri = "mqtts://localhost:" + std::to_string(site_.wire.port());
    settings.ca_file = pki_.ca_file();
    settings.username = "leafgate";
    settings.password_file = site_.broker.path("password");
    gateway_ = std::make_unique<Gateway>(site_.loop, settings);
  }

  std::unique_ptr<BrokerLeaf> leaf(const std::string& id) {
    BrokerLeaf::Login login;
    login.username = id;
    login.password = "of-" + id;
    login.ca_file = pki_.ca_file();
    return std::make_unique<BrokerLeaf>(site_.leaves.port(), id, login);
  }
  bool until_has(BrokerLeaf& leaf, const std::string& text) {
    return site_.loop.until([&] { return leaf.has(text); });
  }

  TestPki pki_{"DNS:localhost,IP:127.0.0.1", "site ca"};
  BrokerSite site_;
  std::unique_ptr<Gateway> gateway_;
};

TEST_F(ShippedExamples, LetLeavesAndTheGatewaySpeak) {
  ASSERT_TRUE(gateway_->connects()) << gateway_->facts().detail;
  const auto one = leaf("press-01");
  ASSERT_TRUE(one->listen());
  ASSERT_TRUE(one->listen("leafgate/v1/press-01/inbox"));
  ASSERT_TRUE(one->say("hello"));
  EXPECT_TRUE(until_has(*one, "leafgate/v1/press-01/down re hello"));
  const auto at = answer_at("leafgate/v1/press-01/inbox", "7");
  ASSERT_TRUE(one->publish("leafgate/v1/press-01/up", "again", false, at));
  EXPECT_TRUE(until_has(*one, "leafgate/v1/press-01/inbox re again [7]"));
  EXPECT_EQ(gateway_->facts().detail, "") << "it may do whatever it does";
}

TEST_F(ShippedExamples, TieALeafToItsOwnTopics) {
  ASSERT_TRUE(gateway_->connects());
  const auto one = leaf("press-01");
  const auto other = leaf("press-02");
  one->listen("#");
  one->listen("leafgate/v1/press-02/down");
  ASSERT_TRUE(other->listen());
  EXPECT_FALSE(one->publish("leafgate/v1/press-02/up", "forged"));
  EXPECT_FALSE(one->publish("leafgate/v1/press-02/down", "forged"));
  EXPECT_FALSE(one->publish("leafgate/v1/press-01/down", "forged"));
  EXPECT_FALSE(one->publish(gateway_topic("a"), announcement_text("0000000000000000", Word::here)));
  ASSERT_TRUE(other->say("mine"));
  ASSERT_TRUE(until_has(*other, "leafgate/v1/press-02/down re mine"));
  ASSERT_TRUE(one->say("own"));
  ASSERT_TRUE(until_has(*one, "leafgate/v1/press-01/down re own"));
  for (const std::string& text : one->inbox()) EXPECT_TRUE(text.starts_with("leafgate/v1/press-01/")) << text;
  EXPECT_EQ(other->inbox().size(), 1U);
  EXPECT_EQ(gateway_->link.count("forged"), 0U);
  EXPECT_FALSE(gateway_->facts().other_gateway);
  BrokerLeaf::Login nobody;
  nobody.ca_file = pki_.ca_file();
  EXPECT_THROW(BrokerLeaf(site_.leaves.port(), "press-03", nobody), mqtt::exception);
}

}  // namespace
}  // namespace leafgate::broker::acl_test
