#include <gmock/gmock.h>

#include "adapters/status/reply.hpp"
#include "tests/fakes/fake_tpm_operator.hpp"
#include "tests/unit/status/routes_fixture.hpp"

namespace leafgate::status::tpm_routes_test {
namespace {

using Json = nlohmann::json;
using net::HttpRequest;
using net::HttpResponse;

struct TpmRoutesTest : RoutesTest {
  FakeTpmOperator tpm;
  Routes with_tpm{{desk, metrics, sim.executor(), nullptr, {}, &tpm}, gid_t{700}};

  HttpResponse ask(HttpRequest asked) { return sim.run(with_tpm.handle(std::move(asked))); }
  Json told(const std::string& target) {
    const HttpResponse got = ask(request("GET", target));
    EXPECT_EQ(got.status, 200) << got.body;
    return Json::parse(got.body);
  }
};

TEST_F(TpmRoutesTest, tells_how_the_tpm_stands) {
  tpm.report.mode = "auto";
  tpm.report.tcti = "device:/dev/tpmrm0";
  tpm.report.tpm.state = TpmState::locked;
  tpm.report.tpm.detail = "too many failures";
  tpm.report.tpm.lockout_counter = 3;
  tpm.report.tpm.lockout_limit = 32;
  tpm.report.tpm.lockout_recovery = Seconds(600);
  tpm.report.protection = Protection::tpm;
  tpm.report.doubt = Reason::store_foreign;
  tpm.report.checkpoints = 7;
  tpm.report.unsigned_checkpoints = 2;
  const Json json = told("/v1/tpm");
  EXPECT_EQ(json["tpm"]["state"], "locked");
  EXPECT_EQ(json["tpm"]["detail"], "too many failures");
  EXPECT_EQ(json["tpm"]["lockout"]["counter"], 3);
  EXPECT_EQ(json["tpm"]["lockout"]["recoverySeconds"], 600);
  EXPECT_EQ(json["secrets"]["protection"], "tpm");
  EXPECT_EQ(json["secrets"]["open"], false);
  EXPECT_EQ(json["doubt"]["code"], "store-foreign");
  EXPECT_EQ(json["checkpoints"]["unsigned"], 2);
  EXPECT_FALSE(json.contains("anchor"));
}

TEST_F(TpmRoutesTest, gives_the_identity_as_an_enrollment_of_the_service) {
  tpm.identity.registration_id = "abc234";
  tpm.identity.endorsement_key = "AToAAQ==";
  tpm.identity.own.state = OwnRegistrationState::waiting;
  tpm.identity.own.detail = "the service cannot be reached";
  const Json json = told("/v1/tpm/identity");
  EXPECT_EQ(json["registrationId"], "abc234");
  EXPECT_EQ(json["enrollment"]["attestation"]["type"], "tpm");
  EXPECT_EQ(json["enrollment"]["attestation"]["tpm"]["endorsementKey"], "AToAAQ==");
  EXPECT_EQ(json["registration"]["state"], "waiting");
  tpm.fail.fail_all(Error(Errc::throttled, "the TPM is not ready"));
  EXPECT_EQ(ask(request("GET", "/v1/tpm/identity")).status, 503);
}

TEST_F(TpmRoutesTest, sets_up_and_accepts_for_those_who_may_change_things) {
  HttpRequest setup = request("POST", "/v1/tpm/setup");
  setup.body = "-----BEGIN PUBLIC KEY-----";
  setup.headers.add("X-Because", "new board");
  EXPECT_EQ(ask(setup).status, 200);
  EXPECT_EQ(tpm.wish.recovery_key, setup.body);
  EXPECT_EQ(tpm.who.because, "new board");
  EXPECT_EQ(ask(request("POST", "/v1/tpm/accept")).status, 200);
  EXPECT_EQ(tpm.changes, (std::vector<std::string>{"setup", "accept"}));

  setup.headers.add("Origin", "http://localhost");
  EXPECT_EQ(ask(setup).status, 403);
  setup = request("POST", "/v1/tpm/setup");
  setup.body.assign(16 * 1024 + 1, 'x');
  EXPECT_EQ(ask(setup).status, 413);
  tpm.fail.fail_all(Error(Errc::conflict, "nothing is in doubt"));
  EXPECT_EQ(ask(request("POST", "/v1/tpm/accept")).status, 409);
  EXPECT_EQ(tpm.changes.size(), 2U);
}

TEST_F(TpmRoutesTest, a_daemon_without_the_part_says_so) {
  EXPECT_EQ(get("/v1/tpm").status, 404);
  EXPECT_EQ(answer(request("POST", "/v1/tpm/setup")).status, 404);
}

}  // namespace
}  // namespace leafgate::status::tpm_routes_test
