// What the store does with the service's list beside its other work: sweeps, steps, a full disk.
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "store/database.hpp"
#include "store/sqlite_enrollment_sync.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/unit/store/examples.hpp"

namespace leafgate::sync_store_test {
namespace {

using namespace example;

constexpr auto individual = EnrollmentKind::individual;

class SyncStore : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/test.db";
  std::string reserve_ = folder_.path() + "/reserve";
  Health health_{path_, nullptr};
  Writer writer_{open(), health_, Reserve(reserve_, 4096), [] {}};
  Worker reader_{"reader", connect(), health_};
  Worker upkeep_{"upkeep", connect(), health_};
  SqliteEnrollments enrollments_{writer_, reader_};
  SqliteEnrollmentSync sync_{writer_, reader_, upkeep_, enrollments_};

  Connection open() {
    DatabaseOptions options;
    options.path = path_;
    options.after_clean_stop = true;
    auto out = open_database(options).value();
    EXPECT_TRUE(ensure_site(out));
    return out;
  }
  Connection connect() { return Connection::open(path_, Connection::Access::read_write).value(); }
  std::int64_t writes() { return health_.health().writes; }
  static std::vector<Enrollment> rows(const std::string& etag) {
    std::vector<Enrollment> out;
    for (int i = 0; i < 600; ++i)
      out.push_back(enrollment(individual, "leaf-" + std::to_string(1000 + i), etag));
    return out;
  }
  void import(std::vector<Enrollment> rows) { ASSERT_TRUE(run_task(enrollments_.import(std::move(rows)))); }
  Task<Result<void>> stage(std::vector<Enrollment> rows) {
    SyncPage page;
    page.kind = individual;
    page.listed = std::move(rows);
    page.next.ended = true;
    return sync_.stage(std::move(page));
  }
  void begin() { ASSERT_TRUE(run_task(sync_.begin("all"))); }
  bool holds(const std::string& id) { return run_task(enrollments_.individual(id)).value().has_value(); }
};

TEST_F(SyncStore, begun_anew_beside_a_sweep_it_lets_go_of_what_lies_behind_that) {
  import(rows("1"));
  import({});  // behind its sweep
  begin();
  ASSERT_TRUE(run_task(stage({enrollment(individual, "a")})));
  const std::int64_t before = writes();
  const std::int64_t of_an_import = 600 / 100 + 1;
  import(rows("2"));
  while (writes() <= before + of_an_import) std::this_thread::yield();  // the sweep has begun
  begin();
  ASSERT_TRUE(run_task(stage({enrollment(individual, "c")})));
  ASSERT_TRUE(run_task(sync_.finish(wall(1))));
  EXPECT_TRUE(holds("c"));
  EXPECT_FALSE(holds("a"));
}

TEST_F(SyncStore, what_was_staged_before_the_disk_was_full_is_counted) {
  ASSERT_TRUE(std::filesystem::create_directory(reserve_));  // there is no room for it
  begin();
  const std::int64_t before = writes();
  std::optional<Result<void>> staged;
  test_loop().restart();
  spawn(test_loop().get_executor(), keep(stage(rows("1")), staged));
  while (writes() == before) test_loop().poll();
  health_.set_full(true);
  test_loop().run();
  ASSERT_FALSE(staged.value()) << "all steps were done before the disk was full";
  ASSERT_EQ(staged.value().error().code, Errc::store_full);
  ASSERT_TRUE(std::filesystem::remove(reserve_));
  ASSERT_TRUE(run_task(stage(rows("1"))));
  EXPECT_EQ(run_task(sync_.standing()).value().counts.changed, 600U);
  const auto counts = run_task(sync_.finish(wall(1)));
  ASSERT_TRUE(counts) << counts.error().detail;
  EXPECT_EQ(counts->changed, 600U);
}

TEST_F(SyncStore, what_the_list_has_is_not_gone_whatever_an_earlier_reading_left) {
  begin();
  ASSERT_TRUE(run_task(stage({enrollment(individual, "a")})));
  ASSERT_TRUE(run_task(sync_.finish(wall(1))));
  ASSERT_TRUE(holds("a"));
  begin();
  ASSERT_TRUE(connect().execute(
      "INSERT INTO enrollment(kind, id, generation, mechanism, enabled, etag, match, record) "
      "SELECT 0, 'a', (SELECT generation FROM sync), '', 0, '', x'', ''"));
  ASSERT_TRUE(run_task(stage({enrollment(individual, "a")})));
  ASSERT_TRUE(run_task(sync_.finish(wall(2))));
  EXPECT_TRUE(holds("a"));
}

TEST_F(SyncStore, takes_back_step_by_step_that_many_are_gone) {
  begin();
  ASSERT_TRUE(run_task(stage({})));
  ASSERT_TRUE(connect().execute(
      "INSERT INTO enrollment(kind, id, generation, mechanism, enabled, etag, match, record) "
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<250) "
      "SELECT 0, 'gone-'||i, (SELECT generation FROM sync), '', 0, '', x'', '' FROM n"));
  const std::int64_t before = writes();
  ASSERT_TRUE(run_task(sync_.read_again()));
  EXPECT_EQ(writes() - before, 3) << "100 and the place, 100, 50";
  EXPECT_EQ(connect().ask("SELECT count(*) FROM enrollment").value(), "0");
}

}  // namespace
}  // namespace leafgate::sync_store_test
