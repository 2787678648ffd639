#include <chrono>

#include <gtest/gtest.h>

#include "tests/standin/certificates.hpp"
#include "tests/standin/test/mqtt_client.hpp"
#include "tests/standin/test/standin_process.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;
using Type = MqttPacket::Type;

const std::string register_topic = "$dps/registrations/PUT/iotdps-register/?$rid=";
const std::string poll_topic = "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=";

std::string username(const std::string& id, const std::string& scope = test_scope) {
  return scope + "/registrations/" + id + "/api-version=2019-03-31&ClientVersion=azure-iot%2F1.9.2";
}

MqttClient::Connect by_group(const std::string& id) { return {username(id), id, group_token(id)}; }

struct MqttRegister : testing::Test {
  void SetUp() override { process.start({"--mqtt-listen", "127.0.0.1:0"}); }

  std::unique_ptr<MqttClient> ready(const MqttClient::Connect& connect, int qos = 1,
                                    const std::vector<Made>& chain = {}) {
    auto client = std::make_unique<MqttClient>(process.mqtt_port(), "dps.test", chain);
    EXPECT_EQ(client->connect(connect), 0);
    EXPECT_EQ(client->subscribe(qos), std::min(qos, 1));
    return client;
  }
  static std::optional<MqttPublish> put(MqttClient& client, int qos = 1, const std::string& body = "{}") {
    return client.ask(register_topic + "1", body, qos);
  }
  static std::optional<MqttPublish> poll(MqttClient& client, const MqttPublish& accepted) {
    const std::string operation = json::parse(accepted.payload).value("operationId", "none");
    return client.ask(poll_topic + "2&operationId=" + operation, " ");
  }
  json seen(const std::string& id) { return process.control("GET", "/registrations/" + id).json(); }
  void rule(const std::string& action) {
    ASSERT_EQ(process.control("POST", "/faults", R"({"times":1,"action":)" + action + "}").status, 200);
  }

  StandinProcess process;
};

TEST_F(MqttRegister, registers_and_polls_to_the_end) {
  auto client = ready(by_group("m-1"));
  const auto accepted = client->ask(register_topic + "a%20b", R"({"registrationId":"m-1"})");
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->topic, "$dps/registrations/res/202/?$rid=a%20b&retry-after=3");
  EXPECT_EQ(accepted->qos, 1);
  EXPECT_EQ(json::parse(accepted->payload).size(), 2U);
  const auto ended = poll(*client, *accepted);
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->topic, "$dps/registrations/res/200/?$rid=2");
  const json state = json::parse(ended->payload)["registrationState"];
  EXPECT_EQ(state["status"], "assigned");
  EXPECT_EQ(state["payload"]["site"], "north");
  EXPECT_EQ(seen("m-1")["lastTransport"], "mqtt");
  EXPECT_EQ(seen("m-1")["lastSr"], "raw");
  EXPECT_EQ(process.control("GET", "/stats").json()["transports"]["mqtt"], 2);
}

TEST_F(MqttRegister, is_the_same_registration_over_either_transport) {
  auto client = ready(by_group("m-1"));
  const std::string operation = json::parse(put(*client, 1, "")->payload)["operationId"];
  HttpsClient other(process.port(), true);
  EXPECT_EQ(other.send("GET", poll_target("m-1", operation), group_token("m-1"), "").json()["status"],
            "assigned");
}

TEST_F(MqttRegister, answers_a_qos_0_request_late_enough_for_java) {
  auto client = ready(by_group("m-1"), 0);
  const auto begin = std::chrono::steady_clock::now();
  const auto accepted = put(*client, 0);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(50));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->qos, 0);
}

TEST_F(MqttRegister, grants_its_one_filter_and_answers_nobody_without_it) {
  MqttClient client(process.mqtt_port());
  ASSERT_EQ(client.connect(by_group("m-1")), 0);
  EXPECT_EQ(client.subscribe(1, "#"), 0x80);
  client.send(publish_text({register_topic + "1", 1, 9, "{}"}));
  EXPECT_EQ(client.receive()->type, Type::puback);
  EXPECT_EQ(client.subscribe(2), 1) << "nothing came between";
  EXPECT_EQ(seen("m-1")["accepted"], 1);
}

TEST_F(MqttRegister, proves_a_device_by_its_certificate) {
  const Made ca = make("Line CA");
  const Made leaf = make("pump-07", &ca);
  const json primary{{"certificate", ca.pem()}};
  const json x509{{"signingCertificates", {{"primary", primary}}}};
  const json group{{"enrollmentGroupId", "line"}, {"attestation", {{"type", "x509"}, {"x509", x509}}}};
  process.control("PUT", "/enrollments", json::array({group}).dump());
  auto client = ready({username("pump-07"), "pump-07", ""}, 1, {leaf});
  const auto ended = poll(*client, *put(*client));
  EXPECT_EQ(json::parse(ended->payload)["status"], "assigned");
  EXPECT_TRUE(json::parse(ended->payload)["registrationState"].contains("x509"));
  EXPECT_EQ(seen("pump-07")["lastCertificate"], thumbprint(*leaf.certificate));
  EXPECT_EQ(seen("pump-07")["enrollmentGroupId"], "line");

  auto other = ready({username("pump-08"), "pump-08", ""}, 1, {leaf});
  EXPECT_EQ(json::parse(put(*other)->payload)["errorCode"], 401002);
  EXPECT_EQ(seen("pump-08")["lastCertificate"], thumbprint(*leaf.certificate))
      << "what it saw, accepted or not";
}

TEST_F(MqttRegister, tells_a_wrong_key_after_connack_and_drops_the_next_request) {
  auto client = ready({username("m-1"), "m-1", key_token("m-1", test_group_key)});
  const auto refused = put(*client);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->topic, "$dps/registrations/res/401/?$rid=1");
  EXPECT_EQ(json::parse(refused->payload)["errorCode"], 401000);
  EXPECT_FALSE(put(*client));
}

TEST_F(MqttRegister, tells_a_connect_that_cannot_be_right) {
  struct Row {
    MqttClient::Connect connect;
    int code;
  };
  const std::string id = "m-1";
  for (const Row& row :
       {Row{{username(id), id, "", 0, 3}, 1}, Row{{"nonsense", id, ""}, 4},
        Row{{std::string(test_scope) + "/registrations/" + id, id, ""}, 4}, Row{{username(id), "m-2", ""}, 5},
        Row{{username(id), id, "", 0, 4, true}, -1}, Row{{username(id, "0ne00FFFFFF"), id, ""}, 0}}) {
    MqttClient client(process.mqtt_port());
    EXPECT_EQ(client.connect(row.connect), row.code) << row.connect.username;
    if (row.code != 0) {
      EXPECT_TRUE(client.closed());
    }
  }
}

TEST_F(MqttRegister, closes_on_what_the_service_does_not_speak) {
  for (const std::string& bad :
       {publish_text({register_topic + "1", 2, 9, "{}"}), publish_text({"devices/m-1/messages", 1, 9, "{}"}),
        MqttClient::connect_text(by_group("m-1")), packet_text(Type::pubrel, 2, "\x01\x01"),
        packet_text(Type::subscribe, 2, "x"), packet_text(Type::disconnect, 0, "")}) {
    auto client = ready(by_group("m-1"));
    client->send(bad);
    EXPECT_TRUE(client->closed());
  }
  MqttClient silent(process.mqtt_port());
  silent.send(packet_text(Type::pingreq, 0, ""));
  EXPECT_TRUE(silent.closed()) << "CONNECT comes first";
}

TEST_F(MqttRegister, answers_pings_and_the_end_of_a_subscription) {
  auto client = ready(by_group("m-1"));
  client->send(packet_text(Type::pingreq, 0, ""));
  EXPECT_EQ(client->receive()->type, Type::pingresp);
  client->send(packet_text(Type::unsubscribe, 2,
                           std::string("\x01\x02", 2) + with_length("$dps/registrations/res/#")));
  EXPECT_EQ(client->receive()->type, Type::unsuback);
}

TEST_F(MqttRegister, resets_a_client_that_is_silent_beyond_its_keep_alive) {
  MqttClient client(process.mqtt_port());
  MqttClient::Connect connect = by_group("m-1");
  connect.keep_alive = 1;
  ASSERT_EQ(client.connect(connect), 0);
  EXPECT_TRUE(client.closed());
}

TEST_F(MqttRegister, fails_by_the_same_rules) {
  auto client = ready(by_group("m-1"));
  rule(R"({"status":429,"retry_after":7})");
  EXPECT_EQ(put(*client)->topic, "$dps/registrations/res/429/?$rid=1&retry-after=7");
  rule(R"({"garbage":true})");
  EXPECT_TRUE(json::parse(put(*client)->payload, nullptr, false).is_discarded());
  rule(R"({"disabled":true})");
  EXPECT_EQ(json::parse(poll(*client, *put(*client))->payload)["status"], "disabled");
  rule(R"({"latency_ms":60})");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(put(*client));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(60));
  rule(R"({"reset_in_answer":true})");
  EXPECT_FALSE(put(*client));
  auto again = ready(by_group("m-2"));
  rule(R"({"refuse":true})");
  again->send(publish_text({register_topic + "1", 1, 9, "{}"}));
  EXPECT_TRUE(again->closed());
}

TEST_F(MqttRegister, is_down_with_the_service) {
  auto client = ready(by_group("m-1"));
  process.control("POST", "/down");
  EXPECT_TRUE(client->closed());
  EXPECT_ANY_THROW(MqttClient(process.mqtt_port()));
  process.control("POST", "/up");
  EXPECT_EQ(put(*ready(by_group("m-1")))->topic.substr(0, 26), "$dps/registrations/res/202");
}

}  // namespace
}  // namespace leafgate::standin
