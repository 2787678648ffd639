#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/model/listed_enrollment.hpp"
#include "tests/unit/store/sites.hpp"

namespace leafgate::sync_contract {

using namespace example;

inline constexpr auto individual = EnrollmentKind::individual;
inline constexpr auto group = EnrollmentKind::group;

inline Enrollment listed(const std::string& id, const std::string& etag = "1",
                         EnrollmentKind kind = individual) {
  Enrollment out;
  out.kind = kind;
  out.id = id;
  out.mechanism = Mechanism::symmetric_key;
  out.etag = etag;
  out.record = R"({"attestation":{"type":"symmetricKey"},"etag":")" + etag + "\"}";
  return out;
}

template <class Site>
class SyncContract : public ::testing::Test {
 protected:
  Site site_;
  EnrollmentSync& it() { return site_.enrollment_sync(); }
  Enrollments& enrollments() { return site_.enrollments(); }

  void import(std::vector<Enrollment> rows) { ASSERT_TRUE(run_task(enrollments().import(std::move(rows)))); }
  void begin() { ASSERT_TRUE(run_task(it().begin("all"))); }
  Result<void> stage(std::vector<Enrollment> rows, const std::string& continuation = "t",
                     EnrollmentKind kind = individual) {
    SyncPage page;
    page.kind = kind;
    page.listed = std::move(rows);
    page.next.kind = kind;
    page.next.continuation = continuation;
    return run_task(it().stage(std::move(page)));
  }
  void stage_end(std::vector<Enrollment> rows = {}) {
    SyncPage page;
    page.kind = individual;
    page.listed = std::move(rows);
    page.next.kind = individual;
    page.next.ended = true;
    ASSERT_TRUE(run_task(it().stage(std::move(page))));
  }
  // The last page, with records of which nothing is understood but whether they are enabled.
  void stage_statuses(std::vector<Enrollment> statuses, std::uint64_t nameless = 0) {
    SyncPage page;
    page.kind = individual;
    page.odd = statuses.size();
    page.listed = std::move(statuses);
    page.nameless = nameless;
    page.next.kind = individual;
    page.next.ended = true;
    ASSERT_TRUE(run_task(it().stage(std::move(page))));
  }
  SyncCounts finish() { return run_task(it().finish(wall(1'790'000'000'000))).value(); }
  void sync(std::vector<Enrollment> rows) {
    begin();
    stage_end(std::move(rows));
    finish();
  }
  std::optional<Enrollment> held(const std::string& id) {
    return run_task(enrollments().individual(id)).value();
  }
  std::string ids() {
    std::string out;
    for (const Enrollment& e : run_task(enrollments().list(individual, "", 5000)).value())
      out += e.id + "/" + e.etag + (e.origin == EnrollmentOrigin::service ? " " : "! ");
    return out;
  }
};

}  // namespace leafgate::sync_contract
