#include <gtest/gtest.h>

#include "tests/standin/certificates.hpp"
#include "tests/standin/test/mqtt_client.hpp"
#include "tests/standin/test/standin_process.hpp"
#include "tests/standin/test/web_socket_wire.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

const std::string web_socket_register_topic = "$dps/registrations/PUT/iotdps-register/?$rid=1";
const std::string web_socket_poll_topic =
    "$dps/registrations/GET/iotdps-get-operationstatus/?$rid=2&operationId=";

MqttClient::Connect naming(const std::string& id, const std::string& password) {
  return {std::string(test_scope) + "/registrations/" + id + "/api-version=2019-03-31", id, password};
}

struct WebSocketRegister : testing::Test {
  void SetUp() override { process.start({}); }

  WebSocketWire& open(const WebSocketAsk& ask = {}) {
    auto fresh = std::make_unique<WebSocketWire>(process.port(), ask);
    WebSocketWire& wire = *fresh;
    client = std::make_unique<MqttClient>(std::move(fresh));
    return wire;
  }
  // From CONNECT to the end of the operation.
  json registered(const MqttClient::Connect& connect) {
    EXPECT_EQ(client->connect(connect), 0);
    EXPECT_EQ(client->subscribe(1), 1);
    const auto accepted = client->ask(web_socket_register_topic, "{}");
    if (!accepted) return "no answer";
    const auto ended =
        client->ask(web_socket_poll_topic + json::parse(accepted->payload).value("operationId", "none"), " ");
    return ended ? json::parse(ended->payload) : json("no answer to the poll");
  }
  json seen(const std::string& id) { return process.control("GET", "/registrations/" + id).json(); }

  StandinProcess process;
  std::unique_ptr<MqttClient> client;
};

TEST_F(WebSocketRegister, proves_a_device_by_its_key_on_each_path_of_the_sdks) {
  for (const char* path : {"/$iothub/websocket", "/mqtt", "/"}) {
    open({path});
    EXPECT_EQ(registered(naming("m-1", group_token("m-1")))["status"], "assigned") << path;
  }
  EXPECT_EQ(seen("m-1")["lastTransport"], "mqtt-ws");
  EXPECT_EQ(process.control("GET", "/stats").json()["transports"], json({{"mqtt-ws", 6}}));
}

TEST_F(WebSocketRegister, proves_a_device_by_its_certificate) {
  const Made ca = make("Line CA");
  const Made leaf = make("pump-07", &ca);
  const json primary{{"certificate", ca.pem()}};
  const json x509{{"signingCertificates", {{"primary", primary}}}};
  const json group{{"enrollmentGroupId", "line"}, {"attestation", {{"type", "x509"}, {"x509", x509}}}};
  process.control("PUT", "/enrollments", json::array({group}).dump());
  WebSocketAsk ask;
  ask.chain = {leaf};
  open(ask);
  EXPECT_EQ(registered(naming("pump-07", ""))["status"], "assigned");
  EXPECT_EQ(seen("pump-07")["lastTransport"], "mqtt-ws");
  EXPECT_EQ(seen("pump-07")["lastCertificate"], thumbprint(*leaf.certificate));
}

TEST_F(WebSocketRegister, refuses_a_wrong_key_as_over_mqtt) {
  open();
  EXPECT_EQ(client->connect(naming("m-1", key_token("m-1", test_group_key))), 0);
  EXPECT_EQ(client->subscribe(1), 1);
  EXPECT_EQ(client->ask(web_socket_register_topic, "{}")->topic, "$dps/registrations/res/401/?$rid=1");
}

TEST_F(WebSocketRegister, gives_the_sub_protocol_back_as_asked_and_declines_compression) {
  WebSocketAsk ask;
  ask.protocol = "MQTT";
  const WebSocketWire& wire = open(ask);
  EXPECT_EQ(wire.agreed("Sec-WebSocket-Protocol"), "MQTT");
  EXPECT_EQ(wire.agreed("Sec-WebSocket-Extensions"), "");
  ask.protocol = "amqp";
  EXPECT_ANY_THROW(open(ask));
}

TEST_F(WebSocketRegister, takes_packets_in_small_fragments) {
  WebSocketAsk ask;
  ask.largest_frame = 8;
  open(ask);
  EXPECT_EQ(registered(naming("m-1", group_token("m-1")))["status"], "assigned");
}

TEST_F(WebSocketRegister, closes_from_either_side) {
  const WebSocketWire& left = open();
  EXPECT_EQ(client->connect(naming("m-1", group_token("m-1"))), 0);
  client->send(packet_text(MqttPacket::Type::disconnect, 0, ""));
  EXPECT_TRUE(client->closed());
  EXPECT_EQ(left.close_code(), 1000);
  EXPECT_TRUE(open().close());
}

TEST_F(WebSocketRegister, resets_a_client_that_is_silent_beyond_its_keep_alive) {
  open();
  MqttClient::Connect connect = naming("m-1", group_token("m-1"));
  connect.keep_alive = 1;
  ASSERT_EQ(client->connect(connect), 0);
  EXPECT_TRUE(client->closed());
}

TEST_F(WebSocketRegister, leaves_the_port_to_https_otherwise) {
  HttpsClient https(process.port(), true);
  EXPECT_EQ(https.send("PUT", register_target("m-1"), group_token("m-1"), "{}").status, 202);
  const Answer none =
      https.send("GET", "/mqtt", "", "", {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}});
  EXPECT_EQ(none.status, 426);
  EXPECT_EQ(none.header("Sec-WebSocket-Version"), "13");
  EXPECT_EQ(seen("m-1")["lastTransport"], "https");
}

}  // namespace
}  // namespace leafgate::standin
