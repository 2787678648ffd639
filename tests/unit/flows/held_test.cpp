// Unknown leaves that wait for an operator (semantics §6).
#include <gtest/gtest.h>

#include "tests/unit/flows/certificate_site.hpp"
#include "tests/unit/flows/deny_site.hpp"
#include "tests/unit/flows/tpm_site.hpp"

namespace leafgate::held_test {
namespace {

struct HeldTest : CertificateSite {
  DenyDeskAt at{site_};

  HeldTest() {
    site_.policy.unknown = UnknownPolicy::hold;
    at.restart();
  }
  Answer ask(const std::string& token) { return site_.admit(site_.attempt("new-1", token)); }
  Answer poll(const std::string& token, const OperationId& operation) {
    Attempt a = site_.attempt("new-1", token);
    a.operation = operation;
    return site_.admit(std::move(a));
  }
};

TEST_F(HeldTest, a_held_leaf_hears_assigning_and_is_listed) {
  const std::string token = site_.token("new-1");
  const Answer first = ask(token);
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(first.reason, Reason::held_for_approval);
  EXPECT_EQ(poll(token, *first.operation).status, 202);
  const auto held = at.held();
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].registration_id, "new-1");
  EXPECT_EQ(held[0].source, "192.0.2.7");
  EXPECT_EQ(held[0].mechanism, Mechanism::symmetric_key);
  EXPECT_EQ(held[0].fingerprint, "");
  EXPECT_EQ(held[0].times, 2U);
  EXPECT_EQ(site_.service.calls, 0);
  EXPECT_EQ(site_.registrations.writes, 0) << "memory alone";
}

TEST_F(HeldTest, a_certificate_is_listed_with_what_can_be_compared) {
  const auto stranger = CertificateMaker("new-2").make();
  Attempt a = attempt({stranger}, "new-2");
  ASSERT_EQ(site_.admit(std::move(a)).status, 202);
  const auto held = at.held();
  ASSERT_EQ(held.size(), 1U);
  EXPECT_EQ(held[0].mechanism, Mechanism::x509);
  EXPECT_EQ(held[0].fingerprint, enrolled(stranger).sha256);
}

TEST_F(HeldTest, an_approved_leaf_is_taken_to_the_service_at_its_next_poll) {
  const std::string token = site_.token("new-1");
  Answer answer = ask(token);
  ASSERT_EQ(answer.status, 202);
  const auto approval = at.approve("NEW-1");
  ASSERT_TRUE(approval) << approval.error().detail;
  EXPECT_EQ(approval->credential, "");
  EXPECT_EQ(at.last_audit(), "approve NEW-1: done");
  EXPECT_TRUE(at.held().empty());
  for (int i = 0; i < 10 && answer.status == 202; ++i) {
    site_.simulator.run_for(std::chrono::seconds(3));
    answer = poll(token, *answer.operation);
  }
  EXPECT_EQ(answer.status, 200) << answer.message;
  EXPECT_EQ(answer.registration_status, RegistrationStatus::assigned);
  EXPECT_EQ(site_.service.registered["new-1"], 1);
}

TEST_F(HeldTest, an_approval_survives_a_restart_and_needs_the_service) {
  ASSERT_TRUE(at.approve("new-1"));
  at.restart();
  site_.simulator.run_for(std::chrono::seconds(1));
  const Answer answer = ask(site_.token("new-1"));
  EXPECT_NE(answer.reason, Reason::held_for_approval);
  site_.simulator.run_for(std::chrono::seconds(5));
  EXPECT_EQ(site_.service.registered["new-1"], 1);
}

TEST_F(HeldTest, a_rejected_leaf_is_refused_until_it_is_approved) {
  const std::string token = site_.token("new-1");
  const Answer waiting = ask(token);
  ASSERT_TRUE(at.reject("new-1"));
  EXPECT_TRUE(at.held().empty());
  const Answer polled = poll(token, *waiting.operation);
  EXPECT_EQ(polled.status, 401);
  EXPECT_EQ(polled.reason, Reason::rejected_by_operator);
  at.restart();
  EXPECT_EQ(ask(token).status, 401);
  ASSERT_TRUE(at.approve("new-1"));
  EXPECT_NE(ask(token).status, 401);
}

TEST_F(HeldTest, without_the_service_nobody_is_asked_for_approval) {
  site_.enroll("other");
  site_.service.up = false;
  (void)site_.register_leaf("other");
  site_.simulator.run_for(std::chrono::seconds(5));
  const Answer answer = ask(site_.token("new-1"));
  EXPECT_EQ(answer.reason, Reason::unknown_offline);
  EXPECT_TRUE(at.held().empty());
}

TEST_F(HeldTest, an_enrollment_that_comes_later_counts) {
  const std::string token = site_.token("new-1");
  ASSERT_EQ(ask(token).reason, Reason::held_for_approval);
  site_.enroll("new-1");
  EXPECT_EQ(ask(token).reason, Reason::forwarded_new);
  EXPECT_TRUE(at.held().empty());
}

TEST_F(HeldTest, strangers_push_nobody_out) {
  ASSERT_EQ(ask(site_.token("new-1")).status, 202);
  site_.simulator.run_for(std::chrono::seconds(1));
  for (int i = 0; i < 3'000; ++i) {
    Attempt a = site_.attempt("flood-" + std::to_string(i), site_.token("x"));
    a.evidence = NoEvidence{};
    a.source.address = "198.51.100." + std::to_string(i % 100);
    (void)site_.admit(std::move(a));
  }
  const auto held = at.held();
  EXPECT_LE(held.size(), HeldLeaves::most);
  ASSERT_FALSE(held.empty());
  EXPECT_EQ(held[0].registration_id, "new-1");
}

TEST(HeldLeavesTest, a_source_has_a_share_and_what_was_not_heard_for_long_makes_room) {
  HeldLeaves leaves;
  const TimePoint start = TimePoint(std::chrono::hours(1));
  const auto put = [&leaves](const std::string& id, const std::string& source, TimePoint now) {
    HeldLeaf leaf;
    leaf.registration_id = id;
    leaf.source = source;
    leaf.reason = Reason::held_for_approval;
    return leaves.note(leaf, now);
  };
  for (int i = 0; i < 100; ++i) (void)put("a" + std::to_string(i), "192.0.2.1", start);
  EXPECT_EQ(leaves.size(), HeldLeaves::most_of_a_source);
  EXPECT_TRUE(put("b", "192.0.2.2", start));
  EXPECT_FALSE(put("B", "192.0.2.2", start)) << "known";
  EXPECT_EQ(leaves.of("b").front().times, 2U);
  for (int i = 0; i < 3'000; ++i)
    (void)put("c" + std::to_string(i), "10.1." + std::to_string(i / 200) + "." + std::to_string(i % 200),
              start);
  EXPECT_EQ(leaves.size(), HeldLeaves::most);
  EXPECT_EQ(leaves.of("b").size(), 1U);
  EXPECT_GT(leaves.not_listed(), 0U);
  EXPECT_FALSE(put("d", "192.0.2.3", start + std::chrono::minutes(30)));
  EXPECT_TRUE(put("d", "192.0.2.3", start + std::chrono::hours(2))) << "the others have given up";
  EXPECT_TRUE(leaves.of("b").empty());
}

struct HeldTpm : TpmSite {
  DenyDeskAt at{site};
  HeldTpm() {
    site.policy.unknown = UnknownPolicy::hold;
    at.restart();
  }
};

TEST_F(HeldTpm, a_tpm_is_not_challenged_before_it_is_approved) {
  const Answer held = ask();
  EXPECT_EQ(held.status, 503);
  EXPECT_TRUE(held.authentication_key.empty());
  EXPECT_EQ(there.challenges, 0);
  const auto list = at.held();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].mechanism, Mechanism::tpm);
  EXPECT_EQ(list[0].fingerprint, read_tpm_keys(tpm.keys()).value().endorsement.digest);
  ASSERT_TRUE(at.approve(id));
  EXPECT_EQ(provision().status, 200);
}

}  // namespace
}  // namespace leafgate::held_test
