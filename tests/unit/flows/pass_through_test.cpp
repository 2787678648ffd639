// The way of an X.509 leaf that only the service can judge: it is sent there by its own connections.
#include "tests/unit/flows/certificate_site.hpp"

namespace leafgate::pass_through_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Maker = CertificateMaker;

constexpr const char* service_name = "global.azure-devices-provisioning.net";
constexpr const char* line = "192.0.2.7";
constexpr const char* other = "192.0.2.8";

class PassThroughTest : public CertificateSite {
 protected:
  PassThroughTest() {
    site_.policy.unknown = UnknownPolicy::relay;
    site_.policy.pass_names = {service_name};
    site_.restart();
  }

  Passes& passes() { return site_.running->passes; }
  const Tally& tally() { return site_.running->admission.tally(); }

  Attempt by_name(const TestCertificate& shown, const std::string& name = service_name) const {
    Attempt a = attempt({shown});
    a.server_name = name;
    return a;
  }
  Answer knock(const TestCertificate& shown, const std::string& name = service_name) {
    Attempt a = by_name(shown, name);
    a.knock = true;
    return site_.admit(std::move(a));
  }
  Answer ask(const TestCertificate& shown, std::string payload = {}) {
    Attempt a = by_name(shown);
    a.request.payload = std::move(payload);
    return site_.admit(std::move(a));
  }
  Answer poll(const TestCertificate& shown, const OperationId& operation) {
    Attempt a = by_name(shown);
    a.operation = operation;
    return site_.admit(std::move(a));
  }
  // By relay, with one token: nothing is enrolled for it.
  RegistrationStatus relayed(const std::string& id) {
    Attempt a = site_.attempt(id, site_.token(id));
    a.operation = site_.admit(a).operation;
    site_.simulator.run_for(seconds(10));
    return site_.admit(std::move(a)).registration_status;
  }
  unsigned taken(std::string_view address = line) {
    unsigned count = 0;
    while (passes().take(address, nullptr)) ++count;
    return count;
  }
  // The forwarder finds it out by a leaf of its own.
  void service_goes_away() {
    site_.service.up = false;
    site_.enroll("finder");
    Attempt a = site_.attempt("finder", site_.token("finder"));
    a.source.address = "192.0.2.99";
    (void)site_.admit(std::move(a));
    site_.simulator.run_for(seconds(5));
    ASSERT_FALSE(passes().service_is_up());
  }
  void service_comes_back() {
    site_.service.up = true;
    site_.simulator.run_for(minutes(2));
    ASSERT_TRUE(passes().service_is_up());
  }
  std::vector<AttemptNote> notes() {
    const auto record = site_.running->ledger.peek("pump-07");
    return record ? record->notes : std::vector<AttemptNote>();
  }
};

void expect_elsewhere(const Answer& answer) {
  EXPECT_TRUE(answer.elsewhere);
  EXPECT_EQ(answer.reason, Reason::sent_through);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.error_code, 503000);
  EXPECT_EQ(answer.retry_after, Seconds(3));
}

void expect_let_in(const Answer& answer) {
  EXPECT_FALSE(answer.elsewhere);
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.proven);
}

TEST_F(PassThroughTest, a_certificate_nobody_enrolled_knocks_and_its_next_eight_connections_go_through) {
  expect_elsewhere(knock(leaf_));
  EXPECT_EQ(passes().take(line, nullptr), "pump-07");
  EXPECT_EQ(taken(), 7U);
  EXPECT_EQ(tally().sent_through, 1U);
  const auto told = site_.running->doors.of_claimed_id(RegistrationId::parse("pump-07").value());
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].reason, Reason::sent_through);
  EXPECT_EQ(told[0].step, "connect");
  EXPECT_NE(told[0].detail.find("no CA enrolled here"), std::string::npos) << told[0].detail;
  EXPECT_TRUE(site_.registrations.rows.empty());
}

TEST_F(PassThroughTest, a_new_leaf_of_an_enrolled_ca_goes_through_too_whatever_becomes_of_unknown_ones) {
  site_.policy.unknown = UnknownPolicy::refuse;
  site_.restart();
  expect_let_in(knock(leaf_));
  EXPECT_EQ(ask(leaf_).status, 401);
  enroll(EnrollmentKind::group, "line-a", ca_);
  expect_elsewhere(knock(leaf_));
  ASSERT_FALSE(notes().empty());
  EXPECT_EQ(notes().back().reason, Reason::sent_through);
  EXPECT_EQ(notes().back().detail, "its assignment is not known here");
}

TEST_F(PassThroughTest, the_passes_of_one_source_are_no_others) {
  expect_elsewhere(knock(leaf_));
  EXPECT_EQ(taken(other), 0U);
  EXPECT_EQ(taken(line), Passes::connections);
}

TEST_F(PassThroughTest, the_passes_are_over_after_two_minutes) {
  expect_elsewhere(knock(leaf_));
  site_.simulator.run_for(minutes(2));
  EXPECT_EQ(taken(), 0U);
}

TEST_F(PassThroughTest, only_under_a_name_of_the_service) {
  for (const char* name : {"", "gw.site"}) {
    expect_let_in(knock(leaf_, name));
    Attempt a = by_name(leaf_, name);
    EXPECT_EQ(site_.admit(a).reason, Reason::certificate_not_passed);
  }
  EXPECT_EQ(taken(), 0U);
}

TEST_F(PassThroughTest, where_a_symmetric_key_was_verified_the_certificate_waits) {
  site_.enroll("leaf-1");
  EXPECT_EQ(site_.register_leaf("leaf-1").status, 202);
  expect_let_in(knock(leaf_));
  const Answer told = ask(leaf_);
  EXPECT_EQ(told.status, 202);
  EXPECT_EQ(told.reason, Reason::certificate_behind_shared_address);
  EXPECT_EQ(poll(leaf_, *told.operation).reason, Reason::certificate_behind_shared_address);
  EXPECT_EQ(taken(), 0U);
  site_.simulator.run_for(hours(24));
  expect_elsewhere(poll(leaf_, *told.operation));
}

TEST_F(PassThroughTest, a_symmetric_key_the_service_vouches_for_shares_its_address_as_well) {
  expect_elsewhere(knock(leaf_));
  EXPECT_EQ(relayed("nobody-here"), RegistrationStatus::assigned);
  EXPECT_EQ(taken(), 0U);
  EXPECT_EQ(ask(leaf_).reason, Reason::certificate_behind_shared_address);
}

TEST_F(PassThroughTest, a_symmetric_key_is_served_as_ever) {
  site_.enroll("leaf-1");
  Attempt first = site_.attempt("leaf-1", site_.token("leaf-1"));
  first.server_name = service_name;
  const Answer answer = site_.admit(first);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.reason, Reason::forwarded_new);
  first.knock = true;
  expect_let_in(site_.admit(first));
}

TEST_F(PassThroughTest, without_the_service_the_leaf_is_told_to_wait_and_sent_when_it_is_back) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_goes_away();
  expect_let_in(knock(leaf_));
  const Answer waits = ask(leaf_);
  EXPECT_EQ(waits.status, 202);
  EXPECT_EQ(waits.reason, Reason::needs_the_leaf);
  EXPECT_EQ(poll(leaf_, *waits.operation).status, 202);
  EXPECT_EQ(taken(), 0U);
  service_comes_back();
  expect_elsewhere(poll(leaf_, *waits.operation));
  EXPECT_EQ(taken(), Passes::connections);
}

TEST_F(PassThroughTest, without_the_service_a_known_leaf_is_answered_here) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  service_goes_away();
  Attempt direct = by_name(leaf_);
  direct.direct = true;
  EXPECT_EQ(site_.admit(direct).status, 200);
}

TEST_F(PassThroughTest, a_known_leaf_is_served_from_cache_and_not_sent) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  expect_let_in(knock(leaf_));
  EXPECT_TRUE(notes().empty()) << "a knock that is let in leaves nothing behind";
  const Answer told = ask(leaf_);
  EXPECT_EQ(told.reason, Reason::answered_from_cache);
  EXPECT_EQ(poll(leaf_, *told.operation).status, 200);
  EXPECT_EQ(taken(), 0U);
  EXPECT_EQ(tally().sent_through, 0U);
}

TEST_F(PassThroughTest, another_payload_sends_a_known_leaf_at_its_request) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  auto& assignment = *site_.registrations.records.at("pump-07").registration.assignment;
  assignment.enrollment_id = "group line-a";
  assignment.enrollment_etag = "1";
  assignment.credential = as_certificate(leaf_).sha256();
  RegistrationRequest request;
  request.payload = "{\"model\":7}";
  assignment.request_digest = digest_of(request);
  expect_let_in(knock(leaf_));
  const Answer same = ask(leaf_, request.payload);
  EXPECT_EQ(same.reason, Reason::answered_from_cache);
  EXPECT_EQ(poll(leaf_, *same.operation).status, 200) << "a poll brings no payload: that is no change";
  expect_elsewhere(ask(leaf_, "{\"model\":8}"));
  EXPECT_EQ(notes().back().detail, "payload, request or enrollment changed since its assignment");
}

TEST_F(PassThroughTest, a_third_knock_goes_to_the_service_once_an_hour) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  for (int n = 0; n < 2; ++n) {
    expect_let_in(knock(leaf_));
    EXPECT_EQ(ask(leaf_).reason, Reason::answered_from_cache);
    site_.simulator.run_for(minutes(2));
  }
  expect_elsewhere(knock(leaf_));
  EXPECT_NE(notes().back().detail.find("keeps coming back"), std::string::npos);
  site_.simulator.run_for(minutes(3));
  for (int n = 0; n < 3; ++n) expect_let_in(knock(leaf_));
  EXPECT_EQ(ask(leaf_).reason, Reason::answered_from_cache) << "its hourly turn is used";
}

TEST_F(PassThroughTest, beyond_trust_the_service_must_confirm) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  site_.simulator.run_for(hours(24 * 31));
  expect_elsewhere(knock(leaf_));
  EXPECT_NE(notes().back().detail.find("offline.max_age"), std::string::npos);
}

TEST_F(PassThroughTest, a_false_or_disabled_leaf_is_not_sent) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  const auto expired = Maker("pump-07").by(ca_).days(-9, -2).make();
  const auto another = Maker("pump-08").by(ca_).make();
  for (const auto& shown : {expired, another}) {
    expect_let_in(knock(shown));
    EXPECT_EQ(ask(shown).status, 401);
  }
  enroll(EnrollmentKind::group, "line-a", ca_, false);
  expect_let_in(knock(leaf_));
  EXPECT_EQ(ask(leaf_).reason, Reason::enrollment_disabled);
  EXPECT_EQ(taken(), 0U);
}

TEST_F(PassThroughTest, a_knock_takes_nothing_from_anybody) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  for (int n = 0; n < 20; ++n) expect_let_in(knock(leaf_));
  EXPECT_TRUE(tally().attempts_by.empty());
  EXPECT_EQ(ask(leaf_).reason, Reason::answered_from_cache) << "no turn of its pace is used";
  Attempt astray(IdScope::parse("0ne00FFFFFF").value(), RegistrationId::parse("pump-07").value());
  astray.evidence = by_name(leaf_).evidence;
  astray.server_name = service_name;
  astray.knock = true;
  expect_let_in(site_.admit(astray));
  astray.knock = false;
  EXPECT_EQ(site_.admit(astray).reason, Reason::wrong_scope);
}

TEST_F(PassThroughTest, a_store_that_fails_or_a_stop_lets_a_knock_in) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  site_.registrations.fail.fail_all(Error(Errc::store_fault, "disk"));
  expect_let_in(knock(leaf_));
  site_.registrations.fail.heal();
  site_.running->admission.stop();
  expect_let_in(knock(leaf_));
}

TEST_F(PassThroughTest, the_hubs_that_leaves_are_given_are_handed_out) {
  passes().set_hubs_matter(true);
  site_.enroll("leaf-1");
  site_.service.hubs = {{"leaf-1", "hub1.azure-devices.net"}, {"unknown", "Hub2.azure-devices.net"}};
  EXPECT_EQ(site_.provision("leaf-1").status, 200);
  EXPECT_TRUE(passes().handed_out("hub1.azure-devices.net"));
  EXPECT_EQ(relayed("unknown"), RegistrationStatus::assigned);
  EXPECT_TRUE(passes().handed_out("hub2.azure-devices.net"));
  EXPECT_FALSE(passes().handed_out("hub3.azure-devices.net"));
}

}  // namespace
}  // namespace leafgate::pass_through_test
