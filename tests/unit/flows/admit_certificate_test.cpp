// The way of an X.509 leaf through the real flows, in virtual time.
#include <gtest/gtest.h>

#include "gateway/flows/proof_end.hpp"
#include "tests/fakes/fake_confirmations.hpp"
#include "tests/unit/flows/certificate_site.hpp"
#include "tests/unit/flows/foretold.hpp"

namespace leafgate::admit_certificate_test {
namespace {

using Maker = CertificateMaker;

class AdmitCertificate : public CertificateSite {};

TEST_F(AdmitCertificate, a_known_leaf_of_a_group_is_answered_while_the_service_is_away) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  site_.service.up = false;
  Attempt direct = attempt({leaf_});
  direct.direct = true;
  const Answer answer = site_.admit(direct);
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.proven);
  EXPECT_NE(answer.state.find(hub), std::string::npos);
  EXPECT_EQ(site_.service.registered["pump-07"], 0);
}

TEST_F(AdmitCertificate, a_new_leaf_waits_for_its_own_way_to_the_service_and_nothing_is_written) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  const auto writes = site_.registrations.writes;
  for (const bool up : {true, false}) {
    site_.service.up = up;
    const Answer answer = show({leaf_});
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.reason, Reason::certificate_not_passed);
    EXPECT_TRUE(answer.proven);
    Attempt poll = attempt({leaf_});
    poll.operation = answer.operation;
    EXPECT_EQ(site_.admit(poll).reason, Reason::certificate_not_passed);
  }
  EXPECT_EQ(site_.registrations.writes, writes);
  EXPECT_TRUE(site_.registrations.rows.empty());
}

TEST_F(AdmitCertificate, a_leaf_nobody_enrolled_is_refused_as_the_service_would) {
  const Answer answer = show({leaf_, ca_});
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.error_code, 401002);
  EXPECT_EQ(answer.reason, Reason::leaf_certificate_chain_unknown);
}

TEST_F(AdmitCertificate, what_the_service_taught_is_not_given_to_a_self_signed_certificate_of_that_name) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  site_.service.up = false;
  const Answer answer = show({Maker("pump-07").make()});
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.error_code, 401002);
}

TEST_F(AdmitCertificate, what_was_earned_out_of_sight_answers_any_request_of_a_good_certificate) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  site_.service.up = false;
  Attempt asks = attempt({leaf_});
  asks.direct = true;
  asks.request.payload = R"({"model":7})";
  EXPECT_EQ(site_.admit(asks).reason, Reason::answered_from_cache);
}

TEST_F(AdmitCertificate, who_asks_for_a_certificate_is_not_given_what_is_known_not_even_by_a_poll) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  site_.service.up = false;
  Attempt asks = attempt({leaf_});
  asks.request.csr = "MIIBVjCB";
  const Answer answer = site_.admit(asks);
  EXPECT_EQ(answer.reason, Reason::certificate_not_passed);
  Attempt poll = attempt({leaf_});
  poll.operation = answer.operation;
  EXPECT_EQ(site_.admit(poll).reason, Reason::certificate_not_passed);
  EXPECT_EQ(site_.admit(attempt({leaf_})).reason, Reason::answered_from_cache) << "without that it is";
}

TEST_F(AdmitCertificate,
       the_enrollment_that_took_its_certificate_is_known_from_then_on_and_nothing_is_written) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  const auto writes = site_.registrations.writes;
  ASSERT_EQ(site_.admit(attempt({leaf_})).reason, Reason::answered_from_cache);
  const auto record = site_.running->ledger.peek("pump-07");
  EXPECT_EQ(record->registration.assignment->enrollment_id, "group line-a");
  EXPECT_EQ(site_.registrations.writes, writes);
  EXPECT_EQ(site_.admit(attempt({leaf_})).reason, Reason::answered_from_cache);
}

TEST_F(AdmitCertificate, when_its_certificate_ends_is_known_from_its_answer_and_stored_with_something_else) {
  const WallTime own = as_certificate(leaf_).not_after();
  const WallTime above = as_certificate(ca_).not_after();
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  const auto writes = site_.registrations.writes;
  ASSERT_EQ(show({leaf_}).reason, Reason::answered_from_cache);
  EXPECT_EQ(site_.registrations.writes, writes);
  EXPECT_FALSE(site_.registrations.records.at("pump-07").registration.assignment->ends);
  EXPECT_EQ(site_.running->ledger.peek("pump-07")->registration.assignment->ends, (ProofEnds{own, above}));

  const auto renewed = Maker("pump-07").by(ca_).days(-1, 400).make();
  ASSERT_EQ(show({renewed}).reason, Reason::answered_from_cache);
  FakeConfirmations store{site_.registrations};
  store.fail.fail_call(1, Error(Errc::store_full, "no room"));
  site_.simulator.run(keep_noted_ends(site_.running->ledger, store));
  EXPECT_FALSE(site_.registrations.records.at("pump-07").registration.assignment->ends);
  site_.simulator.run(keep_noted_ends(site_.running->ledger, store));
  const ProofEnds kept{as_certificate(renewed).not_after(), above};
  EXPECT_EQ(site_.registrations.records.at("pump-07").registration.assignment->ends, kept);
  ASSERT_EQ(show({renewed}).reason, Reason::answered_from_cache);
  site_.simulator.run(keep_noted_ends(site_.running->ledger, store));
  EXPECT_EQ(store.calls, 2) << "what was refused is stored, and what is known not again";
}

TEST_F(AdmitCertificate, which_group_took_a_learnt_leaf_is_known_after_a_restart) {
  enroll(EnrollmentKind::group, "line-a", ca_);  // takes any id: nothing but an answer tells who is its
  service_has_assigned("pump-07");
  EXPECT_EQ(code(foretold(site_, "pump-07").reason), code(Reason::unknown_enrollment));
  ASSERT_EQ(show({leaf_}).reason, Reason::answered_from_cache);
  EXPECT_TRUE(is_answered(foretold(site_, "pump-07")));
  FakeConfirmations store{site_.registrations};
  site_.simulator.run(keep_noted_ends(site_.running->ledger, store));
  site_.restart();
  EXPECT_TRUE(is_answered(foretold(site_, "pump-07")));
  EXPECT_EQ(show({leaf_}).reason, Reason::answered_from_cache);
  EXPECT_TRUE(site_.running->ledger.take_noted_ends(10).empty()) << "that is known";
}

TEST_F(AdmitCertificate, a_certificate_that_nobody_took_tells_of_a_leaf_that_was_never_seen) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  Enrollment& group = site_.enrollments.group_rows.at("line-a");
  group.match = {"pump-*"};
  site_.running->ledger.enrollments_changed();
  service_has_assigned("pump-07");
  EXPECT_TRUE(is_answered(foretold(site_, "pump-07")));
  const auto stranger = Maker("pump-07").by(Maker("Other CA").ca().make()).make();
  (void)show({stranger});
  EXPECT_EQ(code(foretold(site_, "pump-07").reason), code(Reason::leaf_certificate_chain_unknown));
  const auto after_the_groups_were_read_again = [this] {
    site_.running->ledger.enrollments_changed();
    EXPECT_TRUE(site_.simulator.run(site_.running->ledger.groups()));
    return foretold(site_, "pump-07");
  };
  EXPECT_FALSE(is_answered(after_the_groups_were_read_again())) << "nothing has changed";
  group.secondary_certificate = enrolled(line_);
  EXPECT_TRUE(is_answered(after_the_groups_were_read_again())) << "it may be that of another CA";
  (void)show({stranger});
  EXPECT_FALSE(is_answered(foretold(site_, "pump-07")));
  ASSERT_EQ(show({leaf_}).reason, Reason::answered_from_cache);
  EXPECT_TRUE(is_answered(foretold(site_, "pump-07")));
  (void)show({stranger});
  EXPECT_TRUE(is_answered(foretold(site_, "pump-07"))) << "who proves nothing says nothing of the leaf";
}

TEST_F(AdmitCertificate, what_is_refused_teaches_no_end) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  service_has_assigned("pump-07");
  (void)show({Maker("pump-07").by(ca_).days(-9, -2).make()});
  (void)show({Maker("pump-07").make()});
  (void)show({Maker("pump-08").by(ca_).make()});
  EXPECT_TRUE(site_.running->ledger.take_noted_ends(10).empty());
}

TEST_F(AdmitCertificate, an_enrollment_without_its_certificate_refuses_another_cn_all_the_same) {
  Enrollment e;
  e.id = "pump-07";
  e.mechanism = Mechanism::x509;
  site_.enrollments.put(std::move(e));
  site_.running->ledger.enrollments_changed();
  EXPECT_EQ(show({Maker("pump-08").make()}).reason, Reason::leaf_certificate_for_another_id);
  EXPECT_EQ(show({leaf_}).reason, Reason::enrollment_without_key);
}

TEST_F(AdmitCertificate, an_individual_enrollment_takes_its_own_certificate_alone) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  enroll(EnrollmentKind::individual, "pump-07", Maker("pump-07").make());
  EXPECT_EQ(show({leaf_}).reason, Reason::leaf_certificate_not_enrolled);
  enroll(EnrollmentKind::individual, "pump-07", leaf_);
  EXPECT_EQ(show({leaf_}).reason, Reason::certificate_not_passed);
}

TEST_F(AdmitCertificate, a_disabled_individual_enrollment_of_any_type_shadows_the_group) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  enroll(EnrollmentKind::individual, "pump-07", leaf_, false);
  EXPECT_EQ(show({leaf_}).reason, Reason::enrollment_disabled);
  site_.enroll("pump-07", "a symmetric key of it", {}, false);
  const Answer answer = show({leaf_});
  EXPECT_EQ(answer.reason, Reason::enrollment_disabled);
  Attempt poll = attempt({leaf_});
  poll.operation = answer.operation;
  EXPECT_EQ(site_.admit(poll).registration_status, RegistrationStatus::disabled);
  site_.enroll("pump-07", "a symmetric key of it");
  EXPECT_EQ(show({leaf_}).reason, Reason::mechanism_mismatch);
}

TEST_F(AdmitCertificate, a_disabled_group_shadows_an_enabled_one_above_it) {
  const auto leaf = Maker("pump-07").by(line_).make();
  enroll(EnrollmentKind::group, "site", ca_);
  EXPECT_EQ(show({leaf, line_}).reason, Reason::certificate_not_passed);
  enroll(EnrollmentKind::group, "line", line_, false);
  EXPECT_EQ(show({leaf, line_}).reason, Reason::enrollment_disabled);
}

TEST_F(AdmitCertificate, a_token_proves_nothing_for_an_x509_enrollment) {
  enroll(EnrollmentKind::individual, "pump-07", leaf_);
  EXPECT_EQ(site_.register_leaf("pump-07").reason, Reason::mechanism_mismatch);
}

TEST_F(AdmitCertificate, an_expired_certificate_is_refused_with_its_date) {
  enroll(EnrollmentKind::group, "line-a", ca_);
  EXPECT_EQ(show({Maker("pump-07").by(ca_).days(-9, -2).make()}).reason, Reason::leaf_certificate_expired);
  auto record = site_.running->ledger.peek("pump-07");
  ASSERT_TRUE(record);
  EXPECT_NE(record->notes.back().detail.find("certificate has expired"), std::string::npos);
}

}  // namespace
}  // namespace leafgate::admit_certificate_test
