#include <fstream>

#include <gtest/gtest.h>

#include "tests/fakes/test_pki.hpp"
#include "tests/unit/broker/broker_site.hpp"

namespace leafgate::broker::refusals_test {
namespace {

std::string file_with(const Mosquitto& at, const std::string& name, const std::string& text) {
  std::ofstream(at.path(name)) << text;
  return at.path(name);
}

// A password file of Mosquitto's, made by its own tool.
std::string password_file(const Mosquitto& at, const std::string& user, const std::string& password) {
  const std::string path = at.path("passwords");
  const std::string command = "mosquitto_passwd -c -b " + path + " " + user + " " + password;
  EXPECT_EQ(std::system(command.c_str()), 0);
  return path;
}

std::string tls_of(const TestPki& pki) {
  return "cafile " + pki.ca_file() + "\ncertfile " + pki.certificate_file() + "\nkeyfile " + pki.key_file() +
         "\n";
}

TEST(BrokerRefusals, SaysThatThePasswordIsWrongAndTakesANewOne) {
  BrokerSite site;
  const std::string known = password_file(site.broker, "leafgate", "right");
  site.broker.restart_with("allow_anonymous false\npassword_file " + known + "\n");
  Settings settings = settings_for(site.wire);
  settings.username = "leafgate";
  settings.password_file = file_with(site.broker, "password", "wrong\n");
  Gateway gateway(site.loop, settings);
  gateway.start();
  ASSERT_TRUE(gateway.says("not authorized")) << gateway.facts().detail;
  EXPECT_EQ(gateway.facts().detail.find("wrong"), std::string::npos);
  file_with(site.broker, "password", "right\n");
  EXPECT_TRUE(gateway.connects()) << "the file is read at every try";
}

TEST(BrokerRefusals, SaysWhichFileCannotBeRead) {
  BrokerSite site;
  Settings settings = settings_for(site.wire);
  settings.username = "leafgate";
  settings.password_file = site.broker.path("nowhere");
  Gateway gateway(site.loop, settings);
  gateway.start();
  EXPECT_TRUE(gateway.says("nowhere cannot be read"));
}

struct TlsCase {
  const char* name;
  bool right_ca;
  const char* host;
  bool wanted;         // a certificate of ours
  bool certificate;    // we have one
  const char* detail;  // empty: connects
};

class BrokerTls : public testing::TestWithParam<TlsCase> {};

TEST_P(BrokerTls, ConnectsToTheRightBrokerOnly) {
  const TlsCase& is = GetParam();
  const TestPki pki("DNS:localhost", "site ca");
  const TestPki foreign("DNS:localhost", "foreign ca");
  const TestCertificate own = make_test_certificate("gw-1", "DNS:gw-1", &pki.ca(), 90, nullptr, "clientAuth");
  BrokerSite site(tls_of(pki) + "require_certificate " + (is.wanted ? "true" : "false") +
                  "\nallow_anonymous true\n");
  Settings settings = settings_for(site.wire);
  settings.uri = "mqtts://" + std::string(is.host) + ":" + std::to_string(site.wire.port());
  settings.ca_file = is.right_ca ? pki.ca_file() : foreign.ca_file();
  if (is.certificate) {
    settings.certificate = pki.path("own.pem");
    settings.key = pki.path("own.key");
    TestPki::write(settings.certificate, {own});
    TestPki::write_key(settings.key, own);
  }
  Gateway gateway(site.loop, settings);
  gateway.start();
  if (std::string_view(is.detail).empty()) {
    EXPECT_TRUE(gateway.connects()) << gateway.facts().detail;
  } else {
    EXPECT_TRUE(gateway.says(is.detail)) << gateway.facts().detail;
    EXPECT_EQ(gateway.facts().protocol, 0);
  }
}

const TlsCase tls_cases[] = {
    {"Good", true, "localhost", false, false, ""},
    {"WithOwnCertificate", true, "localhost", true, true, ""},
    {"WithoutTheOneItWants", true, "localhost", true, false,
     "the broker closed the connection without a word"},
    {"ForeignCa", false, "localhost", false, false, "shown was CN=gw, issued by CN=site ca"},
    {"OtherName", true, "127.0.0.1", false, false, "IP address mismatch"},
};
INSTANTIATE_TEST_SUITE_P(All, BrokerTls, testing::ValuesIn(tls_cases),
                         [](const auto& of) { return std::string(of.param.name); });

TEST(BrokerRefusals, SaysThatNobodyListensThere) {
  BrokerSite site;
  Settings settings = settings_for(site.wire);
  {
    const FaultyProxy gone(site.broker.socket());
    settings.uri = settings_for(gone).uri;
  }
  Gateway gateway(site.loop, settings);
  gateway.start();
  EXPECT_TRUE(gateway.says("Connection refused")) << gateway.facts().detail;
}

TEST(BrokerRefusals, AsksNobodyForThePassphraseOfAKey) {
  const TestPki pki("DNS:localhost", "site ca");
  const TestCertificate own = make_test_certificate("gw-1", "DNS:gw-1", &pki.ca());
  BrokerSite site(tls_of(pki) + "allow_anonymous true\n");
  Settings settings = settings_for(site.wire);
  settings.uri = "mqtts://localhost:" + std::to_string(site.wire.port());
  settings.ca_file = pki.ca_file();
  settings.certificate = pki.path("own.pem");
  settings.key = pki.path("own.key");
  TestPki::write(settings.certificate, {own});
  TestPki::write_key(settings.key, own, "secret");
  Gateway gateway(site.loop, settings);
  gateway.start();
  EXPECT_TRUE(gateway.says("own.key: the key is encrypted")) << gateway.facts().detail;
}

TEST(BrokerRefusals, SaysThatTheBrokerDeliversNothing) {
  BrokerSite site;
  const std::string acl = file_with(site.broker, "acl", "topic write #\n");
  site.broker.restart_with("allow_anonymous true\nacl_file " + acl + "\n");
  Settings settings = settings_for(site.wire);
  settings.patience.connect = 1s;
  Gateway gateway(site.loop, settings);
  ASSERT_TRUE(gateway.connects());
  EXPECT_TRUE(gateway.says("the broker delivers nothing to us"));
}

TEST(BrokerRefusals, SaysThatItMayNotPublish) {
  BrokerSite site;
  const std::string acl = file_with(site.broker, "acl", "topic read #\n");
  site.broker.restart_with("allow_anonymous true\nacl_file " + acl + "\n");
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects());
  EXPECT_TRUE(gateway.says("the broker refuses what we publish: not authorized"));
}

// What Mosquitto's own plugin needs to refuse one filter to everybody; an ACL file lets all subscribe.
std::string refusing(const Mosquitto& at, const std::string& filter) {
  const std::string rules =
      R"({"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true, "subscribe": true,
          "unsubscribe": true}, "clients": [], "anonymousGroup": "all",
          "groups": [{"groupname": "all", "roles": [{"rolename": "all"}]}],
          "roles": [{"rolename": "all", "acls": [{"acltype": "subscribeLiteral", "topic": ")" +
      filter + R"(", "priority": 0, "allow": false}]}]})";
  return "allow_anonymous true\nplugin " LEAFGATE_DYNAMIC_SECURITY "\nplugin_opt_config_file " +
         file_with(at, "rules.json", rules) + "\n";
}

TEST(BrokerRefusals, ServesLeavesWhereItMayNotHearOtherGateways) {
  BrokerSite site;
  site.broker.restart_with(refusing(site.broker, "leafgate/gateways/+"));
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects()) << gateway.facts().detail;
  BrokerLeaf leaf(site.leaves.port(), "press-01");
  ASSERT_TRUE(leaf.listen());
  ASSERT_TRUE(leaf.say("hello"));
  EXPECT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/down re hello"); }));
  EXPECT_TRUE(gateway.says("the broker refuses us leafgate/gateways/+: not authorized"));
}

TEST(BrokerRefusals, IsNotConnectedWhereItMayNotHearLeaves) {
  BrokerSite site;
  site.broker.restart_with(refusing(site.broker, "leafgate/v1/+/up"));
  Gateway gateway(site.loop, settings_for(site.wire));
  gateway.start();
  ASSERT_TRUE(gateway.says("the broker refuses us leafgate/v1/+/up: not authorized"));
  EXPECT_FALSE(gateway.facts().connected);
}

class OldBroker : public testing::TestWithParam<FaultyProxy::Old> {};

TEST_P(OldBroker, IsSpokenToInTheOldWay) {
  BrokerSite site;
  site.wire.be_old(GetParam());
  Gateway gateway(site.loop, settings_for(site.wire));
  ASSERT_TRUE(gateway.connects()) << gateway.facts().detail;
  EXPECT_EQ(gateway.facts().protocol, 311);
  BrokerLeaf::Login old;
  old.five = false;
  BrokerLeaf leaf(site.leaves.port(), "press-01", old);
  ASSERT_TRUE(leaf.listen());
  ASSERT_TRUE(leaf.say("hello"));
  EXPECT_TRUE(site.loop.until([&] { return leaf.has("leafgate/v1/press-01/down re hello"); }));
  site.wire.be_old(FaultyProxy::Old::no);
  site.wire.cut();
  EXPECT_TRUE(site.loop.until([&] { return gateway.facts().reconnects == 1; }));
  EXPECT_EQ(gateway.facts().protocol, 5) << "the broker was renewed";
}

INSTANTIATE_TEST_SUITE_P(All, OldBroker, testing::Values(FaultyProxy::Old::polite, FaultyProxy::Old::rude),
                         [](const auto& of) {
                           return std::string(of.param == FaultyProxy::Old::polite ? "Polite" : "Rude");
                         });

}  // namespace
}  // namespace leafgate::broker::refusals_test
