#include "gateway/app/reading_rights.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/fakes/temporary_folder.hpp"

namespace leafgate::reading_rights_test {
namespace {

namespace fs = std::filesystem;

struct ReadingRightsTest : testing::Test {
  TemporaryFolder folder;
  ReadingRightsTest() { fs::permissions(folder.path(), fs::perms(0711)); }

  std::string file(const std::string& name, unsigned mode) const {
    const std::string path = folder.path() + "/" + name;
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << "content";
    fs::permissions(path, fs::perms(mode));
    return path;
  }
};

TEST_F(ReadingRightsTest, what_root_alone_may_read_is_found) {
  const std::string open = file("open.pem", 0644);
  const std::string key = file("key.pem", 0600);
  const std::string in_a_closed_folder = file("private/ca.pem", 0644);
  fs::permissions(folder.path() + "/private", fs::perms(0700));
  const std::string of_the_group = file("group.pem", 0640);
  const std::string missing = folder.path() + "/none.pem";
  const auto found = unreadable_for("nobody", {open, key, in_a_closed_folder, of_the_group, missing});
  if (::geteuid() != 0) {
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, Errc::refused);
    return;
  }
  ASSERT_TRUE(found) << found.error().detail;
  EXPECT_EQ(*found, (std::vector<std::string>{key, in_a_closed_folder, of_the_group}))
      << "one that is missing is another mistake";
}

TEST_F(ReadingRightsTest, a_user_that_is_none_is_told_apart) {
  if (::geteuid() == 0) {
    EXPECT_EQ(unreadable_for("nobody-of-this-name", {}).error().code, Errc::not_found);
    EXPECT_TRUE(unreadable_for("root", {file("key.pem", 0600)}).value().empty());
  } else {
    EXPECT_EQ(unreadable_for("root", {}).error().code, Errc::refused);
  }
}

}  // namespace
}  // namespace leafgate::reading_rights_test
