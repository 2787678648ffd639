#include <gtest/gtest.h>

#include "adapters/wire/dps_json.hpp"

namespace leafgate::wire::service_reply_test {
namespace {

TEST(ReadServiceBody, ReadsTheFirst202) {
  const auto reply =
      read_service_body(202, R"({"operationId":"4.6b2b1a52cf3a0a9d.9c7ac6b5-1e","status":"assigning"})");
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(reply->http_status, 202);
  EXPECT_EQ(reply->operation->text(), "4.6b2b1a52cf3a0a9d.9c7ac6b5-1e");
  EXPECT_EQ(reply->status, RegistrationStatus::assigning);
  EXPECT_EQ(reply->state, "");
}

TEST(ReadServiceBody, ReadsAnAssignment) {
  const auto reply = read_service_body(
      200, R"({"operationId":"4.a.b","status":"assigned","registrationState":{"x509":null,"tpm":null,
      "registrationId":"dev-1","createdDateTimeUtc":"2026-01-01T00:00:00.1234567Z","assignedHub":"h.azure-devices.net",
      "deviceId":"Dev-1","status":"assigned","substatus":"initialAssignment","etag":"IjY5IG==","errorCode":null,
      "payload":{"n":12345678901234567890,"x":null},"new":{"a":1.50}},"later":[1]})");
  ASSERT_TRUE(reply) << reply.error().detail;
  EXPECT_EQ(reply->status, RegistrationStatus::assigned);
  EXPECT_EQ(reply->registration_id, "dev-1");
  EXPECT_EQ(reply->assigned_hub, "h.azure-devices.net");
  EXPECT_EQ(reply->device_id, "Dev-1");
  EXPECT_EQ(reply->etag, "IjY5IG==");
  EXPECT_EQ(reply->error_code, 0);
  EXPECT_EQ(reply->state, R"({"registrationId":"dev-1","createdDateTimeUtc":"2026-01-01T00:00:00.1234567Z",)"
                          R"("assignedHub":"h.azure-devices.net","deviceId":"Dev-1","status":"assigned",)"
                          R"("substatus":"initialAssignment","etag":"IjY5IG==",)"
                          R"("payload":{"n":12345678901234567890,"x":null},"new":{"a":1.50}})");
}

TEST(ReadServiceBody, ReadsAFailure) {
  const auto reply = read_service_body(
      200, R"({"operationId":"4.a.b","status":"failed","registrationState":{"registrationId":"dev-1",
      "status":"failed","errorCode":404201,"errorMessage":"not found"}})");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, RegistrationStatus::failed);
  EXPECT_EQ(reply->error_code, 404201);
  EXPECT_EQ(reply->message, "not found");
}

TEST(ReadServiceBody, ReadsAnErrorBody) {
  const auto reply = read_service_body(
      401, R"({"errorCode":401002,"trackingId":"t-1","message":"Invalid certificate.","info":{"a":"b"},
      "timestampUtc":"2026-01-01T00:00:00.1Z"})");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->error_code, 401002);
  EXPECT_EQ(reply->message, "Invalid certificate.");
  EXPECT_EQ(reply->tracking_id, "t-1");
  EXPECT_FALSE(reply->status);
}

TEST(ReadServiceBody, TakesAnEmptyBodyOnlyWhereItMayBeGiven) {
  for (const int status : {401, 403, 404, 408, 429, 500, 502, 503, 504})
    EXPECT_EQ(read_service_body(status, "").value().http_status, status) << status;
  for (const int status : {200, 202, 301, 400, 409}) EXPECT_FALSE(read_service_body(status, "")) << status;
}

TEST(ReadServiceBody, TakesOverloadByItsStatusWhateverItsBody) {
  for (const int status : {408, 429, 500, 503})
    for (const char* body : {"<html>", "{", "[]", R"({"errorCode":"x"})"}) {
      const auto reply = read_service_body(status, body);
      ASSERT_TRUE(reply) << status << body;
      EXPECT_EQ(reply->http_status, status);
      EXPECT_EQ(reply->error_code, 0);
    }
}

TEST(ReadServiceBody, ReadsAnErrorOfTheOlderForm) {
  const auto reply = read_service_body(
      401,
      R"({"Message":"ErrorCode:IotHubUnauthorizedAccess;Unauthorized","ExceptionMessage":"Tracking ID:x"})");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->message, "ErrorCode:IotHubUnauthorizedAccess;Unauthorized");
}

struct Odd {
  int status;
  std::string body;
};

TEST(ReadServiceBody, FindsImplausibleWhatCannotBeFromDps) {
  for (const Odd& row : std::vector<Odd>{
           {200, "<html>login</html>"},
           {200, "[]"},
           {200, "null"},
           {200, "{}"},
           {202, "{}"},
           {202, R"({"operationId":"4.a.b"})"},
           {202, R"({"status":"assigning"})"},
           {202, R"({"operationId":null,"status":"assigning"})"},
           {202, R"({"operationId":"","status":"assigning"})"},
           {202, R"({"operationId":"a b","status":"assigning"})"},
           {202, R"({"operationId":"a/../b","status":"assigning"})"},
           {202, R"({"operationId":7,"status":"assigning"})"},
           {202, R"({"operationId":"4.a.b","status":"ASSIGNING"})"},
           {202, R"({"operationId":"4.a.b","status":"something"})"},
           {202, R"({"operationId":"4.a.b","status":1})"},
           {202, R"({"operationId":"4.a.b","operationId":"4.a.c","status":"assigning"})"},
           {200, R"({"operationId":"4.a.b","status":"assigned","registrationState":"x"})"},
           {200, R"({"operationId":"4.a.b","status":"assigned","registrationState":{"assignedHub":1}})"},
           {200,
            R"({"operationId":"4.a.b","status":"assigned","registrationState":{"etag":"a","etag":"b"}})"},
           {200, R"({"operationId":"4.a.b","status":"failed","registrationState":{"errorCode":"404"}})"},
           {401, R"({"errorCode":"401"})"},
           {401, R"({"errorCode":4e5})"},
           {401, R"({"message":{}})"},
           {200, R"({"status":"assigned","operationId":"4.a","x":)" + std::string(16, '[') +
                     std::string(16, ']') + "}"},
           {200, R"({"status":"assigned","operationId":"4.a","x":")" + std::string(96 * 1024, 'x') + "\"}"},
       }) {
    const auto reply = read_service_body(row.status, row.body);
    ASSERT_FALSE(reply) << row.body;
    EXPECT_EQ(reply.error().code, Errc::implausible) << row.body;
  }
}

TEST(ReadRetryAfter, TakesWholeSecondsUpToFifteenMinutes) {
  EXPECT_EQ(read_retry_after("3"), Seconds(3));
  EXPECT_EQ(read_retry_after("0"), Seconds(0));
  EXPECT_EQ(read_retry_after("900"), Seconds(900));
  EXPECT_EQ(read_retry_after("901"), Seconds(900));
  EXPECT_EQ(read_retry_after("99999999999999999999"), Seconds(900));
  for (const char* text :
       {"", " 3", "3 ", "-1", "-99999999999999999999", "+3", "3.5", "x", "Mon, 23 Nov 2026 00:00:00 GMT"})
    EXPECT_FALSE(read_retry_after(text)) << text;
}

}  // namespace
}  // namespace leafgate::wire::service_reply_test
