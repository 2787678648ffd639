#include "adapters/serial/lock_file.hpp"

#include <cstdio>
#include <cstring>

#include "tests/unit/serial/tty_fixture.hpp"

namespace leafgate::serial::lock_file_test {
namespace {

class Locking : public testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder.path() + "/LCK..ttyS0"; }
  void write(const std::string& text) const { std::ofstream(path(), std::ios::binary) << text; }
  [[nodiscard]] std::string read() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::string number(pid_t who) {
    char text[16];
    std::snprintf(text, sizeof(text), "%10ld\n", static_cast<long>(who));
    return text;
  }
  static pid_t gone() {
    const OtherProcess other([] { return true; });
    return other.id();
  }

  TemporaryFolder folder;
};

TEST_F(Locking, names_the_file_as_other_programs_do) {
  EXPECT_EQ(LockFile::path_of("/var/lock", "/dev/ttyUSB0"), "/var/lock/LCK..ttyUSB0");
  EXPECT_EQ(LockFile::path_of("/var/lock", "/dev/pts/3"), "/var/lock/LCK..pts_3");
}

TEST_F(Locking, writes_its_number_and_takes_the_file_away_again) {
  {
    auto lock = LockFile::take(path());
    ASSERT_TRUE(lock.has_value());
    EXPECT_EQ(read(), number(::getpid()));
    const LockFile moved = std::move(*lock);
    EXPECT_TRUE(std::filesystem::exists(path()));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST_F(Locking, respects_a_process_that_lives) {
  const OtherProcess other([] { return true; });
  write(number(other.id()));
  const auto lock = LockFile::take(path());
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code, Errc::conflict);
  EXPECT_EQ(lock.error().detail, "locked by process " + std::to_string(other.id()));
  EXPECT_EQ(LockFile::holder(path()), other.id());
  EXPECT_EQ(read(), number(other.id()));
}

TEST_F(Locking, reads_every_form_of_the_number) {
  const OtherProcess other([] { return true; });
  const pid_t id = other.id();
  std::string binary(sizeof(id), '\0');
  std::memcpy(binary.data(), &id, sizeof(id));
  for (const std::string& text :
       {number(id), std::to_string(id), std::to_string(id) + "\n", number(id) + "minicom root\n", binary}) {
    write(text);
    EXPECT_EQ(LockFile::holder(path()), id) << text;
  }
}

TEST_F(Locking, takes_the_file_of_a_process_that_is_gone) {
  write(number(gone()));
  EXPECT_FALSE(LockFile::holder(path()).has_value());
  const auto lock = LockFile::take(path());
  ASSERT_TRUE(lock.has_value());
  EXPECT_EQ(read(), number(::getpid()));
}

TEST_F(Locking, takes_its_own_file_of_an_earlier_life) {
  write(number(::getpid()));
  EXPECT_TRUE(LockFile::take(path()).has_value());
}

TEST_F(Locking, respects_a_file_that_names_nobody) {
  for (const char* text : {"", "minicom", "0", "-5", "99999999999999"}) {
    write(text);
    const auto lock = LockFile::take(path());
    ASSERT_FALSE(lock.has_value()) << text;
    EXPECT_EQ(lock.error().detail, "locked by a lock file that names no process");
  }
}

TEST_F(Locking, leaves_a_file_alone_that_another_put_in_its_place) {
  {
    const auto lock = LockFile::take(path());
    ASSERT_TRUE(lock.has_value());
    write(number(::getppid()));
  }
  EXPECT_EQ(read(), number(::getppid()));
}

TEST_F(Locking, says_when_it_cannot_write_here) {
  const auto lock = LockFile::take(folder.path() + "/none/LCK..ttyS0");
  ASSERT_FALSE(lock.has_value());
  EXPECT_EQ(lock.error().code, Errc::refused);
}

TEST_F(Locking, lets_one_of_many_have_it) {
  int holders = 0;
  std::vector<std::unique_ptr<OtherProcess>> others;
  for (int i = 0; i < 8; ++i) {
    others.push_back(std::make_unique<OtherProcess>([this] {
      static LockFile kept;
      auto lock = LockFile::take(path());
      if (lock) kept = std::move(*lock);
      return lock.has_value();
    }));
    holders += others.back()->did() ? 1 : 0;
  }
  EXPECT_EQ(holders, 1);
}

}  // namespace
}  // namespace leafgate::serial::lock_file_test
