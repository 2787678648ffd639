#include "store/key_file.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::key_file_test {
namespace {

class KeyFileTest : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  KeyFile file_{folder_.path() + "/sealing.key"};
  static crypto::Secret key() { return crypto::Secret(Bytes(32, 0x61)); }
  void write(const std::string& text) {
    std::ofstream(file_.path(), std::ios::trunc) << text;
    ASSERT_EQ(::chmod(file_.path().c_str(), 0600), 0);
  }
};

TEST_F(KeyFileTest, gives_back_what_was_written_and_is_its_owners_alone) {
  EXPECT_FALSE(file_.read().value());
  ASSERT_TRUE(file_.write(key()));
  EXPECT_EQ(as_text(file_.read().value()->view()), as_text(key().view()));
  struct stat facts {};
  ASSERT_EQ(::stat(file_.path().c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  ASSERT_TRUE(file_.write(key())) << "once more";
}

TEST_F(KeyFileTest, one_that_others_may_read_is_refused_by_name) {
  ASSERT_TRUE(file_.write(key()));
  for (const mode_t mode : {0640U, 0604U, 0620U}) {
    ASSERT_EQ(::chmod(file_.path().c_str(), mode), 0);
    const auto read = file_.read();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::conflict);
    EXPECT_NE(read.error().detail.find(file_.path()), std::string::npos);
  }
}

TEST_F(KeyFileTest, what_is_no_such_file_is_refused_and_its_content_not_told) {
  for (const char* text : {"", "leafgate sealing key 1\n", "leafgate sealing key 1\nYWFh\n",
                           "leafgate sealing key 2\nYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=\n",
                           "leafgate sealing key 1\nYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="}) {
    write(text);
    const auto read = file_.read();
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Errc::conflict);
    EXPECT_EQ(read.error().detail.find("YWFh"), std::string::npos);
  }
  std::filesystem::remove(file_.path());
  std::filesystem::create_symlink(folder_.path() + "/elsewhere", file_.path());
  EXPECT_EQ(file_.read().error().code, Errc::conflict);
}

TEST_F(KeyFileTest, is_gone_when_it_is_removed) {
  EXPECT_TRUE(file_.remove());
  ASSERT_TRUE(file_.write(key()));
  std::filesystem::create_hard_link(file_.path(), folder_.path() + "/second name");
  EXPECT_TRUE(file_.remove());
  EXPECT_FALSE(std::filesystem::exists(file_.path()));
  std::ifstream left(folder_.path() + "/second name");
  const std::string content((std::istreambuf_iterator<char>(left)), std::istreambuf_iterator<char>());
  EXPECT_EQ(content, std::string(content.size(), '\0')) << "overwritten before";
}

// A power cut between overwriting and removing.
TEST_F(KeyFileTest, one_that_was_overwritten_and_not_removed_is_none) {
  write(std::string(128, '\0'));
  const auto read = file_.read();
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_FALSE(*read);
  EXPECT_FALSE(std::filesystem::exists(file_.path()));
}

TEST_F(KeyFileTest, what_cannot_be_written_leaves_nothing) {
  const KeyFile nowhere(folder_.path() + "/missing/sealing.key");
  EXPECT_EQ(nowhere.write(key()).error().code, Errc::store_fault);
}

}  // namespace
}  // namespace leafgate::key_file_test
