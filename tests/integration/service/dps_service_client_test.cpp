#include "adapters/service/dps_service_client.hpp"

#include "tests/fakes/fake_clock.hpp"
#include "tests/integration/service/over_tls.hpp"

namespace leafgate::service {
namespace {

constexpr const char* policy = "reader";
constexpr const char* policy_key = "cG9saWN5LWtleQ==";

// The stand-in judges tokens by the time of this machine.
struct MachineClock : FakeClock {
  MachineClock() { start = std::chrono::floor<Millis>(std::chrono::system_clock::now()); }
};

struct DpsServiceClientOverTls : OverTls {
  MachineClock clock;
  std::optional<DpsServiceClient> client;

  void SetUp() override {
    process.start({"--retry-after", "0", "--service-policy", policy, "--service-key", policy_key});
    read_with(policy_key);
  }
  void read_with(const std::string& key) {
    dial("dps.test");
    auto access = parse_connection_string("HostName=dps.test:" + std::to_string(process.port()) +
                                          ";SharedAccessKeyName=" + policy + ";SharedAccessKey=" + key);
    ASSERT_TRUE(access.has_value()) << access.error().detail;
    DpsServiceClient::Aside aside{context.get_executor(), context.get_executor()};
    client.emplace(context.get_executor(), std::move(aside), *http, std::move(*access), clock);
  }
  Result<RegistrationState> ask(const std::string& id) {
    return run(client->registration_state(RegistrationId::parse(id).value()));
  }
  // As a device does, to the end of its operation.
  void register_device(const std::string& id, const std::string& token) {
    standin::HttpsClient device(process.port(), true);
    const auto accepted = device.send("PUT", standin::register_target(id), token, "{}").json();
    const std::string poll = standin::poll_target(id, accepted.value("operationId", "none"));
    ASSERT_EQ(device.send("GET", poll, token, "").status, 200);
  }
};

TEST_F(DpsServiceClientOverTls, learns_where_a_device_was_assigned) {
  EXPECT_EQ(ask("m-1")->http_status, 404);
  const WallTime before = clock.now().at;
  register_device("m-1", standin::group_token("m-1"));
  const auto state = ask("M-1");
  ASSERT_TRUE(state.has_value()) << state.error().detail;
  EXPECT_EQ(state->status, RegistrationStatus::assigned);
  EXPECT_EQ(state->registration_id, "m-1");
  EXPECT_EQ(state->device_id, "m-1");
  EXPECT_FALSE(state->assigned_hub.empty());
  EXPECT_FALSE(state->etag.empty());
  EXPECT_GE(*state->last_updated, std::chrono::floor<Seconds>(before));
}

TEST_F(DpsServiceClientOverTls, learns_that_a_device_was_not_let_in) {
  register_device("blocked", standin::key_token("blocked", standin::test_individual_key));
  EXPECT_EQ(ask("blocked")->status, RegistrationStatus::disabled);
  rule(R"({"op":"register"})", R"({"failed":{"errorCode":400208,"errorMessage":"no hub"}})");
  register_device("m-2", standin::group_token("m-2"));
  const auto failed = ask("m-2");
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(failed->status, RegistrationStatus::failed);
  EXPECT_EQ(failed->error_code, 400208);
  EXPECT_EQ(failed->message, "no hub");
}

TEST_F(DpsServiceClientOverTls, hears_of_a_wrong_key_and_of_too_many_questions) {
  rule(R"({"op":"service"})", R"({"status":429,"retry_after":17})");
  const auto throttled = ask("m-1");
  ASSERT_TRUE(throttled.has_value());
  EXPECT_EQ(throttled->http_status, 429);
  EXPECT_EQ(throttled->retry_after, Seconds(17));
  read_with(standin::test_individual_key);
  EXPECT_EQ(ask("m-1")->http_status, 401);
}

TEST_F(DpsServiceClientOverTls, tells_a_spoilt_answer_from_a_lost_one) {
  register_device("m-1", standin::group_token("m-1"));
  struct Row {
    const char* action;
    Errc error;
  };
  for (const Row& row :
       {Row{R"({"garbage":true})", Errc::implausible}, Row{R"({"implausible":"html"})", Errc::implausible},
        Row{R"({"implausible":"redirect"})", Errc::implausible},
        Row{R"({"implausible":"huge_body"})", Errc::implausible},
        Row{R"({"implausible":"deep_json"})", Errc::implausible},
        Row{R"({"reset_in_answer":true})", Errc::unreachable}}) {
    rule(R"({"op":"service"})", row.action);
    const auto got = ask("m-1");
    ASSERT_FALSE(got.has_value()) << row.action;
    EXPECT_EQ(got.error().code, row.error) << row.action << ": " << got.error().detail;
  }
  EXPECT_TRUE(ask("m-1").has_value()) << "and goes on as if nothing had been";
}

}  // namespace
}  // namespace leafgate::service
