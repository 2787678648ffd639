#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "adapters/wire/leaf_cbor.hpp"
#include "gateway/attestation/leaf_proof.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/p256.hpp"

namespace leafgate::wire::leaf_vectors_test {
namespace {

// The messages that the leaf library is held to (tests/unit/leaf_link), read and written by the gateway's
// codec.
const nlohmann::json& vectors() {
  static const nlohmann::json read = [] {
    std::ifstream file(LEAFGATE_VECTORS);
    return nlohmann::json::parse(file);
  }();
  return read;
}

Bytes unhex(const nlohmann::json& text) {
  const auto hex = text.get<std::string>();
  Bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return out;
}

Bytes vector_of(const char* name) { return unhex(vectors().at(name)); }
std::string text_of(const char* name) { return vectors().at(name).get<std::string>(); }
std::uint32_t exchange() { return vectors().at("exchange").get<std::uint32_t>(); }

// The proof that stands at the end of a message of the gateway.
GatewayProof proof_in(const Bytes& message) {
  const auto from = [&](std::size_t before_end, std::size_t size) {
    const auto at = message.end() - static_cast<std::ptrdiff_t>(before_end);
    return Bytes(at, at + static_cast<std::ptrdiff_t>(size));
  };
  const Bytes key = message.size() > 131 ? from(131, 64) : Bytes();
  if (key == vector_of("gatewayPublic")) return {from(64, 64), key};
  return {from(32, 32), {}};
}

// One attempt of the vectors by the names of its messages.
class LeafVectors : public ::testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] bool has(const std::string& name) const { return said_.contains(name); }
  [[nodiscard]] Bytes vector(const std::string& name) const { return unhex(said_.at(name)); }
  template <class T>
  T read(const std::string& name) const {
    const auto message = read_leaf_message(vector(name));
    EXPECT_TRUE(message) << name;
    if (!message) return {};
    EXPECT_EQ(message->exchange, exchange());
    const T* body = std::get_if<T>(&message->body);
    EXPECT_NE(body, nullptr) << name;
    return body == nullptr ? T() : *body;
  }
  void expect(const GatewayMessage& message, const std::string& name) const {
    EXPECT_EQ(message.with(exchange(), proof_in(vector(name))), vector(name)) << name;
  }
  [[nodiscard]] std::string binding() const {
    return GetParam().ends_with("broker") ? "broker/broker.site:8883" : "serial/line1";
  }
  [[nodiscard]] GatewayMessage challenge() const {
    if (!GetParam().starts_with("tpm"))
      return challenge_message(vector_of("gatewayNonce"), binding(), {}, "", 0);
    return challenge_message(vector_of("gatewayNonce"), binding(), vector_of("credential"), text_of("sr"),
                             vectors().at("se").get<std::int64_t>());
  }
  [[nodiscard]] bool is_by_key() const { return GetParam().starts_with("symmetricKey"); }

 private:
  const nlohmann::json& said_ = vectors().at("conversations").at(GetParam());
};

std::vector<std::string> conversations() {
  std::vector<std::string> names;
  for (const auto& [name, said] : vectors().at("conversations").items()) names.push_back(name);
  return names;
}
std::string name_of(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  name[name.find('-')] = '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Wire, LeafVectors, ::testing::ValuesIn(conversations()), name_of);

TEST_P(LeafVectors, WhatALeafSaysIsRead) {
  const auto begun = read<LeafRegister>("register");
  EXPECT_EQ(begun.registration_id, text_of("registrationId"));
  EXPECT_EQ(begun.payload, text_of("payload"));
  EXPECT_EQ(Bytes(begun.nonce.begin(), begun.nonce.end()), vector_of("leafNonce"));
  EXPECT_EQ(begun.chain.size(), GetParam().starts_with("x509") && !begun.thumbprint ? 2U : 0U);
  EXPECT_EQ(begun.wants_transcript, GetParam() == "x509-64");
  const auto proof = read<LeafProof>("proof");
  EXPECT_EQ(proof.mac.has_value(), is_by_key());
  EXPECT_EQ(proof.token_mac.has_value(), GetParam().starts_with("tpm"));
  EXPECT_EQ(proof.signature.size(), GetParam().starts_with("x509") ? 64U : 0U);
  EXPECT_EQ(read<LeafPoll>("poll").operation, text_of("operationId"));
  if (!has("signature_no")) return;
  EXPECT_EQ(read<LeafSigned>("signature_tls13").signature.size(), 64U);
  EXPECT_TRUE(read<LeafSigned>("signature_no").signature.empty());
}

TEST_P(LeafVectors, WhatTheGatewaySaysIsWrittenOctetForOctet) {
  expect(challenge(), "challenge");
  expect(error_message(401002, "not enrolled", std::nullopt), "error_late");
  expect(error_message(429001, "too many", 30), "error_late_retry");
  EXPECT_EQ(status_message("assigning", text_of("operationId"), 3).without_proof(exchange()),
            vector("assigning"));
  EXPECT_EQ(status_message("unassigned", "", 8).without_proof(exchange()), vector("unassigned"));
  ResultMessage result{
      "hub.example.net", text_of("registrationId"), "initialAssignment", "{\"slot\":3}", {}, {}};
  if (GetParam().starts_with("tpm")) {
    result.payload.clear();
    result.authentication_key = vector_of("authenticationKey");
  }
  expect(result.message(), "result");
  for (const auto& certificate : vectors().at("chain")) result.issued_chain.push_back(unhex(certificate));
  expect(result.message(), "result_issued");
}

TEST_P(LeafVectors, TheGatewayProvesItselfInTheSameWay) {
  GatewayWord word;
  word.exchange = exchange();
  word.registration_id = text_of("registrationId");
  const Bytes nonce = vector_of("leafNonce");
  std::copy(nonce.begin(), nonce.end(), word.leaf_nonce.begin());
  Bytes said = vector("register");
  const auto expect_proof = [&](const GatewayMessage& message, const std::string& name) {
    word.type = static_cast<int>(message.type());
    word.messages = crypto::sha256(said);
    word.body = crypto::sha256(message.body());
    const GatewayProof proof = proof_in(vector(name));
    if (is_by_key()) {
      const auto mac = gateway_mac(word, vector_of("deviceKey"));
      EXPECT_EQ(Bytes(mac.begin(), mac.end()), proof.tag) << name;
    } else {
      Bytes point{4};
      point.insert(point.end(), proof.public_key.begin(), proof.public_key.end());
      const ByteView tag = proof.tag;
      EXPECT_TRUE(crypto::is_p256_signature(point, gateway_text(word), tag.first(32), tag.last(32))) << name;
    }
  };
  expect_proof(challenge(), "challenge");
  expect_proof(error_message(401002, "not enrolled", std::nullopt), "error_early");
  word.nonce = vector_of("gatewayNonce");
  expect_proof(error_message(401002, "not enrolled", std::nullopt), "error_crossed");
  for (const char* name : {"challenge", "proof"}) {
    const Bytes more = vector(name);
    said.insert(said.end(), more.begin(), more.end());
  }
  expect_proof(error_message(401002, "not enrolled", std::nullopt), "error_late");
}

}  // namespace
}  // namespace leafgate::wire::leaf_vectors_test
