#include <cstdio>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tests/fault/site.hpp"

namespace leafgate::fault {
namespace {

// The n-th sync of the log fails, the kernel marks its pages clean, the daemon ends and is started again;
// then the power is cut (reliability §2.4).
Tally lose_a_sync(const std::string& suffix, int at, Site::Start start, int images) {
  Site site;
  if (!site.open()) return {};
  Plan plan;
  plan.ops = static_cast<unsigned>(Op::sync);
  plan.suffix = suffix;
  plan.at = at;
  plan.code = SQLITE_IOERR_FSYNC;
  site.vfs().plan(plan);
  // A checkpoint runs beside the commits: its failure shows when it shows.
  for (int leaf = 0; leaf < 800 && site.store().monitor().health().fault.empty(); leaf += 40)
    site.register_leaves(leaf, 40, settled, suffix == "-wal" ? 200 : 60'000);
  EXPECT_TRUE(site.vfs().fired());
  EXPECT_FALSE(site.store().monitor().health().fault.empty());
  site.crash();
  site.vfs().plan(Plan());
  const std::size_t from = site.vfs().events();
  Tally tally;
  const auto opened = site.open(start);
  if (!opened) return tally;  // the store refuses to serve: that too keeps every promise
  EXPECT_EQ(site.register_leaves(1000, 40, queued), 40);
  const DiskLog log = site.vfs().log();
  site.crash();
  return cut_often(log, from, images, static_cast<unsigned>(at));
}

void print(const char* what, int at, const Tally& tally) {
  std::printf("%s %d: %d images, %d damaged, %d losing an acknowledged answer, %d at worst\n", what, at,
              tally.images, tally.damaged, tally.losing, tally.worst);
}

TEST(LostSync, the_start_rule_keeps_every_acknowledged_answer) {
  for (const int at : {3, 9, 16}) {
    const Tally tally = lose_a_sync("-wal", at, Site::Start::by_the_rule, 500);
    print("log sync, start rule, position", at, tally);
    EXPECT_EQ(tally.images, 500);
    EXPECT_EQ(tally.damaged, 0) << tally.first_damage;
    EXPECT_EQ(tally.losing, 0);
  }
}

// What the rule is for: without it the harness finds the losses.
TEST(LostSync, a_plain_restart_loses_them) {
  int losing = 0;
  for (const int at : {3, 9, 16}) {
    const Tally tally = lose_a_sync("-wal", at, Site::Start::plain, 60);
    print("log sync, plain restart, position", at, tally);
    losing += tally.losing;
  }
  EXPECT_GT(losing, 60);
}

TEST(LostSync, a_checkpoint_whose_sync_fails_loses_nothing) {
  const Tally tally = lose_a_sync("leafgate.db", 1, Site::Start::by_the_rule, 100);
  print("database sync in a checkpoint, start rule, position", 1, tally);
  EXPECT_EQ(tally.damaged, 0) << tally.first_damage;
  EXPECT_EQ(tally.losing, 0);
}

}  // namespace
}  // namespace leafgate::fault
