#include <gtest/gtest.h>

#include "adapters/wire/dps_json.hpp"

namespace leafgate::wire::register_body_test {
namespace {

const RegistrationId id = *RegistrationId::parse("Edge-Device-01");

struct Good {
  std::string sdk;
  std::string body;
  std::string payload;
  std::string csr;
};

// Bodies as the SDKs send them (device protocol sheet §2.2).
TEST(ReadRegisterBody, ReadsWhatEverySdkSends) {
  for (const Good& row : std::vector<Good>{
           {"C# without payload", "", "", ""},
           {"Node polls with a space", " ", "", ""},
           {"only white space", "\r\n\t ", "", ""},
           {"C", R"({"registrationId":"edge-device-01"})", "", ""},
           {"C with payload", R"({"registrationId":"Edge-Device-01","payload":{"model":7}})",
            R"({"model":7})", ""},
           {"Python", R"({"payload": null, "registrationId": "Edge-Device-01"})", "", ""},
           {"C# with payload", R"({"payload":{"a":1}})", R"({"a":1})", ""},
           {"Java", R"({"registrationId":"Edge-Device-01","payload":"{\"a\":1}"})", R"("{\"a\":1}")", ""},
           {"Node, HTTP poll", "{}", "", ""},
           {"with TPM keys", R"({"registrationId":"edge-device-01","tpm":{"endorsementKey":"AA=="}})", "",
            ""},
           {"csr", R"({"registrationId":"edge-device-01","csr":"MIIB"})", "", "MIIB"},
           {"null members", R"({"registrationId":null,"payload":null,"csr":null})", "", ""},
           {"upper-case id", R"({"registrationId":"EDGE-DEVICE-01"})", "", ""},
           {"escaped id", R"({"registrationId":"edge\u002ddevice-01"})", "", ""},
           {"unknown members", R"({"x":[{}],"payload":[1]})", "[1]", ""},
       }) {
    const auto request = read_register_body(row.body, id);
    ASSERT_TRUE(request) << row.sdk << ": " << request.error().detail;
    EXPECT_EQ(request->payload, row.payload) << row.sdk;
    EXPECT_EQ(request->csr, row.csr) << row.sdk;
  }
}

TEST(ReadRegisterBody, KeepsThePayloadAsWritten) {
  for (const std::string payload : {R"("")", "0", "false", "[]", "{}", "12345678901234567890123", "1.10e+5",
                                    R"({ "a" : "\u00e4" , "a": 2 })", R"("ä")"}) {
    const auto request = read_register_body("{\"payload\": " + payload + " }", id);
    ASSERT_TRUE(request) << payload;
    EXPECT_EQ(request->payload, payload);
  }
}

TEST(ReadRegisterBody, RefusesWhatCannotBeRead) {
  for (const std::string body :
       {"x", "[]", "\"a\"", "null", "1", "{", R"({"registrationId":"other"})", R"({"registrationId":1})",
        R"({"registrationId":""})",
        R"({"registrationId":"edge-device-01","registrationId":"edge-device-01"})",
        R"({"payload":1,"payload":2})", R"({"csr":1})", R"({"csr":{}})", "{\"payload\":\"\xff\"}"}) {
    const auto request = read_register_body(body, id);
    ASSERT_FALSE(request) << body;
    EXPECT_EQ(request.error().code, Errc::malformed);
  }
}

// C, Node, Java and C# send both keys with each request, iot-identity-service with the first one.
TEST(ReadRegisterBody, ReadsTheKeysOfATpmAsTheyAreWritten) {
  const auto keys_of = [](const std::string& tpm) {
    return read_register_body("{\"tpm\":" + tpm + "}", id).value().tpm;
  };
  EXPECT_TRUE(keys_of("null").empty());
  EXPECT_TRUE(keys_of("{}").empty());
  EXPECT_TRUE(keys_of(R"({"endorsementKey":null,"storageRootKey":""})").empty());
  EXPECT_EQ(keys_of(R"({"endorsementKey":"AA==","x":[1],"storageRootKey":"BB=="})"),
            (TpmKeys{"AA==", "BB=="}));
  EXPECT_EQ(keys_of(R"({"endorsementKey":"no base64"})"), (TpmKeys{"no base64", ""}));  // judged elsewhere
  EXPECT_EQ(keys_of("{\"endorsementKey\":\"" + std::string(1024, 'A') + "\"}").endorsement_key.size(), 1024U);
  for (const std::string tpm : {"1", "[]", "\"x\"", R"({"endorsementKey":1})", R"({"storageRootKey":{}})",
                                R"({"endorsementKey":"a","endorsementKey":"a"})"}) {
    const auto request = read_register_body("{\"tpm\":" + tpm + "}", id);
    ASSERT_FALSE(request) << tpm;
    EXPECT_EQ(request.error().code, Errc::malformed);
  }
  EXPECT_FALSE(read_register_body("{\"tpm\":{\"storageRootKey\":\"" + std::string(1025, 'A') + "\"}}", id));
}

TEST(ReadRegisterBody, BoundsSizeAndDepth) {
  const auto payload = [](std::size_t depth) {
    return "{\"payload\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_TRUE(read_register_body(payload(15), id));
  EXPECT_FALSE(read_register_body(payload(16), id));
  const auto large = read_register_body("{\"payload\":\"" + std::string(96 * 1024, 'x') + "\"}", id);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, Errc::too_large);
  EXPECT_FALSE(read_register_body(std::string(96 * 1024 + 1, ' '), id));
}

TEST(WriteRegisterBody, LeavesOutWhatIsAbsent) {
  EXPECT_EQ(write_register_body(id, {}), R"({"registrationId":"Edge-Device-01"})");
  EXPECT_EQ(write_register_body(id, {"{ \"a\": 1.0 }", "MIIB"}),
            R"({"registrationId":"Edge-Device-01","payload":{ "a": 1.0 },"csr":"MIIB"})");
}

TEST(WriteRegisterBody, ShowsTheKeysOfATpm) {
  EXPECT_EQ(write_register_body(id, {"{}", "", {"AA==", "BB=="}}),
            R"({"registrationId":"Edge-Device-01","tpm":{"endorsementKey":"AA==","storageRootKey":"BB=="},)"
            R"("payload":{}})");
  EXPECT_EQ(write_register_body(id, {"", "", {"AA==", ""}}),
            R"({"registrationId":"Edge-Device-01","tpm":{"endorsementKey":"AA=="}})");
}

TEST(WriteRegisterBody, IsReadBackAsItWas) {
  const RegistrationRequest request{R"(["x",null,12345678901234567890])", "MIIB+/==", {"AA==", "BB=="}};
  const auto back = read_register_body(write_register_body(id, request), id);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, request);
}

}  // namespace
}  // namespace leafgate::wire::register_body_test
