// A disk that fails while the service's list is staged and switched to: what counts is the old list or the
// new one.
#include <cstdio>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/fault/site.hpp"

namespace leafgate::fault {
namespace {

constexpr int most_calls = 5000;
constexpr int of_a_list = 600;  // two batches

std::vector<Enrollment> list_of(const std::string& etag, int first) {
  std::vector<Enrollment> out;
  for (int i = first; i < first + of_a_list; ++i) {
    Enrollment e =
        example::enrollment(EnrollmentKind::individual, "leaf-" + std::to_string(10'000 + i), etag);
    e.primary_key.reset();
    out.push_back(std::move(e));
  }
  return out;
}

bool take_in(Store& store, const std::string& etag, int first) {
  EnrollmentSync& sync = store.enrollment_sync();
  if (!run_task(sync.begin(etag))) return false;
  SyncPage page;
  page.kind = EnrollmentKind::individual;
  page.listed = list_of(etag, first);
  page.next.ended = true;
  if (!run_task(sync.stage(std::move(page)))) return false;
  return run_task(sync.finish(example::wall(5))).has_value();
}

// "1", "2", or what it is instead.
std::string what_counts(Store& store) {
  const auto all = run_task(store.enrollments().list(EnrollmentKind::individual, "", 5000));
  if (!all) return "unreadable: " + all.error().detail;
  if (all->size() != of_a_list) return std::to_string(all->size()) + " enrollments";
  for (const Enrollment& e : *all)
    if (e.etag != all->front().etag) return "of both";
  return all->front().etag;
}

int sweep(unsigned ops, int code) {
  for (int at = 1; at < most_calls; ++at) {
    Site site;
    EXPECT_TRUE(site.open());
    EXPECT_TRUE(take_in(site.store(), "1", 0));
    site.vfs().plan(Plan{ops, "", at, 1, code});
    const bool done = take_in(site.store(), "2", 100);
    const bool fired = site.vfs().fired();
    site.vfs().plan(Plan{});
    site.crash();
    EXPECT_TRUE(site.open()) << at;
    const std::string counts = what_counts(site.store());
    EXPECT_TRUE(counts == "2" || (!done && counts == "1")) << "call " << at << ": " << counts;
    // Goes on where it was, or anew.
    EXPECT_TRUE(take_in(site.store(), "3", 100)) << at;
    EXPECT_EQ(what_counts(site.store()), "3") << at;
    site.stop();
    if (!fired || ::testing::Test::HasFailure()) return at - 1;
  }
  ADD_FAILURE() << "no end of calls";
  return most_calls;
}

TEST(SyncCall, a_write_that_fails_leaves_one_whole_list) {
  std::printf("write EIO: %d calls\n", sweep(static_cast<unsigned>(Op::write), SQLITE_IOERR_WRITE));
}

TEST(SyncCall, a_sync_that_fails_leaves_one_whole_list) {
  std::printf("sync EIO: %d calls\n", sweep(static_cast<unsigned>(Op::sync), SQLITE_IOERR_FSYNC));
}

TEST(SyncCall, no_room_leaves_one_whole_list) {
  std::printf("write ENOSPC: %d calls\n", sweep(static_cast<unsigned>(Op::write), SQLITE_FULL));
}

}  // namespace
}  // namespace leafgate::fault
