#include <gtest/gtest.h>

#include "adapters/wire/dps_json.hpp"

namespace leafgate::wire::leaf_answer_test {
namespace {

constexpr WallTime at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + std::chrono::seconds(5)};

TEST(LeafAnswer, Of202CarriesNoPartialState) {
  EXPECT_EQ(assigning_body("5.0a1b.c"), R"({"operationId":"5.0a1b.c","status":"assigning"})");
}

TEST(LeafAnswer, OfAPollNamesTheRegistration) {
  EXPECT_EQ(assigning_poll_body("5.0a1b.c", "Dev-1"),
            R"({"operationId":"5.0a1b.c","status":"assigning",)"
            R"("registrationState":{"registrationId":"Dev-1","status":"assigning"}})");
}

TEST(LeafAnswer, OfAnEndedOperationCarriesTheStateAsGiven) {
  EXPECT_EQ(ended_body("5.0a1b.c", RegistrationStatus::assigned, R"({"x": 1.0})"),
            R"({"operationId":"5.0a1b.c","status":"assigned","registrationState":{"x": 1.0}})");
}

TEST(GatewayHostName, IsAddedToAPayloadThatHasNone) {
  struct Row {
    const char* state;
    const char* told;
  };
  for (const Row& row : {
           Row{R"({})", R"({"payload":{"gatewayHostName":"gw.site"}})"},
           Row{R"({"assignedHub":"h","n":12345678901234567890})",
               R"({"assignedHub":"h","n":12345678901234567890,"payload":{"gatewayHostName":"gw.site"}})"},
           Row{R"({"payload":{},"etag":"e"})", R"({"payload":{"gatewayHostName":"gw.site"},"etag":"e"})"},
           Row{R"({"payload":{"a": 1.0 }})", R"({"payload":{"a": 1.0 ,"gatewayHostName":"gw.site"}})"},
           Row{R"({"x":{"payload":{}}})", R"({"x":{"payload":{}},"payload":{"gatewayHostName":"gw.site"}})"},
           // the service's word counts, and what is no object has no room for one
           Row{R"({"payload":{"gatewayHostName":"other"}})", R"({"payload":{"gatewayHostName":"other"}})"},
           Row{R"({"payload":"text"})", R"({"payload":"text"})"},
           Row{R"({"payload":["a"]})", R"({"payload":["a"]})"},
           Row{R"({"payload":7})", R"({"payload":7})"},
           Row{R"({"payload":null})", R"({"payload":null})"},
       })
    EXPECT_EQ(with_gateway_host_name(row.state, "gw.site"), row.told) << row.state;
}

TEST(GatewayHostName, IsNotAddedWithoutAHostNorToWhatIsNoObject) {
  EXPECT_EQ(with_gateway_host_name(R"({"a":1})", ""), R"({"a":1})");
  for (const char* text : {"", "{", "[]", "null", R"({"a":1,"a":2})"})
    EXPECT_EQ(with_gateway_host_name(text, "gw.site"), text);
}

TEST(WriteState, CarriesWhatSdksNeedOfAFailure) {
  EndedState state;
  state.registration_id = "Dev-1";
  state.error_code = 400207;
  state.message = "Custom allocation failed with status code: \"404\"";
  state.created = at;
  state.updated = at + std::chrono::seconds(1);
  state.etag = "abc";
  EXPECT_EQ(
      write_state(state),
      R"({"registrationId":"Dev-1","createdDateTimeUtc":"2026-11-23T00:00:05.0000000Z","status":"failed",)"
      R"("errorCode":400207,"errorMessage":"Custom allocation failed with status code: \"404\"",)"
      R"("lastUpdatedDateTimeUtc":"2026-11-23T00:00:06.0000000Z","etag":"abc"})");
}

TEST(WriteState, LeavesOutWhatIsAbsentAndComputesAnEtag) {
  EndedState state;
  state.registration_id = "dev-1";
  state.status = RegistrationStatus::disabled;
  const std::string text = write_state(state);
  EXPECT_EQ(text.find("errorCode"), std::string::npos);
  EXPECT_EQ(text.find("errorMessage"), std::string::npos);
  EXPECT_NE(text.find(R"("etag":"I)"), std::string::npos) << "base64 of a quoted word: " << text;
  EXPECT_EQ(write_state(state), text);
  state.registration_id = "dev-2";
  EXPECT_NE(write_state(state), text);
}

TEST(ErrorBody, CarriesAllFourMembers) {
  EXPECT_EQ(error_body(401000, "id", "Unauthorized", at),
            R"({"errorCode":401000,"trackingId":"id","message":"Unauthorized",)"
            R"("timestampUtc":"2026-11-23T00:00:05.0000000Z"})");
}

struct CleanRow {
  std::string given;
  std::string cleaned;
};

TEST(CleanState, DropsNullAndKeepsTheRestAsWritten) {
  for (const CleanRow& row : std::vector<CleanRow>{
           {"{}", "{}"},
           {R"({"a":null})", "{}"},
           {R"({ "a" : null , "b" : 1 , "c" : null })", R"({"b":1})"},
           {R"({"x509":{"enrollmentGroupId":null,"certificateInfo":{"version":null}}})",
            R"({"x509":{"certificateInfo":{"version":null}}})"},
           {R"({"x509":{"certificateInfo":null}})", R"({"x509":{}})"},
           {R"({"payload":{"a":null, "b":[null]}})", R"({"payload":{"a":null,"b":[null]}})"},
           {R"({"payload":null})", "{}"},
           {R"({"n":12345678901234567890123,"f":1.10,"e":1E+2,"z":-0})",
            R"({"n":12345678901234567890123,"f":1.10,"e":1E+2,"z":-0})"},
           {R"({"s":"null , \u00e4 \/"})", R"({"s":"null , \u00e4 \/"})"},
           {R"({"chain":["A","B",null]})", R"({"chain":["A","B",null]})"},
       }) {
    const auto cleaned = clean_state(row.given);
    ASSERT_TRUE(cleaned) << row.given;
    EXPECT_EQ(*cleaned, row.cleaned);
    EXPECT_EQ(*clean_state(*cleaned), *cleaned);
  }
}

TEST(CleanState, RefusesWhatIsNoObject) {
  for (const char* text : {"", "null", "[]", "{", R"({"a":1,"a":null})", R"({"tpm":{"a":1,"a":2}})"})
    EXPECT_FALSE(clean_state(text)) << text;
}

}  // namespace
}  // namespace leafgate::wire::leaf_answer_test
