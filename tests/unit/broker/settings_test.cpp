#include "adapters/mqtt/broker/settings.hpp"

#include <gtest/gtest.h>

namespace leafgate::broker::settings_test {
namespace {

TEST(BrokerUri, IsReadStrictly) {
  struct Row {
    const char* uri;
    const char* text;  // empty: refused
    bool tls;
  };
  const Row rows[] = {
      {"mqtts://broker.site", "broker.site:8883", true},
      {"mqtts://broker.site:8884", "broker.site:8884", true},
      {"mqtt://192.0.2.7", "192.0.2.7:1883", false},
      {"mqtts://[2001:db8::1]:8883", "[2001:db8::1]:8883", true},
      {"mqtt://[::1]", "[::1]:1883", false},
      {"", "", false},
      {"broker.site", "", false},
      {"tcp://broker.site", "", false},
      {"MQTTS://broker.site", "", false},
      {"mqtts://", "", false},
      {"mqtts://:8883", "", false},
      {"mqtts://broker.site:", "", false},
      {"mqtts://broker.site:0", "", false},
      {"mqtts://broker.site:65536", "", false},
      {"mqtts://broker.site:+1", "", false},
      {"mqtts://broker.site:8883/", "", false},
      {"mqtts://user:secret@broker.site", "", false},
      {"mqtts://2001:db8::1", "", false},
      {"mqtts://[192.0.2.7]", "", false},
      {"mqtts://[::1", "", false},
      {"mqtts://[]", "", false},
      {"mqtts://[::1]8883", "", false},
      {"mqtts://broker site", "", false},
      {"mqtts://300.0.2.7", "", false},
  };
  for (const Row& row : rows) {
    const auto read = parse_uri(row.uri);
    EXPECT_EQ(read ? read->text() : "", row.text) << row.uri;
    if (read) {
      EXPECT_EQ(read->tls, row.tls) << row.uri;
    }
  }
}

Settings good() {
  Settings out;
  out.uri = "mqtts://broker.site";
  out.name = "gw-1";
  return out;
}

TEST(BrokerSettings, TellWhatDoesNotGoTogether) {
  EXPECT_TRUE(check(good()));
  struct Row {
    const char* key;
    void (*change)(Settings&);
  };
  const Row rows[] = {
      {"broker.uri", [](Settings& of) { of.uri = "broker.site"; }},
      {"gateway.name", [](Settings& of) { of.name = ""; }},
      {"gateway.name", [](Settings& of) { of.name = "gw/1"; }},
      {"gateway.name", [](Settings& of) { of.name = "gw+"; }},
      {"gateway.name", [](Settings& of) { of.name = std::string(65, 'g'); }},
      {"broker.key", [](Settings& of) { of.certificate = "gw.pem"; }},
      {"broker.key", [](Settings& of) { of.key = "gw.key"; }},
      {"broker.ca_file", [](Settings& of) { of.uri = "mqtt://broker.site", of.ca_file = "ca.pem"; }},
      {"broker.username", [](Settings& of) { of.password_file = "password"; }},
  };
  for (const Row& row : rows) {
    Settings changed = good();
    row.change(changed);
    const auto result = check(changed);
    ASSERT_FALSE(result) << row.key;
    EXPECT_NE(result.error().detail.find(row.key), std::string::npos) << result.error().detail;
  }
}

TEST(BrokerSettings, TellABrokerThatWouldBeThisGateway) {
  struct Row {
    const char* uri;
    const char* listening;
    std::uint16_t port;
    bool here;
  };
  const Row rows[] = {
      {"mqtts://127.0.0.1:8883", "0.0.0.0", 8883, true},
      {"mqtts://127.0.0.1:8883", "::", 8883, true},
      {"mqtts://127.0.0.1:8883", "127.0.0.1", 8883, true},
      {"mqtts://127.0.0.1:8883", "0.0.0.0", 443, false},
      {"mqtts://127.0.0.1:8883", "192.0.2.1", 8883, false},
      {"mqtts://localhost:8883", "0.0.0.0", 8883, true},
      {"mqtts://localhost:8883", "::1", 8883, true},
      {"mqtts://LOCALHOST:8883", "127.0.0.1", 8883, true},
      {"mqtts://gw.localhost:8883", "::", 8883, true},
      {"mqtts://localhost:8884", "0.0.0.0", 8883, false},
      {"mqtts://localhost:8883", "192.0.2.1", 8883, false},
      {"mqtts://192.0.2.1:8883", "192.0.2.1", 8883, true},
      {"mqtts://192.0.2.2:8883", "192.0.2.1", 8883, false},
      {"mqtts://[::1]:8883", "::", 8883, true},
      {"mqtts://[::1]:8883", "0.0.0.0", 8883, false},
      {"mqtts://0.0.0.0:8883", "127.0.0.1", 8883, true},
      {"mqtts://broker.site:8883", "0.0.0.0", 8883, false},  // a name server would have to be asked
      {"mqtts://127.0.0.1:8883", "no address", 8883, false},
  };
  for (const Row& row : rows)
    EXPECT_EQ(leads_here(*parse_uri(row.uri), row.listening, row.port), row.here)
        << row.uri << " " << row.listening << ":" << row.port;
}

TEST(BrokerSettings, NameTheBrokerInProofsWithinTheirBound) {
  EXPECT_EQ(binding_of(*parse_uri("mqtts://broker.site")), "broker/broker.site:8883");
  const std::string label(60, 'a');
  EXPECT_EQ(binding_of(*parse_uri("mqtts://" + label + ".site")), "broker/" + label.substr(0, 57));
}

}  // namespace
}  // namespace leafgate::broker::settings_test
