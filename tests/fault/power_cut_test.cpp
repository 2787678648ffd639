#include <algorithm>
#include <cstdio>

#include <gtest/gtest.h>

#include "store/sqlite_registrations.hpp"
#include "tests/fault/site.hpp"

namespace leafgate::fault {
namespace {

void print(const char* what, const Tally& tally) {
  std::printf("%s: %d images, %d damaged, %d losing an acknowledged answer, %d at worst\n", what,
              tally.images, tally.damaged, tally.losing, tally.worst);
}

class PowerCut : public ::testing::Test {
 protected:
  Site site_;
  void expect_all_kept(const char* what, const Tally& tally) {
    print(what, tally);
    EXPECT_EQ(tally.damaged, 0) << tally.first_damage;
    EXPECT_EQ(tally.losing, 0);
  }
};

TEST_F(PowerCut, nothing_acknowledged_is_lost) {
  ASSERT_TRUE(site_.open());
  const std::size_t from = site_.vfs().events();
  ASSERT_EQ(site_.register_leaves(0, 24), 24);
  site_.stop();
  ASSERT_TRUE(site_.open());
  ASSERT_EQ(site_.register_leaves(24, 16, queued), 16);
  site_.crash();
  ASSERT_TRUE(site_.open());
  ASSERT_EQ(site_.register_leaves(24, 16), 16);
  site_.crash();
  expect_all_kept("registrations, stops and crashes", cut_often(site_.vfs().log(), from, 1500, 1));
}

TEST_F(PowerCut, an_import_is_there_whole_or_not_at_all) {
  ASSERT_TRUE(site_.open());
  const std::size_t from = site_.vfs().events();
  ASSERT_TRUE(site_.import(1));
  ASSERT_EQ(site_.register_leaves(0, 8), 8);
  ASSERT_TRUE(site_.import(2));
  site_.stop();
  expect_all_kept("imports", cut_often(site_.vfs().log(), from, 400, 2));
}

TEST_F(PowerCut, checkpoints_lose_nothing) {
  ASSERT_TRUE(site_.open());
  const std::size_t from = site_.vfs().events();
  ASSERT_EQ(site_.register_leaves(0, 60, settled, 90'000), 60);  // 1,300 frames: past a checkpoint
  site_.crash();
  const DiskLog log = site_.vfs().log();
  const auto copied = std::count_if(
      log.events.begin() + static_cast<std::ptrdiff_t>(from), log.events.end(), [&](const Event& event) {
        return event.kind == Event::Kind::write && event.inode == log.live_inode(site_.database());
      });
  EXPECT_GT(copied, 50);
  expect_all_kept("checkpoints", cut_often(log, from, 300, 3));
}

// With a sync less the same harness must find losses, or it proves nothing.
TEST_F(PowerCut, the_checker_sees_what_a_missing_sync_loses) {
  ASSERT_TRUE(site_.open());
  site_.stop();
  DatabaseOptions options;
  options.path = site_.database();
  options.after_clean_stop = true;
  options.vfs = site_.vfs().name();
  auto connection = open_database(options).value();
  ASSERT_TRUE(connection.execute("PRAGMA synchronous=NORMAL"));
  const TemporaryFolder folder;
  Health health(options.path, nullptr);
  Worker reader("reader", Connection::open(options.path, Connection::Access::read_only, options.vfs).value(),
                health);
  Writer writer(std::move(connection), health, Reserve(folder.path() + "/reserve", 4096), [] {});
  SqliteReceiptLog receipts(writer, reader, {});
  SqliteRegistrations registrations(writer, reader, receipts);
  const std::size_t from = site_.vfs().events();
  ASSERT_EQ(register_leaves(registrations, site_.vfs(), 0, 40, settled, 200), 40);
  const Tally tally = cut_often(site_.vfs().log(), from, 200, 4);
  print("synchronous=NORMAL", tally);
  EXPECT_GT(tally.losing, 50);
  EXPECT_GT(tally.worst, 10);
}

}  // namespace
}  // namespace leafgate::fault
