#include "adapters/service/dps_device_client.hpp"

#include <gtest/gtest.h>

#include "tests/integration/service/over_tls.hpp"

namespace leafgate::service {
namespace {

struct DpsDeviceClientOverTls : OverTls {
  std::optional<DpsDeviceClient> client;
  RegistrationId id = RegistrationId::parse("m-1").value();

  void SetUp() override {
    process.start({"--retry-after", "0"});
    dial("dps.test");
  }
  void dial(const std::string& server_name) {
    OverTls::dial(server_name);
    client.emplace(context.get_executor(), *http, IdScope::parse(standin::test_scope).value());
  }
  Result<ServiceAnswer> put(RegistrationRequest request = {}) {
    return run(client->register_device(id, std::move(request), standin::group_token(id.text())));
  }
  Result<ServiceAnswer> get(const OperationId& operation) {
    return run(client->operation_status(id, operation, standin::group_token(id.text())));
  }
};

TEST_F(DpsDeviceClientOverTls, registers_a_leaf_to_the_end_on_one_connection) {
  RegistrationRequest request;
  request.payload = R"({"model":"x"})";
  const auto accepted = put(request);
  ASSERT_TRUE(accepted.has_value()) << accepted.error().detail;
  EXPECT_EQ(accepted->http_status, 202);
  auto ended = get(*accepted->operation);
  ASSERT_TRUE(ended.has_value()) << ended.error().detail;
  EXPECT_EQ(ended->http_status, 200);
  EXPECT_EQ(ended->status, RegistrationStatus::assigned);
  EXPECT_EQ(ended->registration_id, "m-1");
  EXPECT_FALSE(ended->assigned_hub.empty());
  EXPECT_EQ(http->idle_connections(), 1U);
}

TEST_F(DpsDeviceClientOverTls, hears_refusals_with_their_code) {
  auto got =
      run(client->register_device(id, {}, standin::key_token(id.text(), standin::test_individual_key)));
  ASSERT_TRUE(got.has_value()) << got.error().detail;
  EXPECT_EQ(got->http_status, 401);
  EXPECT_NE(got->error_code, 0);
  rule(R"({"op":"register"})", R"({"status":429,"retry_after":7})");
  got = put();
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(got->http_status, 429);
  EXPECT_EQ(got->retry_after, Seconds(7));
}

TEST_F(DpsDeviceClientOverTls, tells_a_spoilt_answer_from_a_lost_one) {
  struct Row {
    const char* action;
    Errc error;
  };
  for (const Row& row :
       {Row{R"({"garbage":true})", Errc::implausible}, Row{R"({"implausible":"html"})", Errc::implausible},
        Row{R"({"implausible":"redirect"})", Errc::implausible},
        Row{R"({"implausible":"huge_body"})", Errc::implausible},
        Row{R"({"implausible":"deep_json"})", Errc::implausible},
        Row{R"({"implausible":"operation_id"})", Errc::implausible},
        Row{R"({"reset_in_answer":true})", Errc::unreachable}}) {
    rule(R"({"op":"register"})", row.action);
    const auto got = put();
    ASSERT_FALSE(got.has_value()) << row.action;
    EXPECT_EQ(got.error().code, row.error) << row.action << ": " << got.error().detail;
    EXPECT_EQ(process.control("DELETE", "/faults").status / 100, 2);
  }
  EXPECT_TRUE(put().has_value()) << "and goes on as if nothing had been";
}

TEST_F(DpsDeviceClientOverTls, asks_again_when_the_service_was_restarted_meanwhile) {
  ASSERT_TRUE(put().has_value());
  rule(R"({"op":"register"})", R"({"refuse":true})");
  const auto got = put();  // the kept connection dies before an answer; the fresh one is served
  ASSERT_TRUE(got.has_value()) << got.error().detail;
  EXPECT_EQ(got->http_status, 202);
}

TEST_F(DpsDeviceClientOverTls, does_not_speak_to_a_server_of_another_name) {
  dial("other.test");
  const auto got = put();
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().code, Errc::untrusted);
  EXPECT_EQ(run(client->reach()).error().code, Errc::untrusted);
}

TEST_F(DpsDeviceClientOverTls, finds_the_service_there_or_not) {
  EXPECT_TRUE(run(client->reach()).has_value());
  process.stop();
  http->close_idle();
  EXPECT_EQ(run(client->reach()).error().code, Errc::unreachable);
}

}  // namespace
}  // namespace leafgate::service
