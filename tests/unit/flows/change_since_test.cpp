// Whether anything differs from what earned an assignment.
#include <gtest/gtest.h>

#include "gateway/flows/judge.hpp"

namespace leafgate::change_since_test {
namespace {

TEST(ChangeSince, TakesWhatWasEarnedOutOfSightForAnyGoodProofAndRequest) {
  struct Row {
    const char* name;
    bool by_certificate;
    const char* credential;
    const char* digest;
    const char* enrollment;
    const char* etag;
    Change change;
  };
  const Row rows[] = {
      {"names no enrollment", true, "", "", "", "", Change::unchanged},
      {"names no enrollment, by key", false, "", "", "", "", Change::changed},
      {"names the one that vouches", true, "", "", "group a", "1", Change::unchanged},
      {"the same, by key", false, "", "", "group a", "1", Change::unchanged},
      {"names another", true, "", "", "group b", "1", Change::changed},
      {"names an older one", true, "", "", "group a", "0", Change::changed},
      {"earned here by the same", true, "c", "d", "group a", "1", Change::unchanged},
      {"earned here by another certificate", true, "x", "d", "group a", "1", Change::renewed},
      {"earned here without a payload", true, "c", "", "group a", "1", Change::changed},
  };
  Judgement judgement;
  judgement.verdict.proof = Proof::good;
  judgement.verdict.credential = "c";
  judgement.enrollment_id = "group a";
  judgement.enrollment_etag = "1";
  for (const Row& row : rows) {
    judgement.by_certificate = row.by_certificate;
    Assignment assignment;
    assignment.credential = row.credential;
    assignment.request_digest = row.digest;
    assignment.enrollment_id = row.enrollment;
    assignment.enrollment_etag = row.etag;
    EXPECT_EQ(change_since(assignment, judgement, Asked{"d", false}, false), row.change) << row.name;
  }
}

TEST(ChangeSince, TakesARequestThatNobodyHereHasSeenBeforeForAnotherWhereItCanBeAsked) {
  struct Row {
    const char* name;
    bool by_certificate;
    Asked asked;
    bool service_up;
    Change change;
  };
  const Row rows[] = {
      {"nothing", false, {"", false}, true, Change::unchanged},
      {"a payload", false, {"d", false}, true, Change::changed},
      {"a payload, service away", false, {"d", false}, false, Change::unchanged},
      {"a csr", false, {"d", true}, true, Change::changed},
      {"a csr, service away", false, {"d", true}, false, Change::changed},
      {"a payload, by certificate", true, {"d", false}, true, Change::unchanged},
      {"a csr, by certificate, service away", true, {"d", true}, false, Change::changed},
  };
  Assignment assignment;
  assignment.enrollment_id = "group a";
  Judgement judgement;
  judgement.verdict.proof = Proof::good;
  judgement.verdict.credential = "c";
  judgement.enrollment_id = "group a";
  for (const Row& row : rows) {
    judgement.by_certificate = row.by_certificate;
    EXPECT_EQ(change_since(assignment, judgement, row.asked, row.service_up), row.change) << row.name;
  }
}

}  // namespace
}  // namespace leafgate::change_since_test
