#include "adapters/wire/service_state.hpp"

#include <gtest/gtest.h>

namespace leafgate::wire::service_state_test {
namespace {

TEST(ReadStateBody, reads_an_assignment) {
  const auto read = read_state_body(
      200,
      R"({"registrationId":"dev-1","createdDateTimeUtc":"2026-01-01T00:00:00.1234567Z","assignedHub":"h.example",
      "deviceId":"Dev-1","status":"assigned","substatus":"initialAssignment","errorCode":null,"errorMessage":null,
      "lastUpdatedDateTimeUtc":"2026-01-02T03:04:05.9876543Z","etag":"IjY5IG==","payload":{"x":null},"new":[1]})");
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->reply.http_status, 200);
  EXPECT_EQ(read->reply.status, RegistrationStatus::assigned);
  EXPECT_EQ(read->reply.registration_id, "dev-1");
  EXPECT_EQ(read->reply.assigned_hub, "h.example");
  EXPECT_EQ(read->reply.device_id, "Dev-1");
  EXPECT_EQ(read->reply.etag, "IjY5IG==");
  EXPECT_EQ(to_rfc3339(*read->last_updated), "2026-01-02T03:04:05.0000000Z");
  EXPECT_EQ(*clean_state(read->reply.state), read->reply.state) << "as leaves can take it";
  EXPECT_NE(read->reply.state.find(R"("payload":{"x":null},"new":[1])"), std::string::npos);
}

TEST(ReadStateBody, reads_what_ended_otherwise_or_not_yet) {
  const auto failed = read_state_body(
      200, R"({"registrationId":"d","status":"failed","errorCode":400208,"errorMessage":"no hub"})");
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->reply.status, RegistrationStatus::failed);
  EXPECT_EQ(failed->reply.error_code, 400208);
  EXPECT_EQ(failed->reply.message, "no hub");
  EXPECT_FALSE(failed->last_updated);
  EXPECT_EQ(read_state_body(200, R"({"registrationId":"d","status":"assigning"})")->reply.status,
            RegistrationStatus::assigning);
}

TEST(ReadStateBody, reads_a_refusal_as_of_the_device_api) {
  const auto read = read_state_body(404, R"({"errorCode":404201,"trackingId":"t","message":"Not found"})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->reply.http_status, 404);
  EXPECT_EQ(read->reply.error_code, 404201);
  EXPECT_FALSE(read->reply.status);
  EXPECT_TRUE(read_state_body(503, ""));
  EXPECT_FALSE(read_state_body(404, ""));
}

TEST(ReadStateBody, believes_no_body_that_cannot_be_a_state) {
  for (const char* body :
       {"", "[]", "{}", R"({"registrationId":"d"})", R"({"status":"assigned"})",
        R"({"registrationId":"d","status":"odd"})", R"({"registrationId":1,"status":"assigned"})",
        R"({"registrationId":"d","status":"assigned","status":"failed"})",
        R"({"registrationId":"d","status":"assigned","lastUpdatedDateTimeUtc":"yesterday"})",
        R"({"registrationId":"d","status":"assigned","lastUpdatedDateTimeUtc":17})",
        R"({"operationId":"4.a.b","status":"assigned","registrationState":{"registrationId":"d"}})"}) {
    const auto read = read_state_body(200, body);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().code, Errc::implausible) << body;
  }
}

}  // namespace
}  // namespace leafgate::wire::service_state_test
