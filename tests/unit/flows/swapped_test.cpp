// Leaves that prove themselves by something else than before, and leaves that are in two places (semantics
// §3).
#include "gateway/flows/swapped.hpp"

#include <gtest/gtest.h>

#include "tests/unit/flows/certificate_site.hpp"
#include "tests/unit/flows/deny_site.hpp"
#include "tests/unit/flows/foretold.hpp"
#include "tests/unit/flows/tpm_site.hpp"

namespace leafgate::swapped_test {
namespace {

struct Case {
  const char* name;
  EnrollmentKind kind = EnrollmentKind::individual;
  Mechanism mechanism = Mechanism::symmetric_key;
  EnrollmentOrigin origin = EnrollmentOrigin::carried;
  const char* earned_by = "old";
  const char* earned_under = "individual a";
  const char* etag = "1";
  const char* shows = "new";
  const char* under = "individual a";
  const char* etag_now = "1";
  bool secondary = false;
  bool swapped = false;
};

TEST(IsSwapped, table) {
  using K = EnrollmentKind;
  using M = Mechanism;
  using O = EnrollmentOrigin;
  const std::vector<Case> cases = {
      {.name = "the same key", .shows = "old"},
      {.name = "the same key under another enrollment", .shows = "old", .under = "group g"},
      {.name = "learnt out of sight", .earned_by = "", .under = "group g"},
      {.name = "the secondary key", .secondary = true},
      {.name = "the secondary key of a changed enrollment", .etag_now = "2", .secondary = true},
      {.name = "a key made anew", .etag_now = "2"},
      {.name = "another enrollment's key", .under = "group g", .swapped = true},
      {.name = "the service's own list says so", .origin = O::service, .under = "group g"},
      {.name = "renewed under the same CA",
       .kind = K::group,
       .mechanism = M::x509,
       .earned_under = "group g",
       .under = "group g"},
      {.name = "a CA was added",
       .kind = K::group,
       .mechanism = M::x509,
       .earned_under = "group g",
       .under = "group g",
       .etag_now = "2"},
      {.name = "under another CA",
       .kind = K::group,
       .mechanism = M::x509,
       .earned_under = "group g",
       .under = "group h",
       .swapped = true},
      {.name = "another certificate carried in", .mechanism = M::x509, .etag_now = "2", .swapped = true},
      {.name = "another certificate by sync", .mechanism = M::x509, .origin = O::service, .etag_now = "2"},
      {.name = "another TPM carried in", .mechanism = M::tpm, .etag_now = "2", .swapped = true},
      {.name = "another TPM than was learnt", .mechanism = M::tpm, .earned_under = "", .swapped = true},
      {.name = "a certificate for one that was learnt", .mechanism = M::x509, .earned_under = ""},
  };
  for (const Case& c : cases) {
    Assignment assignment;
    assignment.credential = c.earned_by;
    assignment.enrollment_id = c.earned_under;
    assignment.enrollment_etag = c.etag;
    Enrollment by;
    by.kind = c.kind;
    by.mechanism = c.mechanism;
    by.origin = c.origin;
    Judgement judgement;
    judgement.verdict.credential = c.shows;
    judgement.verdict.secondary = c.secondary;
    judgement.enrollment_id = c.under;
    judgement.enrollment_etag = c.etag_now;
    judgement.by_tpm = c.mechanism == M::tpm;
    EXPECT_EQ(is_swapped(assignment, judgement, &by), c.swapped) << c.name;
    EXPECT_FALSE(is_swapped(assignment, judgement, nullptr)) << c.name;
  }
}

struct SwapTest : CertificateSite {
  DenyDeskAt at{site_};
  const TestCertificate other_ca_ = CertificateMaker("Other CA").ca().make();
  const TestCertificate copy_ = CertificateMaker("pump-07").by(other_ca_).make();

  // Known by a certificate of the site's CA.
  SwapTest() {
    enroll(EnrollmentKind::group, "line", ca_);
    earn(leaf_, "group line");
  }
  void earn(const TestCertificate& by, const std::string& enrollment) {
    service_has_assigned("pump-07");
    Assignment& assignment = *site_.registrations.records.at("pump-07").registration.assignment;
    assignment.credential = enrolled(by).sha256;
    assignment.enrollment_id = enrollment;
    assignment.enrollment_etag = "1";
    site_.running->ledger.forget("pump-07");
  }
};

TEST_F(SwapTest, a_certificate_of_another_ca_is_held_until_it_is_approved) {
  EXPECT_EQ(show({leaf_}).reason, Reason::answered_from_cache);
  enroll(EnrollmentKind::group, "other", other_ca_);
  const Answer held = show({copy_, other_ca_});
  EXPECT_EQ(held.status, 202);
  EXPECT_EQ(held.reason, Reason::credential_swapped);
  Attempt poll = attempt({copy_, other_ca_});
  poll.operation = held.operation;
  EXPECT_EQ(site_.admit(poll).reason, Reason::credential_swapped);
  Attempt lookup = attempt({copy_, other_ca_});
  lookup.lookup = true;
  EXPECT_TRUE(site_.admit(std::move(lookup)).state.empty());
  EXPECT_EQ(show({leaf_}).reason, Reason::answered_from_cache) << "the true one is answered as ever";
  const auto list = at.held();
  ASSERT_EQ(list.size(), 1U) << "both have one source";
  ASSERT_EQ(show({copy_, other_ca_}).reason, Reason::credential_swapped);
  ASSERT_EQ(at.held().size(), 1U);
  EXPECT_EQ(at.held()[0].fingerprint, enrolled(copy_).sha256);
  EXPECT_EQ(at.held()[0].earned_by, enrolled(leaf_).sha256);
  ASSERT_EQ(at.desk->troubles().size(), 1U);
  EXPECT_EQ(at.desk->troubles()[0].reason, Reason::credential_swapped);

  const auto approval = at.approve("pump-07");
  ASSERT_TRUE(approval);
  EXPECT_EQ(approval->credential, enrolled(copy_).sha256);
  ASSERT_GE(approval->to_do.size(), 2U);
  EXPECT_NE(approval->to_do[1].find("az iot dps enrollment-group update"), std::string::npos);
  EXPECT_NE(show({copy_, other_ca_}).reason, Reason::credential_swapped);
  EXPECT_TRUE(at.desk->troubles().empty());
  at.restart();
  EXPECT_NE(show({copy_, other_ca_}).reason, Reason::credential_swapped) << "it outlives a restart";
}

TEST_F(SwapTest, a_rejected_copy_does_not_shut_out_the_leaf) {
  enroll(EnrollmentKind::group, "other", other_ca_);
  ASSERT_EQ(show({copy_, other_ca_}).reason, Reason::credential_swapped);
  ASSERT_TRUE(at.reject("pump-07"));
  EXPECT_EQ(show({copy_, other_ca_}).reason, Reason::rejected_by_operator);
  EXPECT_EQ(show({leaf_}).reason, Reason::answered_from_cache);
}

TEST_F(SwapTest, a_rejection_leaves_alone_what_was_approved_before) {
  enroll(EnrollmentKind::group, "other", other_ca_);
  ASSERT_EQ(show({copy_, other_ca_}).reason, Reason::credential_swapped);
  ASSERT_TRUE(at.approve("pump-07"));
  const auto third_ca = CertificateMaker("Third CA").ca().make();
  const auto third = CertificateMaker("pump-07").by(third_ca).make();
  enroll(EnrollmentKind::group, "third", third_ca);
  ASSERT_EQ(show({third, third_ca}).reason, Reason::credential_swapped);
  ASSERT_TRUE(at.reject("pump-07"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(show({third, third_ca}).reason, Reason::rejected_by_operator);
    const Reason approved = show({copy_, other_ca_}).reason;
    EXPECT_NE(approved, Reason::credential_swapped);
    EXPECT_NE(approved, Reason::rejected_by_operator);
    at.restart();
  }
  EXPECT_TRUE(at.held().empty());
}

TEST_F(SwapTest, an_individual_certificate_that_was_exchanged_by_hand_is_held) {
  const auto first = CertificateMaker("pump-07").make();
  const auto second = CertificateMaker("pump-07").make();
  enroll(EnrollmentKind::individual, "pump-07", first);
  earn(first, "individual pump-07");
  EXPECT_EQ(show({first}).reason, Reason::answered_from_cache);
  Enrollment changed;
  changed.id = "pump-07";
  changed.mechanism = Mechanism::x509;
  changed.etag = "2";
  changed.primary_certificate = enrolled(second);
  site_.enrollments.put(changed);
  site_.running->ledger.enrollments_changed();
  EXPECT_EQ(show({second}).reason, Reason::credential_swapped);
  EXPECT_EQ(at.approve("pump-07")->to_do[1].find("az iot dps enrollment update"), 0U);
}

// Leaf by leaf what is foretold of it, against what it then hears with the uplink gone.
TEST_F(SwapTest, who_is_held_is_foretold_so) {
  enroll(EnrollmentKind::group, "other", other_ca_);
  site_.service.up = false;
  site_.running->forwarder.doubt();
  site_.simulator.run_for(std::chrono::minutes(1));
  const auto comes = [&](const std::vector<TestCertificate>& with, Reason expected, const char* what) {
    (void)show(with);  // it comes as it came last
    EXPECT_EQ(code(foretold(site_, "pump-07").reason), code(expected)) << what << ", foretold";
    EXPECT_EQ(code(show(with).reason), code(expected)) << what;
  };
  const std::vector<TestCertificate> copy{copy_, other_ca_};
  comes({leaf_}, Reason::answered_from_cache, "the leaf");
  comes(copy, Reason::credential_swapped, "another one");
  comes({CertificateMaker("pump-07").by(ca_).make()}, Reason::needs_the_leaf, "renewed");
  comes(copy, Reason::credential_swapped, "another one again");
  ASSERT_TRUE(at.approve("pump-07"));
  comes(copy, Reason::needs_the_leaf, "approved");
  comes({CertificateMaker("pump-07").by(other_ca_).make(), other_ca_}, Reason::credential_swapped,
        "a third one, which nobody approved");
  enroll(EnrollmentKind::group, "other", other_ca_, false);
  (void)show(copy);
  EXPECT_FALSE(is_answered(foretold(site_, "pump-07"))) << "its group is disabled";
  EXPECT_NE(code(foretold(site_, "pump-07").reason), code(Reason::credential_swapped));
  EXPECT_EQ(code(show(copy).reason), code(Reason::enrollment_disabled));
}

TEST_F(SwapTest, three_hundred_renewals_in_a_night_raise_nothing) {
  for (int i = 0; i < 300; ++i) {
    const std::string id = "leaf-" + std::to_string(i);
    const auto before = CertificateMaker(id).by(ca_).make();
    const auto after = CertificateMaker(id).by(ca_).make();
    service_has_assigned(id);
    Assignment& assignment = *site_.registrations.records.at(id).registration.assignment;
    assignment.credential = enrolled(before).sha256;
    assignment.enrollment_id = "group line";
    assignment.enrollment_etag = "1";
    const Answer answer = site_.admit(attempt({after}, id));
    EXPECT_NE(answer.reason, Reason::credential_swapped);
    EXPECT_EQ(answer.status, 202);
  }
  EXPECT_TRUE(at.held().empty());
  EXPECT_EQ(site_.running->gatekeeper.alarms, 0U);
  EXPECT_TRUE(at.desk->troubles().empty());
}

struct SwapTpm : EnrolledTpmSite {
  DenyDeskAt at{site};
};

TEST_F(SwapTpm, an_exchanged_tpm_is_not_challenged_before_it_is_approved) {
  ASSERT_EQ(provision().status, 200);
  const std::string before = stored()->credential;
  tpm = SoftwareTpm();
  enroll(tpm, id, true, "2");
  const Answer held = ask();
  EXPECT_EQ(held.status, 503);
  EXPECT_EQ(held.reason, Reason::credential_swapped);
  EXPECT_TRUE(held.authentication_key.empty());
  ASSERT_EQ(at.held().size(), 1U);
  EXPECT_EQ(at.held()[0].earned_by, before);
  EXPECT_EQ(code(foretold(site, ascii_lower(id)).reason), code(Reason::credential_swapped));
  const auto approval = at.approve(id);
  ASSERT_TRUE(approval);
  EXPECT_NE(code(foretold(site, ascii_lower(id)).reason), code(Reason::credential_swapped));
  EXPECT_EQ(approval->to_do[1],
            "az iot dps enrollment update --dps-name NAME -g RESOURCE-GROUP --enrollment-id " +
                ascii_lower(id) + " --endorsement-key " + tpm.keys().endorsement_key);
  EXPECT_EQ(provision().status, 200);
}

// The key of the leaf from two places, each on a connection of its own.
struct TwoPlaces : testing::Test {
  Site site;
  DenyDeskAt at{site};
  std::vector<std::shared_ptr<CountedPresence>> all;

  TwoPlaces() {
    site.enroll("pump-07");
    EXPECT_EQ(site.provision("pump-07").status, 200);
  }
  Reason from(const std::string& address) {
    all.push_back(std::make_shared<CountedPresence>());
    Attempt a = site.attempt("pump-07", site.token("pump-07"));
    a.source.address = address;
    a.presence = all.back();
    site.simulator.run_for(std::chrono::seconds(5));
    return site.admit(std::move(a)).reason;
  }
};

TEST_F(TwoPlaces, who_alternates_is_held_in_both_until_an_operator_has_looked) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_NE(from("192.0.2.1"), Reason::two_places_at_once);
    EXPECT_NE(from("192.0.2.2"), Reason::two_places_at_once);
  }
  EXPECT_EQ(from("192.0.2.1"), Reason::two_places_at_once);
  EXPECT_EQ(from("192.0.2.2"), Reason::two_places_at_once);
  EXPECT_EQ(at.held().size(), 2U);
  for (const HeldLeaf& leaf : at.held())
    EXPECT_EQ(leaf.other_place, leaf.source == "192.0.2.1" ? "192.0.2.2" : "192.0.2.1");
  EXPECT_EQ(site.running->gatekeeper.held_for(Reason::two_places_at_once), 1U) << "leaves, not places";
  ASSERT_EQ(at.desk->troubles().size(), 1U);
  EXPECT_EQ(at.desk->troubles()[0].reason, Reason::two_places_at_once);
  site.simulator.run_for(std::chrono::hours(1));
  EXPECT_EQ(from("192.0.2.1"), Reason::two_places_at_once) << "not forgotten by waiting";
  ASSERT_TRUE(at.approve("pump-07"));
  EXPECT_NE(from("192.0.2.1"), Reason::two_places_at_once);
  EXPECT_TRUE(at.held().empty());
}

TEST_F(TwoPlaces, what_is_held_is_held_after_a_power_cut_and_however_many_others_are) {
  for (int i = 0; i < 3; ++i) {
    (void)from("192.0.2.1");
    (void)from("192.0.2.2");
  }
  ASSERT_EQ(at.denials.held.contests.size(), 1U);
  const int writes = at.denials.writes;
  (void)from("192.0.2.1");
  EXPECT_EQ(at.denials.writes, writes) << "once";
  at.restart();
  for (int i = 0; i < 2'000; ++i) site.running->gatekeeper.contest("x-" + std::to_string(i), "192.0.2.9");
  ASSERT_EQ(at.held().size(), HeldLeaves::most);
  EXPECT_EQ(at.held()[0].registration_id, "pump-07");
  EXPECT_EQ(at.desk->troubles()[0].reason, Reason::two_places_at_once);
  EXPECT_EQ(from("192.0.2.1"), Reason::two_places_at_once);
  ASSERT_TRUE(at.approve("pump-07"));
  at.restart();
  EXPECT_NE(from("192.0.2.1"), Reason::two_places_at_once);
}

TEST_F(TwoPlaces, what_the_disk_refused_is_written_when_the_leaf_comes_again) {
  at.denials.fail.fail_call(1, Error(Errc::store_full, "no room"));
  for (int i = 0; i < 3; ++i) {
    (void)from("192.0.2.1");
    (void)from("192.0.2.2");
  }
  EXPECT_EQ(from("192.0.2.1"), Reason::two_places_at_once);
  EXPECT_EQ(at.denials.held.contests.size(), 1U);
}

TEST_F(TwoPlaces, a_leaf_that_moves_or_reconnects_is_not_two) {
  for (int i = 0; i < 20; ++i)
    EXPECT_NE(from("192.0.2.1"), Reason::two_places_at_once) << "half-dead connections";
  for (int i = 2; i < 20; ++i)
    EXPECT_NE(from("192.0.2." + std::to_string(i)), Reason::two_places_at_once) << "new addresses";
  for (int i = 0; i < 20; ++i) {
    site.simulator.run_for(std::chrono::minutes(1));
    EXPECT_NE(from("192.0.2." + std::to_string(i % 2)), Reason::two_places_at_once) << "between two, slowly";
  }
  EXPECT_TRUE(at.held().empty());
}

}  // namespace
}  // namespace leafgate::swapped_test
