#include "store/migrations.hpp"

#include <array>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::migrations_test {
namespace {

constexpr const char* first_sql =
    "CREATE TABLE schema_version(one INTEGER PRIMARY KEY, version INTEGER, min_reader INTEGER);"
    "INSERT INTO schema_version VALUES(1, 0, 0); CREATE TABLE leaf(id TEXT)";
constexpr Migration first{1, 1, first_sql};
constexpr Migration additive{2, 1, "ALTER TABLE leaf ADD COLUMN hub TEXT DEFAULT 'h'"};
constexpr Migration breaking{3, 3, "ALTER TABLE leaf RENAME COLUMN id TO key"};
constexpr Migration wrong{2, 1, "ALTER TABLE leaf ADD COLUMN hub TEXT; INSERT INTO nowhere VALUES(1)"};

class MigrationsTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/leafgate.db";

  Connection open(const std::string& path) {
    return Connection::open(path, Connection::Access::read_write).value();
  }
  Result<void> migrate_with(std::vector<Migration> migrations) {
    auto connection = open(path_);
    return migrate(connection, path_, migrations);
  }
  std::string ask(const std::string& sql) { return open(path_).ask(sql).value(); }
};

TEST_F(MigrationsTest, the_embedded_ones_count_up_from_one) {
  int version = 0;
  int reader = 0;
  for (const Migration& migration : embedded_migrations()) {
    EXPECT_EQ(migration.version, ++version);
    EXPECT_LE(migration.min_reader, migration.version);
    EXPECT_GE(migration.min_reader, reader) << "a later step does not undo what an earlier one broke";
    reader = migration.min_reader;
  }
  EXPECT_GE(version, 1);
}

TEST_F(MigrationsTest, a_new_database_gets_the_newest_schema_and_no_copy) {
  ASSERT_TRUE(migrate_with({first, additive}));
  EXPECT_EQ(ask("SELECT version || ' ' || min_reader FROM schema_version"), "2 1");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".before-0"));
}

TEST_F(MigrationsTest, rows_outlive_a_migration_and_a_copy_is_kept) {
  ASSERT_TRUE(migrate_with({first}));
  ASSERT_TRUE(open(path_).execute("INSERT INTO leaf VALUES('leaf-1')"));
  ASSERT_TRUE(migrate_with({first, additive, breaking}));
  EXPECT_EQ(ask("SELECT key || hub FROM leaf"), "leaf-1h");
  const std::string copy = path_ + ".before-1";
  EXPECT_EQ(open(copy).ask("SELECT id FROM leaf").value(), "leaf-1");
  EXPECT_EQ(open(copy).ask("SELECT version FROM schema_version").value(), "1");
  struct stat facts {};
  ASSERT_EQ(::stat(copy.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_F(MigrationsTest, only_the_newest_copy_is_kept) {
  ASSERT_TRUE(migrate_with({first}));
  ASSERT_TRUE(migrate_with({first, additive}));
  EXPECT_TRUE(std::filesystem::exists(path_ + ".before-1"));
  std::ofstream(path_ + ".before-2.part") << "what a power cut left";
  ASSERT_TRUE(migrate_with({first, additive, breaking}));
  EXPECT_TRUE(std::filesystem::exists(path_ + ".before-2"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".before-1"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".before-2.part"));
}

TEST_F(MigrationsTest, a_migration_that_failed_keeps_the_copies_of_before) {
  ASSERT_TRUE(migrate_with({first}));
  EXPECT_FALSE(migrate_with({first, wrong}));
  EXPECT_EQ(open(path_ + ".before-1").ask("SELECT version FROM schema_version").value(), "1");
}

TEST_F(MigrationsTest, nothing_is_done_twice) {
  ASSERT_TRUE(migrate_with({first, additive}));
  ASSERT_TRUE(migrate_with({first, additive}));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".before-2"));
}

TEST_F(MigrationsTest, an_older_daemon_opens_what_its_successor_allows) {
  ASSERT_TRUE(migrate_with({first, additive}));
  EXPECT_TRUE(migrate_with({first}));
  EXPECT_EQ(ask("SELECT version FROM schema_version"), "2");
}

TEST_F(MigrationsTest, an_older_daemon_refuses_what_it_cannot_read_and_names_the_versions) {
  ASSERT_TRUE(migrate_with({first, additive, breaking}));
  const auto refused = migrate_with({first});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_NE(refused.error().detail.find("version 3"), std::string::npos);
  EXPECT_NE(refused.error().detail.find("knows version 1"), std::string::npos);
}

TEST_F(MigrationsTest, a_step_that_fails_leaves_the_version_before_it) {
  ASSERT_TRUE(migrate_with({first}));
  EXPECT_FALSE(migrate_with({first, wrong}));
  EXPECT_EQ(ask("SELECT version FROM schema_version"), "1");
  EXPECT_EQ(ask("SELECT count(*) FROM pragma_table_info('leaf')"), "1");
  EXPECT_TRUE(migrate_with({first, additive}));
}

TEST_F(MigrationsTest, the_database_of_another_program_is_left_alone) {
  ASSERT_TRUE(open(path_).execute("CREATE TABLE mine(a)"));
  EXPECT_EQ(migrate_with({first}).error().code, Errc::conflict);
}

}  // namespace
}  // namespace leafgate::migrations_test
