#include "store/store.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "store/connection.hpp"
#include "store/state_dir.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/unit/store/examples.hpp"

namespace leafgate::store_test {
namespace {

using namespace example;

class StoreTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  CountingRandom random_;
  std::vector<std::string> forgotten_;
  std::vector<Error> faults_;

  Result<std::unique_ptr<Store>> open() {
    StoreOptions options;
    options.path = folder_.path();
    options.on_fault = [this](const Error& error) { faults_.push_back(error); };
    options.forget_pages = [this](const std::string& path) {
      forgotten_.push_back(std::filesystem::path(path).filename());
      return sync_and_forget_pages(path);
    };
    return Store::open(std::move(options), random_);
  }
  Result<std::int64_t> enqueue(Store& store, const std::string& key) {
    return run_task(store.registrations().enqueue(outbox_row(key, "op-" + key), notes(1)));
  }
  std::string database() const { return folder_.path() + "/leafgate.db"; }
  // A page that is no page any more, behind those that every start reads.
  void damage() {
    std::fstream file(database(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(database()) / 16384 * 3 * 4096));
    file << std::string(4096, '\xee');
  }
};

TEST_F(StoreTest, after_a_clean_stop_the_check_comes_when_asked_for) {
  open().value()->stop();
  forgotten_.clear();
  const auto store = open().value();
  EXPECT_TRUE(forgotten_.empty());
  EXPECT_FALSE(store->monitor().health().checked);
  EXPECT_TRUE(run_task(store->check()));
  EXPECT_TRUE(store->monitor().health().checked);
  EXPECT_TRUE(run_task(store->check()));
}

TEST_F(StoreTest, after_any_other_end_pages_are_forgotten_and_all_is_checked_first) {
  ASSERT_TRUE(enqueue(*open().value(), "leaf-1"));  // destroyed, not stopped
  forgotten_.clear();
  const auto store = open().value();
  const std::vector<std::string> both{"leafgate.db", "leafgate.db-wal"};
  EXPECT_EQ(forgotten_, both);
  EXPECT_TRUE(store->monitor().health().checked);
  EXPECT_TRUE(run_task(store->registrations().outbox_row("leaf-1")).value());
}

TEST_F(StoreTest, damage_is_a_fault_at_the_start_after_a_crash) {
  {
    const auto store = open().value();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(enqueue(*store, "leaf-" + std::to_string(i)));
    store->stop();
  }
  (void)open();  // ends without a stop, with everything in the database file
  damage();
  const auto damaged = open();
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Errc::store_fault);
}

TEST_F(StoreTest, damage_is_a_fault_at_the_check_after_a_clean_stop) {
  {
    const auto store = open().value();
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(enqueue(*store, "leaf-" + std::to_string(i)));
    store->stop();
  }
  damage();
  auto store = open().value();
  EXPECT_EQ(run_task(store->check()).error().code, Errc::store_fault);
  EXPECT_EQ(faults_.size(), 1U);
  EXPECT_EQ(enqueue(*store, "leaf-99").error().code, Errc::store_fault);
  EXPECT_FALSE(store->monitor().health().fault.empty());
  store->stop();
  store.reset();
  EXPECT_EQ(open().error().code, Errc::store_fault);  // a fault leaves no mark of a clean stop
}

TEST_F(StoreTest, what_is_no_database_is_a_fault) {
  std::ofstream(database()) << std::string(8192, 'x');
  EXPECT_EQ(open().error().code, Errc::store_fault);
}

TEST_F(StoreTest, a_second_store_on_the_folder_is_refused) {
  const auto first = open().value();
  EXPECT_EQ(open().error().code, Errc::in_use);
}

TEST_F(StoreTest, a_newer_database_is_refused_by_name) {
  open().value()->stop();
  {
    auto connection = Connection::open(database(), Connection::Access::read_write).value();
    ASSERT_TRUE(connection.execute("UPDATE schema_version SET version=999, min_reader=998"));
  }
  const auto refused = open();
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_NE(refused.error().detail.find("schema version 999"), std::string::npos);
}

TEST_F(StoreTest, a_newer_database_that_only_has_more_is_served_as_before) {
  open().value()->stop();
  {
    auto connection = Connection::open(database(), Connection::Access::read_write).value();
    for (const std::string table : {"site", "enrollment", "registration", "outbox"})
      ASSERT_TRUE(connection.execute("ALTER TABLE " + table + " ADD COLUMN later TEXT NOT NULL DEFAULT 'l'"));
    ASSERT_TRUE(connection.execute("CREATE TABLE later(a); UPDATE schema_version SET version=999"));
  }
  for (const std::string round : {"1", "2"}) {
    const auto store = open().value();
    std::vector<Enrollment> held{enrollment(EnrollmentKind::individual, "leaf-1")};
    EXPECT_TRUE(run_task(store->enrollments().import(std::move(held))));
    EXPECT_TRUE(enqueue(*store, "leaf-" + round));
    EXPECT_TRUE(run_task(
        store->registrations().settle(registration("done"), operation("op"), notes(1), std::nullopt)));
    EXPECT_EQ(run_task(store->registrations().find("done")).value()->registration, registration("done"));
    store->stop();
  }
  auto connection = Connection::open(database(), Connection::Access::read_write).value();
  EXPECT_EQ(connection.ask("SELECT version FROM schema_version").value(), "999");
}

TEST_F(StoreTest, notes_that_do_not_parse_are_dropped_and_nothing_else) {
  {
    const auto store = open().value();
    ASSERT_TRUE(run_task(
        store->registrations().settle(registration("leaf-1"), operation("op"), notes(1), std::nullopt)));
    store->stop();
  }
  {
    auto connection = Connection::open(database(), Connection::Access::read_write).value();
    ASSERT_TRUE(connection.execute("UPDATE registration SET notes=x'01ff'"));
  }
  const auto record = run_task(open().value()->registrations().find("leaf-1")).value();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->registration, registration("leaf-1"));
  EXPECT_TRUE(record->notes.empty());
}

TEST_F(StoreTest, an_import_that_did_not_end_is_swept_and_never_seen) {
  {
    const auto store = open().value();
    std::vector<Enrollment> held{enrollment(EnrollmentKind::individual, "leaf-1")};
    ASSERT_TRUE(run_task(store->enrollments().import(std::move(held))));
    store->stop();
  }
  {
    auto connection = Connection::open(database(), Connection::Access::read_write).value();
    ASSERT_TRUE(connection.execute(
        "UPDATE site SET sweep=1; INSERT INTO enrollment(kind, id, generation, mechanism, enabled, etag, "
        "match, record) SELECT kind, id, generation+1, mechanism, enabled, 'staged', match, record "
        "FROM enrollment"));
  }
  {
    const auto store = open().value();
    EXPECT_EQ(run_task(store->enrollments().individual("leaf-1")).value()->etag, "1");
    std::vector<Enrollment> other{enrollment(EnrollmentKind::individual, "leaf-2")};
    ASSERT_TRUE(run_task(store->enrollments().import(std::move(other))));
    EXPECT_EQ(run_task(store->enrollments().individual("leaf-1")).value()->etag, "1");
  }
  auto connection = Connection::open(database(), Connection::Access::read_write).value();
  EXPECT_EQ(connection.ask("SELECT count(*) FROM enrollment").value(), "2");
}

TEST_F(StoreTest, the_size_counts_and_a_closed_store_says_so) {
  const auto store = open().value();
  EXPECT_GT(store->monitor().health().size, 4096);
  store->stop();
  EXPECT_EQ(enqueue(*store, "leaf-1").error().code, Errc::stopped);
  EXPECT_EQ(run_task(store->registrations().count()).error().code, Errc::stopped);
  EXPECT_EQ(run_task(store->enrollments().import({})).error().code, Errc::stopped);
}

TEST_F(StoreTest, what_goes_through_everything_ends_before_the_store_which_goes_on) {
  open().value()->stop();
  auto store = open().value();
  store->end_long_work();
  EXPECT_EQ(run_task(store->check()).error().code, Errc::stopped);
  EXPECT_FALSE(store->monitor().health().checked);
  EXPECT_EQ(run_task(store->enrollment_sync().keyless_count()).error().code, Errc::stopped);
  for (int i = 0; i < 400; ++i)
    ASSERT_TRUE(enqueue(*store, "leaf-" + std::to_string(i))) << "the log is long";
  EXPECT_TRUE(run_task(store->registrations().outbox_row("leaf-7")).value());
  store->stop();
  store.reset();
  EXPECT_TRUE(faults_.empty());
  forgotten_.clear();
  EXPECT_TRUE(open());
  EXPECT_TRUE(forgotten_.empty()) << "it was a clean stop";
}

TEST_F(StoreTest, a_disk_without_room_for_the_reserve_counts_as_full) {
  std::filesystem::create_directory(folder_.path() + "/reserve");
  const auto store = open().value();
  EXPECT_TRUE(store->monitor().health().full);
  EXPECT_EQ(enqueue(*store, "leaf-1").error().code, Errc::store_full);
  ASSERT_TRUE(std::filesystem::remove(folder_.path() + "/reserve"));
  EXPECT_TRUE(enqueue(*store, "leaf-1"));
  EXPECT_FALSE(store->monitor().health().full);
}

TEST_F(StoreTest, a_store_that_is_gone_beside_what_is_left_of_it_is_told) {
  const auto said = [&] {
    testing::internal::CaptureStderr();
    open().value()->stop();
    return testing::internal::GetCapturedStderr().find("the store is gone") != std::string::npos;
  };
  EXPECT_FALSE(said()) << "the first start of all";
  EXPECT_FALSE(said());
  for (const char* file : {"/leafgate.db", "/leafgate.db-wal", "/leafgate.db-shm"})
    std::filesystem::remove(folder_.path() + file);
  EXPECT_TRUE(said());
  EXPECT_FALSE(said()) << "once";
}

}  // namespace
}  // namespace leafgate::store_test
