#include <gtest/gtest.h>

#include "tests/standin/certificates.hpp"
#include "tests/standin/test/mqtt_client.hpp"
#include "tests/standin/test/standin_process.hpp"

namespace leafgate::standin {
namespace {

using Type = MqttPacket::Type;

struct Hub : testing::Test {
  void SetUp() override {
    process.start({"--hub-listen", "127.0.0.1:0", "--hub-listen", "127.0.0.1:0", "--hub-certificate",
                   process.folder() + "/server.pem", "--hub-key", process.folder() + "/server.key"});
  }
  nlohmann::json visits() { return process.control("GET", "/stats").json()["hub"]; }

  StandinProcess process;
};

TEST_F(Hub, lets_a_device_in_and_answers_its_pings) {
  MqttClient device(process.hub_ports().at(0), "hub-1.azure-devices.net");
  EXPECT_EQ(device.connect({"hub-1.azure-devices.net/m-1/?api-version=2021-04-12", "m-1", "any"}), 0);
  for (int i = 0; i < 2; ++i) {
    device.send(packet_text(Type::pingreq, 0, ""));
    EXPECT_EQ(device.receive()->type, Type::pingresp);
  }
  device.send(packet_text(Type::disconnect, 0, ""));
  EXPECT_TRUE(device.closed());
  const auto seen = visits()["hub-1.azure-devices.net"];
  EXPECT_EQ(seen["connections"], 1);
  EXPECT_EQ(seen["connects"], 1);
  EXPECT_EQ(seen["pings"], 2);
  EXPECT_EQ(seen["lastClientId"], "m-1");
  EXPECT_EQ(seen["lastCertificate"], "");
}

TEST_F(Hub, tells_by_which_name_and_certificate_it_was_reached) {
  const Made own = make("pump-07");
  MqttClient first(process.hub_ports().at(0), "hub-1.azure-devices.net", {own});
  EXPECT_EQ(first.connect({"u", "pump-07", ""}), 0);
  MqttClient second(process.hub_ports().at(1), "hub-2.azure-devices.net");
  EXPECT_EQ(second.connect({"u", "m-1", ""}), 0);
  EXPECT_EQ(visits()["hub-1.azure-devices.net"]["lastCertificate"], thumbprint(*own.certificate));
  EXPECT_EQ(visits()["hub-2.azure-devices.net"]["connections"], 1);
  EXPECT_EQ(visits().size(), 2U);
}

}  // namespace
}  // namespace leafgate::standin
