// The gateway as a device of the service, by its TPM.
#include "gateway/flows/own_registration.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/ports/sealed_rows.hpp"
#include "tests/fakes/fake_own_identity.hpp"
#include "tests/fakes/fake_tpm.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate::own_registration_test {
namespace {

using State = OwnRegistrationState;
using std::chrono::minutes;
using std::chrono::seconds;

// The service's side of a registration by TPM: the challenge carries "round key", the assignment "hub key".
class TpmService : public ProvisioningService {
 public:
  FailSwitch fail;
  std::string enrolled;  // base64 of the endorsement key
  int polls_until_done = 1;
  int challenges = 0;
  int assignments = 0;

  Task<Result<ServiceAnswer>> register_device(RegistrationId id, RegistrationRequest request,
                                              std::string token) override {
    co_await sleep_for(Millis(20));
    if (auto error = fail.next()) co_return *error;
    ServiceAnswer answer;
    if (token.empty()) {
      ++challenges;
      answer.http_status = 401;
      answer.authentication_key = crypto::base64::encode(as_bytes("round key"));
      co_return answer;
    }
    if (request.tpm.endorsement_key != enrolled || !is_signed(id, token)) {
      answer.http_status = 401;
      answer.error_code = 401002;
      answer.message = "Unauthorized";
      co_return answer;
    }
    polls_left_ = polls_until_done;
    co_return told(id);
  }
  Task<Result<void>> reach() override { co_return Result<void>(); }
  Task<Result<ServiceAnswer>> operation_status(RegistrationId id, OperationId, std::string) override {
    co_await sleep_for(Millis(20));
    if (auto error = fail.next()) co_return *error;
    --polls_left_;
    co_return told(id);
  }

 private:
  ServiceAnswer told(const RegistrationId& id) {
    ServiceAnswer answer;
    answer.http_status = polls_left_ > 0 ? 202 : 200;
    answer.operation = OperationId::parse("4.0000000000000001.own").value();
    answer.status = polls_left_ > 0 ? RegistrationStatus::assigning : RegistrationStatus::assigned;
    answer.registration_id = id.text();
    if (polls_left_ > 0) return answer;
    ++assignments;
    answer.assigned_hub = "hub1.azure-devices.net";
    answer.device_id = id.text();
    answer.state = R"({"registrationId":")" + id.text() + R"(","status":"assigned"})";
    answer.authentication_key = crypto::base64::encode(as_bytes("hub key"));
    return answer;
  }
  static bool is_signed(const RegistrationId& id, const std::string& text) {
    const auto token = parse_sas_token(text);
    if (!token) return false;
    const auto mac =
        crypto::hmac_sha256(as_bytes(std::string_view("round key")), as_bytes(token->signed_text));
    const bool same = std::equal(mac.begin(), mac.end(), token->signature.begin(), token->signature.end());
    return same && token->resource == std::string(Site::scope) + "/registrations/" + id.text();
  }
  int polls_left_ = 0;
};

struct OwnRegistrationTest : testing::Test {
  Site site;
  FakeTpm tpm;
  TpmService service;
  FakeOwnIdentity store;
  OwnRegistration::Options options;
  std::unique_ptr<OwnRegistration> own;

  OwnRegistrationTest() {
    options.wanted = true;
    service.enrolled = crypto::base64::encode(as_bytes(std::string_view("endorsement key of tpm-1")));
  }
  ~OwnRegistrationTest() override { stop(); }

  void start() {
    own =
        std::make_unique<OwnRegistration>(site.simulator.executor(),
                                          OwnRegistration::Ports{tpm, service, site.running->forwarder,
                                                                 site.trust, store, site.clock, site.random},
                                          IdScope::parse(Site::scope).value(), options);
    site.simulator.spawn(own->run());
  }
  void stop() {
    if (!own) return;
    own->stop();
    site.simulator.run_for(Millis(100));
    own.reset();
  }
};

TEST_F(OwnRegistrationTest, does_nothing_unless_it_is_wanted) {
  options.wanted = false;
  start();
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(own->report().state, State::off);
  EXPECT_EQ(tpm.commands, 0);
  EXPECT_EQ(service.challenges, 0);
}

TEST_F(OwnRegistrationTest, registers_by_the_name_of_its_key_and_keeps_what_its_hub_gave) {
  start();
  site.simulator.run_for(minutes(1));
  ASSERT_EQ(own->report().state, State::assigned) << own->report().detail;
  EXPECT_EQ(own->report().assigned_hub, "hub1.azure-devices.net");
  ASSERT_TRUE(store.held);
  EXPECT_EQ(store.held->registration_id.size(), 52U);
  // The key is an object of the TPM, and it signs as the service's would.
  auto key = site.trust.unseal_tpm_key(store.held->hub_key, sealed_rows::own_hub_key());
  ASSERT_TRUE(key);
  const auto mac = site.simulator.run(tpm.hmac(std::move(*key), "to sign"));
  EXPECT_EQ(as_text(mac.value().view()), as_text(crypto::hmac_sha256(as_bytes(std::string_view("hub key")),
                                                                     as_bytes(std::string_view("to sign")))));
}

// Each registration rolls the hub key.
TEST_F(OwnRegistrationTest, does_not_register_again_while_the_record_stands_for_this_tpm) {
  start();
  site.simulator.run_for(minutes(1));
  stop();
  start();
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(own->report().state, State::assigned);
  EXPECT_EQ(own->report().device_id, store.held->device_id);
  EXPECT_EQ(service.assignments, 1);
  stop();
  options.registration_id = "gw12";
  start();
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(store.held->registration_id, "gw12");
  EXPECT_EQ(service.assignments, 2);
}

TEST_F(OwnRegistrationTest, keeps_away_from_a_tpm_that_another_client_uses) {
  tpm.other_client = true;
  start();
  site.simulator.run_for(minutes(30));
  EXPECT_EQ(own->report().state, State::refused);
  EXPECT_EQ(service.challenges, 0);
}

TEST_F(OwnRegistrationTest, says_so_where_it_is_not_enrolled_and_asks_no_more) {
  service.enrolled = "another";
  start();
  site.simulator.run_for(std::chrono::hours(2));
  EXPECT_EQ(own->report().state, State::refused);
  EXPECT_NE(own->report().detail.find("tpm identity"), std::string::npos);
  EXPECT_EQ(service.challenges, 1);
}

TEST_F(OwnRegistrationTest, waits_for_a_clock_it_can_sign_by_and_for_the_key_that_seals) {
  site.clock.quality = ClockQuality::unsynced;
  start();
  site.simulator.run_for(minutes(1));
  EXPECT_EQ(own->report().state, State::waiting);
  EXPECT_EQ(service.challenges, 0);
  site.clock.quality = ClockQuality::synced;
  site.simulator.run_for(minutes(20));
  EXPECT_EQ(own->report().state, State::assigned);
}

// Whatever fails once, it ends well by itself.
TEST_F(OwnRegistrationTest, survives_each_of_its_steps_failing) {
  for (int n = 1; n <= 4; ++n) {
    FakeTpm failing;
    failing.fail.fail_call(n, Error(Errc::throttled, "lost"));
    FakeOwnIdentity empty;
    OwnRegistration flow(
        site.simulator.executor(),
        {failing, service, site.running->forwarder, site.trust, empty, site.clock, site.random},
        IdScope::parse(Site::scope).value(), options);
    site.simulator.spawn(flow.run());
    site.simulator.run_for(std::chrono::hours(1));
    EXPECT_EQ(flow.report().state, State::assigned)
        << "call " << n << " of the TPM: " << flow.report().detail;
    flow.stop();
    site.simulator.run_for(Millis(100));
  }
  for (int n = 1; n <= 3; ++n) {
    service.fail.fail_call(n, Error(Errc::unreachable, "no way"));
    FakeOwnIdentity empty;
    OwnRegistration flow(site.simulator.executor(),
                         {tpm, service, site.running->forwarder, site.trust, empty, site.clock, site.random},
                         IdScope::parse(Site::scope).value(), options);
    site.simulator.spawn(flow.run());
    site.simulator.run_for(std::chrono::hours(1));
    EXPECT_EQ(flow.report().state, State::assigned) << "call " << n << " of the service";
    flow.stop();
    site.simulator.run_for(Millis(100));
  }
  store.fail.fail_call(2, Error(Errc::store_full, "no room"));
  start();
  site.simulator.run_for(std::chrono::hours(1));
  EXPECT_EQ(own->report().state, State::assigned);
  EXPECT_TRUE(store.held);
}

}  // namespace
}  // namespace leafgate::own_registration_test
