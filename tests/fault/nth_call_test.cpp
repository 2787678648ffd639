#include <cstdio>
#include <filesystem>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store/migrations.hpp"
#include "tests/fault/site.hpp"

namespace leafgate::fault {
namespace {

constexpr int leaves = 12;
constexpr int most_calls = 5000;

// What a store is asked in its life; asking again what was refused is right at any time.
bool live(Site& site) {
  const int first = site.register_leaves(0, leaves);
  const bool imported = site.import(1);
  return site.register_leaves(leaves, leaves, queued) == leaves && imported && first == leaves;
}

void expect_kept(Site& site, const std::string& when) {
  const DiskLog log = site.vfs().log();
  const Finding finding = examine_file(site.database(), log, log.events.size());
  EXPECT_EQ(finding.damage, "") << when;
  EXPECT_EQ(finding.lost, 0) << when;
}

// Fails call 1, 2, 3 ... of these, until a life passes without meeting its failure.
enum class End { stopped, open };
template <class After>
int sweep(unsigned ops, int code, End end, After after) {
  for (int at = 1; at < most_calls; ++at) {
    Site site;
    site.vfs().plan(Plan{ops, "", at, 1, code});
    const bool done = site.open() && live(site);
    if (end == End::stopped && site.open_now()) site.stop();
    if (!site.vfs().fired()) {
      EXPECT_TRUE(done);
      return at - 1;
    }
    after(site, "call " + std::to_string(at));
    if (::testing::Test::HasFailure()) return at;
  }
  ADD_FAILURE() << "no end of calls";
  return most_calls;
}

int sweep_faults(unsigned ops, int code) {
  return sweep(ops, code, End::stopped, [](Site& site, const std::string& when) {
    expect_kept(site, when);
    ASSERT_TRUE(site.open()) << when;  // by the start rule
    EXPECT_EQ(site.register_leaves(100, 4), 4) << when;
    site.stop();
    expect_kept(site, when);
  });
}

TEST(NthCall, a_write_that_fails_loses_nothing_acknowledged) {
  std::printf("write EIO: %d calls\n", sweep_faults(static_cast<unsigned>(Op::write), SQLITE_IOERR_WRITE));
}

TEST(NthCall, a_sync_that_fails_loses_nothing_acknowledged) {
  std::printf("sync EIO: %d calls\n", sweep_faults(static_cast<unsigned>(Op::sync), SQLITE_IOERR_FSYNC));
}

TEST(NthCall, any_other_call_that_fails_loses_nothing_acknowledged) {
  std::printf("read EIO: %d calls\n", sweep_faults(static_cast<unsigned>(Op::read), SQLITE_IOERR_READ));
  const unsigned rest = Op::truncate | Op::remove;
  std::printf("truncate, remove EIO: %d calls\n", sweep_faults(rest, SQLITE_IOERR_TRUNCATE));
}

TEST(NthCall, no_room_loses_nothing_and_the_same_process_goes_on) {
  const int calls = sweep(static_cast<unsigned>(Op::write), SQLITE_FULL, End::open,
                          [](Site& site, const std::string& when) {
                            const bool opened = site.open_now() || site.open();
                            ASSERT_TRUE(opened) << when;
                            EXPECT_TRUE(live(site)) << when;
                            EXPECT_EQ(site.store().monitor().health().fault, "") << when;
                            EXPECT_FALSE(site.store().monitor().health().full) << when;
                            site.stop();
                            expect_kept(site, when);
                          });
  std::printf("write ENOSPC: %d calls\n", calls);
}

constexpr Migration first{1, 1,
                          "CREATE TABLE schema_version(one INTEGER PRIMARY KEY, version INTEGER, min_reader "
                          "INTEGER); INSERT INTO schema_version VALUES(1, 0, 0); CREATE TABLE leaf(id TEXT);"
                          "INSERT INTO leaf VALUES('leaf-1')"};
constexpr Migration second{2, 2, "ALTER TABLE leaf ADD COLUMN hub TEXT DEFAULT 'h'"};

// Nothing half is left beside the database, and what stands there can be put in its place.
void expect_only_whole_copies(const std::string& path) {
  EXPECT_FALSE(std::filesystem::exists(path + ".before-1.part"));
  if (!std::filesystem::exists(path + ".before-1")) return;
  auto copy = Connection::open(path + ".before-1", Connection::Access::read_only).value();
  EXPECT_TRUE(copy.quick_check());
  EXPECT_EQ(copy.ask("SELECT id FROM leaf").value(), "leaf-1");
}

// The copy, the steps, their commits: whatever fails, the next start migrates and nothing is gone.
void sweep_migration(Op op, int code) {
  int at = 1;
  for (bool fired = true; fired; ++at) {
    FaultyVfs vfs;
    const TemporaryFolder folder;
    const std::string path = folder.path() + "/leafgate.db";
    auto connection = Connection::open(path, Connection::Access::read_write, vfs.name()).value();
    const std::vector<Migration> both{first, second};
    ASSERT_TRUE(migrate(connection, path, std::span(both).first(1)));
    vfs.plan(Plan{static_cast<unsigned>(op), "", at, 1, code});
    const auto done = migrate(connection, path, both);
    fired = vfs.fired();
    EXPECT_EQ(done.has_value(), !fired) << at;
    expect_only_whole_copies(path);
    ASSERT_TRUE(migrate(connection, path, both)) << at;
    EXPECT_EQ(connection.ask("SELECT id || hub FROM leaf").value(), "leaf-1h") << at;
    EXPECT_TRUE(connection.quick_check());
  }
  std::printf("migration, code %d: %d calls\n", code, at - 2);
}

TEST(NthCall, a_copy_without_room_says_how_much_it_wants_and_changes_nothing) {
  FaultyVfs vfs;
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/leafgate.db";
  auto connection = Connection::open(path, Connection::Access::read_write, vfs.name()).value();
  const std::vector<Migration> both{first, second};
  ASSERT_TRUE(migrate(connection, path, std::span(both).first(1)));
  vfs.plan(Plan{static_cast<unsigned>(Op::write), "part", 1, 1'000, SQLITE_FULL});
  const auto refused = migrate(connection, path, both);
  EXPECT_EQ(refused.error().code, Errc::store_full);
  EXPECT_NE(refused.error().detail.find("1 MiB are wanted beside " + path), std::string::npos);
  EXPECT_EQ(connection.ask("SELECT version FROM schema_version").value(), "1");
  EXPECT_TRUE(migrate(connection, path, std::span(both).first(1))) << "the program of before goes on";
}

TEST(NthCall, a_migration_that_fails_is_done_at_the_next_start) {
  sweep_migration(Op::write, SQLITE_FULL);
  sweep_migration(Op::write, SQLITE_IOERR_WRITE);
  sweep_migration(Op::sync, SQLITE_IOERR_FSYNC);
}

}  // namespace
}  // namespace leafgate::fault
