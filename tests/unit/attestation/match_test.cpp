#include "gateway/attestation/match.hpp"

#include <gtest/gtest.h>

namespace leafgate::match_test {
namespace {

Enrollment symmetric(EnrollmentKind kind, std::string id, std::vector<std::string> match = {}) {
  Enrollment out;
  out.kind = kind;
  out.id = std::move(id);
  out.mechanism = Mechanism::symmetric_key;
  out.primary_key = SealedKey{"sealed"};
  out.match = std::move(match);
  return out;
}

std::vector<std::string> ids(const Match& match) {
  std::vector<std::string> out;
  for (const Enrollment* enrollment : match.enrollments) out.push_back(enrollment->id);
  return out;
}

using Ids = std::vector<std::string>;
const std::vector<Enrollment> groups = {symmetric(EnrollmentKind::group, "all"),
                                        symmetric(EnrollmentKind::group, "pumps", {"pump-*"}),
                                        symmetric(EnrollmentKind::group, "one", {"meter-7"})};

TEST(MatchSymmetric, TakesTheIndividualAloneEvenIfAGroupFits) {
  const std::optional<Enrollment> individual = symmetric(EnrollmentKind::individual, "pump-1");
  const Match match = match_symmetric(individual, groups, "pump-1");
  EXPECT_EQ(ids(match), Ids{"pump-1"});
  EXPECT_EQ(match.enrollments[0], &*individual);
  EXPECT_EQ(match.reason, Reason::none);
}

TEST(MatchSymmetric, TakesADisabledIndividualBeforeAnEnabledGroup) {
  std::optional<Enrollment> individual = symmetric(EnrollmentKind::individual, "pump-1");
  individual->enabled = false;
  EXPECT_EQ(ids(match_symmetric(individual, groups, "pump-1")), Ids{"pump-1"});
}

TEST(MatchSymmetric, TakesAnIndividualOfAnotherTypeAndSaysSo) {
  std::optional<Enrollment> individual = symmetric(EnrollmentKind::individual, "pump-1");
  individual->mechanism = Mechanism::x509;
  const Match match = match_symmetric(individual, groups, "pump-1");
  EXPECT_EQ(ids(match), Ids{"pump-1"});
  EXPECT_EQ(match.reason, Reason::mechanism_mismatch);
}

TEST(MatchSymmetric, SearchesTheGroupsThatAdmitTheId) {
  EXPECT_EQ(ids(match_symmetric(std::nullopt, groups, "pump-1")), (Ids{"all", "pumps"}));
  EXPECT_EQ(ids(match_symmetric(std::nullopt, groups, "meter-7")), (Ids{"all", "one"}));
  EXPECT_EQ(ids(match_symmetric(std::nullopt, groups, "meter-70")), Ids{"all"});
}

TEST(MatchSymmetric, KeepsDisabledGroupsAndLeavesOtherMechanismsOut) {
  std::vector<Enrollment> mixed = groups;
  mixed[0].mechanism = Mechanism::x509;
  mixed[1].enabled = false;
  EXPECT_EQ(ids(match_symmetric(std::nullopt, mixed, "pump-1")), Ids{"pumps"});
}

TEST(MatchSymmetric, SaysWhyNothingCanJudge) {
  EXPECT_EQ(match_symmetric(std::nullopt, {}, "pump-1").reason, Reason::unknown_enrollment);
  std::optional<Enrollment> individual = symmetric(EnrollmentKind::individual, "pump-1");
  individual->primary_key.reset();
  EXPECT_EQ(match_symmetric(individual, {}, "pump-1").reason, Reason::enrollment_without_key);
  individual->secondary_key = SealedKey{"sealed"};
  EXPECT_EQ(match_symmetric(individual, {}, "pump-1").reason, Reason::none);
}

}  // namespace
}  // namespace leafgate::match_test
