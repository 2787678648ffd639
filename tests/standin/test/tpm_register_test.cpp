#include <fstream>

#include <gtest/gtest.h>

#include "tests/standin/encoding.hpp"
#include "tests/standin/test/mqtt_client.hpp"
#include "tests/standin/test/standin_process.hpp"
#include "tests/standin/test/tpm_device.hpp"

namespace leafgate::standin {
namespace {

struct TpmRegister : testing::Test {
  TpmRegister() {
    const auto tpm_record = [this](const char* id, const char* status) {
      return R"({"registrationId":")" + std::string(id) + R"(","provisioningStatus":")" + status +
             R"(","attestation":{"type":"tpm","tpm":{"endorsementKey":")" + leaf.endorsement_key() + "\"}}}";
    };
    std::ofstream(process.folder() + "/enrollments.json")
        << "[" << tpm_record("leaf-1", "enabled") << "," << tpm_record("off", "disabled")
        << R"(,{"registrationId":"by-key","attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":")"
        << test_individual_key << "\"}}}]";
    begin();
  }

  void begin(const std::vector<std::string>& options = {}) {
    process.start(options);
    device.use_port(process.port());
  }
  Answer put(const std::string& id, const TpmDevice& tpm, const std::string& token = "") {
    return device.send("PUT", register_target(id), token, "{" + tpm.member() + "}");
  }
  // The whole of a challenge: its key, which is what the device can read of it.
  std::string challenged(const std::string& id, const TpmDevice& tpm) {
    const Answer answer = put(id, tpm);
    EXPECT_EQ(answer.status, 401);
    return tpm.activate(answer.json().value("authenticationKey", "")).key;
  }
  Answer poll(const std::string& id, const Answer& accepted, const std::string& token) {
    return device.send("GET", poll_target(id, accepted.json().value("operationId", "")), token, "");
  }

  TpmDevice leaf;
  StandinProcess process;
  HttpsClient device{0, true};
};

TEST_F(TpmRegister, challenges_and_then_gives_a_hub_key) {
  const Answer challenge = put("leaf-1", leaf);
  EXPECT_EQ(challenge.status, 401);
  const auto body = challenge.json();
  EXPECT_EQ(body["message"], "Authorization required, resend request using supplied key");
  EXPECT_EQ(body["keyName"], "registration");
  EXPECT_TRUE(body["unencryptedAuthenticationKey"].is_null());
  EXPECT_FALSE(body.contains("status"));
  const auto activated = leaf.activate(body["authenticationKey"]);
  EXPECT_EQ(activated.remark, "0ne00ABCDEF/registrations/leaf-1");

  const std::string token = tpm_token("leaf-1", activated.key);
  const Answer accepted = put("leaf-1", leaf, token);
  EXPECT_EQ(accepted.status, 202);
  EXPECT_EQ(accepted.json().size(), 2U);
  const Answer final = poll("leaf-1", accepted, token);
  ASSERT_EQ(final.status, 200);
  const auto state = final.json()["registrationState"];
  EXPECT_EQ(state["status"], "assigned");
  EXPECT_FALSE(state.contains("symmetricKey"));
  const auto hub = leaf.activate(state["tpm"]["authenticationKey"]);
  EXPECT_EQ(hub.remark, state["assignedHub"].get<std::string>() + "/devices/leaf-1");

  const auto seen = process.control("GET", "/registrations/leaf-1").json()["tpm"];
  EXPECT_EQ(seen["challenges"], 1);
  EXPECT_EQ(seen["hubKeys"].size(), 1U);
  EXPECT_EQ(seen["hubKeys"][0], base64_encode(hub.key));
  EXPECT_EQ(process.control("GET", "/stats").json()["requests"]["challenge"], 1);
}

TEST_F(TpmRegister, takes_the_second_request_without_the_keys) {
  const std::string token = tpm_token("leaf-1", challenged("leaf-1", leaf));
  const Answer accepted = device.send("PUT", register_target("leaf-1"), token, "{}");
  EXPECT_EQ(accepted.status, 202);
  EXPECT_EQ(poll("leaf-1", accepted, token).json()["status"], "assigned");
}

TEST_F(TpmRegister, rolls_the_hub_key_each_time) {
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(put("leaf-1", leaf, tpm_token("leaf-1", challenged("leaf-1", leaf))).status, 202);
  const auto keys = process.control("GET", "/registrations/leaf-1").json()["tpm"]["hubKeys"];
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_NE(keys[0], keys[1]);
}

TEST_F(TpmRegister, challenges_an_id_that_nobody_enrolled_and_lets_its_operation_fail) {
  const std::string token = tpm_token("nobody", challenged("nobody", leaf));
  const Answer accepted = put("nobody", leaf, token);
  EXPECT_EQ(accepted.status, 202);
  const Answer final = poll("nobody", accepted, token);
  EXPECT_EQ(final.status, 200);
  EXPECT_EQ(final.json()["status"], "failed");
  EXPECT_EQ(final.json()["registrationState"]["errorCode"], 404201);
  EXPECT_TRUE(process.control("GET", "/registrations/nobody").json()["tpm"]["hubKeys"].empty());
}

TEST_F(TpmRegister, an_operation_of_a_disabled_enrollment_ends_disabled) {
  const std::string token = tpm_token("off", challenged("off", leaf));
  const Answer accepted = put("off", leaf, token);
  EXPECT_EQ(poll("off", accepted, token).json()["status"], "disabled");
}

TEST_F(TpmRegister, refuses_another_tpm_than_the_enrolled_once_it_has_proven_itself) {
  const TpmDevice other;
  EXPECT_EQ(put("leaf-1", other, tpm_token("leaf-1", challenged("leaf-1", other))).status, 401);
  EXPECT_EQ(put("by-key", other, tpm_token("by-key", challenged("by-key", other))).status, 401);
  EXPECT_EQ(put("off", other, tpm_token("off", challenged("off", other))).status, 401);
  const std::string key = challenged("leaf-1", leaf);
  EXPECT_EQ(put("leaf-1", other, tpm_token("leaf-1", key)).status, 401) << "other keys than challenged";
  EXPECT_TRUE(process.control("GET", "/registrations/leaf-1").json()["tpm"]["hubKeys"].empty());
}

TEST_F(TpmRegister, refuses_a_token_of_another_key_and_keeps_the_challenge) {
  const std::string key = challenged("leaf-1", leaf);
  EXPECT_EQ(put("leaf-1", leaf, tpm_token("leaf-1", std::string(32, 'x'))).status, 401);
  EXPECT_EQ(put("leaf-1", leaf, tpm_token("leaf-2", key)).status, 401);
  EXPECT_EQ(put("leaf-1", leaf, tpm_token("leaf-1", key, -10)).status, 401);
  EXPECT_EQ(put("nobody", leaf, tpm_token("nobody", key)).status, 404);
  EXPECT_EQ(put("leaf-1", leaf, tpm_token("leaf-1", key)).status, 202);
}

TEST_F(TpmRegister, a_challenge_is_good_for_one_registration) {
  const std::string token = tpm_token("leaf-1", challenged("leaf-1", leaf));
  const Answer accepted = put("leaf-1", leaf, token);
  EXPECT_EQ(accepted.status, 202);
  EXPECT_EQ(put("leaf-1", leaf, token).status, 401) << "replayed";
  EXPECT_EQ(poll("leaf-1", accepted, token).status, 200) << "its polls go on";
  const std::string fresh = challenged("leaf-1", leaf);
  EXPECT_EQ(put("leaf-1", leaf, token).status, 401) << "of the round before";
  EXPECT_EQ(put("leaf-1", leaf, tpm_token("leaf-1", fresh)).status, 202);
  EXPECT_EQ(poll("leaf-1", accepted, tpm_token("leaf-1", fresh)).status, 401)
      << "the round before's operation";
}

TEST_F(TpmRegister, a_newer_challenge_takes_the_place_of_an_open_one) {
  const std::string first = challenged("leaf-1", leaf);
  const std::string second = challenged("leaf-1", leaf);
  EXPECT_EQ(put("leaf-1", leaf, tpm_token("leaf-1", first)).status, 401);
  EXPECT_EQ(put("leaf-1", leaf, tpm_token("leaf-1", second)).status, 202);
}

TEST_F(TpmRegister, a_device_with_a_key_of_its_own_is_not_locked_out_by_a_strangers_challenge) {
  challenged("by-key", leaf);
  EXPECT_EQ(
      device.send("PUT", register_target("by-key"), key_token("by-key", test_individual_key), "{}").status,
      202);
}

TEST_F(TpmRegister, says_what_is_no_tpm) {
  const auto answer = [&](const std::string& body) {
    return device.send("PUT", register_target("leaf-1"), "", body).status;
  };
  EXPECT_EQ(answer("{}"), 401);
  EXPECT_EQ(answer(R"({"tpm":null})"), 401);
  EXPECT_EQ(answer(R"({"tpm":{}})"), 400);
  EXPECT_EQ(answer(R"({"tpm":{"endorsementKey":")" + leaf.endorsement_key() + "\"}}"), 400);
  EXPECT_EQ(answer(R"({"tpm":{"endorsementKey":"AAAA","storageRootKey":")" + leaf.storage_key() + "\"}}"),
            400);
  EXPECT_EQ(device.send("PUT", register_target("leaf-1"), "", "{}").json().contains("authenticationKey"),
            false);
}

TEST_F(TpmRegister, knows_the_keys_again_in_a_state_lookup) {
  const std::string token = tpm_token("leaf-1", challenged("leaf-1", leaf));
  poll("leaf-1", put("leaf-1", leaf, token), token);
  const std::string target = std::string("/") + test_scope + "/registrations/leaf-1?api-version=2021-10-01";
  EXPECT_EQ(device.send("POST", target, token, "{}").json()["status"], "assigned");
}

// The real service challenges nobody over MQTT (sheet §1.1).
TEST_F(TpmRegister, over_mqtt_only_where_it_is_told_to) {
  for (const bool told : {false, true}) {
    process.stop();
    std::vector<std::string> options{"--mqtt-listen", "127.0.0.1:0"};
    if (told) options.emplace_back("--tpm-over-mqtt");
    begin(options);
    MqttClient client(process.mqtt_port());
    EXPECT_EQ(client.connect({"0ne00ABCDEF/registrations/leaf-1/api-version=2021-06-01", "leaf-1", ""}), 0);
    client.subscribe(1);
    const auto answer =
        client.ask("$dps/registrations/PUT/iotdps-register/?$rid=1", "{" + leaf.member() + "}");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->topic, "$dps/registrations/res/401/?$rid=1");
    const auto body = nlohmann::json::parse(answer->payload);
    EXPECT_EQ(body.contains("authenticationKey"), told);
    if (!told) continue;
    const std::string token = tpm_token("leaf-1", leaf.activate(body["authenticationKey"]).key);
    MqttClient again(process.mqtt_port());
    EXPECT_EQ(again.connect({"0ne00ABCDEF/registrations/leaf-1/api-version=2021-06-01", "leaf-1", token}), 0);
    again.subscribe(1);
    const auto accepted = again.ask("$dps/registrations/PUT/iotdps-register/?$rid=2", "{}");
    EXPECT_EQ(accepted->topic, "$dps/registrations/res/202/?$rid=2&retry-after=3");
  }
}

}  // namespace
}  // namespace leafgate::standin
