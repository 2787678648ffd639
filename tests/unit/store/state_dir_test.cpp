#include "store/state_dir.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::state_dir_test {
namespace {

class StateDirTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/state";

  static unsigned mode_of(const std::string& path) {
    struct stat facts {};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
  }
};

TEST_F(StateDirTest, a_missing_folder_is_made_for_its_owner_alone) {
  const auto dir = StateDir::open(path_);
  ASSERT_TRUE(dir);
  EXPECT_EQ(mode_of(path_), 0700U);
  EXPECT_EQ(mode_of(dir->database()), 0600U);
}

TEST_F(StateDirTest, a_folder_that_others_may_write_is_refused) {
  for (const unsigned mode : {0770U, 0702U, 0777U}) {
    std::filesystem::create_directory(path_);
    ASSERT_EQ(::chmod(path_.c_str(), mode), 0);
    const auto dir = StateDir::open(path_);
    ASSERT_FALSE(dir);
    EXPECT_EQ(dir.error().code, Errc::conflict);
  }
}

TEST_F(StateDirTest, a_database_that_others_may_read_is_closed_to_them) {
  std::filesystem::create_directory(path_);
  std::ofstream(path_ + "/leafgate.db").put('x');
  ASSERT_EQ(::chmod((path_ + "/leafgate.db").c_str(), 0666), 0);
  ASSERT_EQ(::chmod(path_.c_str(), 0700), 0);
  ASSERT_TRUE(StateDir::open(path_));
  EXPECT_EQ(mode_of(path_ + "/leafgate.db"), 0600U);
}

TEST_F(StateDirTest, what_is_no_folder_is_refused) {
  std::ofstream(path_).put('x');
  EXPECT_EQ(StateDir::open(path_).error().code, Errc::conflict);
  EXPECT_EQ(StateDir::open(path_ + "/below").error().code, Errc::store_fault);
}

TEST_F(StateDirTest, a_second_opener_is_told_so_until_the_first_is_gone) {
  {
    const auto first = StateDir::open(path_);
    ASSERT_TRUE(first);
    const auto second = StateDir::open(path_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::in_use);
    EXPECT_NE(second.error().detail.find("another leafgated"), std::string::npos);
  }
  EXPECT_TRUE(StateDir::open(path_));
}

TEST_F(StateDirTest, the_mark_of_a_clean_stop_is_taken_once) {
  auto dir = StateDir::open(path_);
  EXPECT_FALSE(dir->take_clean_mark().value());
  ASSERT_TRUE(dir->set_clean_mark());
  EXPECT_TRUE(dir->take_clean_mark().value());
  EXPECT_FALSE(dir->take_clean_mark().value());
}

TEST_F(StateDirTest, forgetting_pages_keeps_the_content) {
  std::filesystem::create_directory(path_);
  std::ofstream(path_ + "/file") << "content";
  EXPECT_TRUE(sync_and_forget_pages(path_ + "/file"));
  EXPECT_TRUE(sync_and_forget_pages(path_ + "/none"));
  std::string read;
  std::ifstream(path_ + "/file") >> read;
  EXPECT_EQ(read, "content");
}

}  // namespace
}  // namespace leafgate::state_dir_test
