// What the gateway says to leaves without IP, against octets put together by hand.
#include <gtest/gtest.h>

#include "adapters/wire/leaf_cbor.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/model/cbor_writer.hpp"
#include "tests/unit/wire/leaf_octets.hpp"

namespace leafgate::wire::leaf_words_test {
namespace {

using namespace leaf_octets;

const std::string by_mac = "0f8443a10105a0f65820" + times(32, "33");
const std::string by_own_key = "0f8443a10126a1045840" + times(64, "44") + "f65840" + times(64, "55");

GatewayProof mac() { return {Bytes(32, 0x33), {}}; }
GatewayProof own_key() { return {Bytes(64, 0x55), Bytes(64, 0x44)}; }

void expect_words(const GatewayMessage& message, unsigned type, const Entries& entries) {
  Entries with_mac = entries;
  with_mac.push_back(by_mac);
  Entries with_key = entries;
  with_key.push_back(by_own_key);
  EXPECT_EQ(static_cast<unsigned>(message.type()), type);
  EXPECT_EQ(crypto::hex(message.body()), map(entries));
  EXPECT_EQ(crypto::hex(message.with(7, mac())), leaf_octets::message(type, with_mac));
  EXPECT_EQ(crypto::hex(message.with(7, own_key())), leaf_octets::message(type, with_key));
}

TEST(LeafWords, Challenge) {
  const Bytes nonce_octets(32, 0xaa);
  const Entries key = {"015820" + times(32, "aa"), "026c73657269616c2f6c696e6531"};
  expect_words(challenge_message(nonce_octets, "serial/line1", {}, {}, 0), 2, key);
  Entries tpm = key;
  tpm.insert(tpm.end(), {"0343010203", "0463612f62", "051a6553f100"});
  const Bytes credential = {1, 2, 3};
  expect_words(challenge_message(nonce_octets, "serial/line1", credential, "a/b", 1'700'000'000), 2, tpm);
}

TEST(LeafWords, StatusHasNoProof) {
  EXPECT_EQ(crypto::hex(status_message("assigning", "5.a", 3).without_proof(7)),
            leaf_octets::message(4, {"016961737369676e696e67", "0263352e61", "0303"}));
  EXPECT_EQ(crypto::hex(status_message("unassigned", "", 3600).without_proof(7)),
            leaf_octets::message(4, {"016a756e61737369676e6564", "03190e10"}));
}

TEST(LeafWords, Result) {
  ResultMessage result;
  result.assigned_hub = "h";
  result.device_id = "d";
  expect_words(result.message(), 6, {"016168", "026164"});
  result.substatus = "initialAssignment";
  result.payload = "{}";
  result.authentication_key = {9, 8};
  result.issued_chain = {{1}, {2, 3}};
  expect_words(result.message(), 6,
               {"016168", "026164", "0371696e697469616c41737369676e6d656e74", "04627b7d", "05420908",
                "0682"
                "4101"
                "420203"});
}

TEST(LeafWords, Error) {
  expect_words(error_message(401'002, "no", std::nullopt), 7, {"011a00061e6a", "02626e6f"});
  expect_words(error_message(429'001, "wait", 30), 7, {"011a00068bc9", "026477616974", "03181e"});
  expect_words(error_message(500'000, "", std::nullopt), 7, {"011a0007a120", "026772656675736564"});
}

// Never more than fits, and never a broken letter.
TEST(LeafWords, AReasonIsCutWhereALetterBegins) {
  for (std::size_t before = 120; before <= 130; ++before) {
    const std::string why = std::string(before, 'a') + "\xe2\x82\xac\xe2\x82\xac\xf0\x9f\x8c\xbf";
    const Bytes body = error_message(1, why, std::nullopt).body();
    // a2 01 01 02 78 len text
    ASSERT_GT(body.size(), 6U);
    const std::size_t length = body[5];
    ASSERT_EQ(body.size(), 6 + length);
    EXPECT_LE(length, 128U);
    EXPECT_GT(length, 124U - (before < 124 ? 124 - before : 0));
    const std::string cut(body.begin() + 6, body.end());
    EXPECT_EQ(cut, why.substr(0, length));
    EXPECT_NE(static_cast<unsigned char>(why[length < why.size() ? length : 0]) & 0xc0U, 0x80U);
  }
}

TEST(LeafWords, SignSaysWhatItShows) {
  SignRequest request;
  request.hash.fill(0x11);
  request.message = Bytes(3, 0x22);
  request.purpose = "TLS";
  struct Row {
    SignatureScheme scheme;
    bool tls13;
    bool transcript;
    const char* algorithm;
    std::string kind_and_what;
  };
  const std::string hash =
      "02"
      "02"
      "035820" +
      times(32, "11");
  for (const Row& row : {Row{SignatureScheme::es256, false, false, "0126", hash},
                         Row{SignatureScheme::ps256, false, true, "013824",
                             "0203"
                             "0343222222"},
                         Row{SignatureScheme::rs256, true, false, "01390100",
                             "0201"
                             "0343222222"},
                         Row{SignatureScheme::es256, true, true, "0126",
                             "0201"
                             "0343222222"}}) {
    request.scheme = row.scheme;
    request.tls13 = row.tls13;
    const Bytes body = sign_message(request, row.transcript).body();
    EXPECT_EQ(crypto::hex(body), "a4" + std::string(row.algorithm) + row.kind_and_what + "0463544c53");
  }
  request.purpose.clear();
  EXPECT_EQ(crypto::hex(sign_message(request, false).body()).substr(0, 4), "a401")
      << "a purpose is never empty";
  EXPECT_NE(crypto::hex(sign_message(request, false).body()).find("046a544c5320636c69656e74"),
            std::string::npos);
}

TEST(LeafWords, NumbersAreWrittenInTheirShortestForm) {
  const std::pair<std::int64_t, const char*> rows[] = {{0, "00"},
                                                       {23, "17"},
                                                       {24, "1818"},
                                                       {255, "18ff"},
                                                       {256, "190100"},
                                                       {65535, "19ffff"},
                                                       {65536, "1a00010000"},
                                                       {4294967295, "1affffffff"},
                                                       {4294967296, "1b0000000100000000"},
                                                       {INT64_MAX, "1b7fffffffffffffff"},
                                                       {-1, "20"},
                                                       {-24, "37"},
                                                       {-25, "3818"},
                                                       {-256, "38ff"},
                                                       {-257, "390100"},
                                                       {INT64_MIN, "3b7fffffffffffffff"}};
  for (const auto& [number, hex] : rows) EXPECT_EQ(crypto::hex(CborWriter().integer(number).take()), hex);
  EXPECT_EQ(crypto::hex(CborWriter().boolean(true).boolean(false).null().take()), "f5f4f6");
}

TEST(LeafWords, AnAssignmentOfTheServiceInTheLinksWords) {
  const auto result = result_of_state(
      R"({"registrationId":"d","assignedHub":"h.example","deviceId":"D\u002d7","substatus":"initialAssignment",)"
      R"("payload":{ "a": 1.0 },"status":"assigned","tpm":{"authenticationKey":"AQID"}})");
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->assigned_hub, "h.example");
  EXPECT_EQ(result->device_id, "D-7");
  EXPECT_EQ(result->substatus, "initialAssignment");
  EXPECT_EQ(result->payload, R"({"a":1.0})");
  EXPECT_EQ(crypto::hex(result->authentication_key), "010203");
  EXPECT_FALSE(result->shortened);
  EXPECT_TRUE(result->check());
  for (const char* bad : {"", "[]", "{}", R"({"assignedHub":"h"})", R"({"deviceId":"d"})",
                          R"({"assignedHub":1,"deviceId":"d"})", R"({"assignedHub":"","deviceId":"d"})"})
    EXPECT_FALSE(result_of_state(bad)) << bad;
  const auto bare = result_of_state(R"({"assignedHub":"h","deviceId":"d","payload":null,"tpm":7})");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->payload, "");
  EXPECT_TRUE(bare->authentication_key.empty());
}

TEST(LeafWords, WhatDoesNotFitIsLeftOutOrRefused) {
  const auto state = [](std::size_t payload, std::size_t substatus) {
    return R"({"assignedHub":"h","deviceId":"d","payload":")" + std::string(payload - 2, 'x') +
           R"(","substatus":")" + std::string(substatus, 's') + R"("})";
  };
  EXPECT_FALSE(result_of_state(state(2048, 64))->shortened);
  const auto long_payload = result_of_state(state(2049, 64));
  EXPECT_TRUE(long_payload->shortened);
  EXPECT_EQ(long_payload->payload, "");
  EXPECT_EQ(long_payload->substatus.size(), 64U);
  EXPECT_EQ(result_of_state(state(2048, 65))->substatus, "");
  ResultMessage result;
  result.assigned_hub = std::string(256, 'h');
  result.device_id = std::string(128, 'd');
  result.substatus = std::string(64, 's');
  result.payload = std::string(2048, 'p');
  result.authentication_key = Bytes(1024, 1);
  EXPECT_TRUE(result.check());
  EXPECT_LE(result.message().with(0xffff'ffff, own_key()).size(), largest_leaf_message);
  for (const auto& spoil :
       {+[](ResultMessage& r) { r.assigned_hub += 'h'; }, +[](ResultMessage& r) { r.device_id += 'd'; },
        +[](ResultMessage& r) { r.authentication_key.push_back(1); }}) {
    ResultMessage spoilt = result;
    spoil(spoilt);
    EXPECT_EQ(spoilt.check().error().code, Errc::too_large);
  }
}

TEST(LeafWords, TheFaultOfAStateThatEndedBadly) {
  const auto fault = fault_of_state(R"({"status":"failed","errorCode":400207,"errorMessage":"no hub"})");
  EXPECT_EQ(fault.error_code, 400'207);
  EXPECT_EQ(fault.message, "no hub");
  for (const char* none : {"", "{}", "[]", R"({"errorCode":"x","errorMessage":7})", R"({"errorCode":1.5})"}) {
    EXPECT_EQ(fault_of_state(none).error_code, 0) << none;
    EXPECT_EQ(fault_of_state(none).message, "") << none;
  }
}

}  // namespace
}  // namespace leafgate::wire::leaf_words_test
