#include <atomic>
#include <thread>

#include <sys/file.h>
#include <sys/ioctl.h>

#include "tests/unit/serial/tty_fixture.hpp"

namespace leafgate::serial::tty_test {
namespace {

using Tty = OnTty;

Errc failure_of(Device& device) {
  const auto port = device.open();
  return port ? Errc::internal : port.error().code;
}

TEST_F(Tty, is_opened_raw_at_its_rate_and_locked_three_times) {
  plug();
  TtyDevice device(loop.get_executor(), config);
  auto port = device.open();
  ASSERT_TRUE(port.has_value()) << port.error().detail;
  termios settings{};
  ASSERT_EQ(::tcgetattr(pty->master(), &settings), 0);
  EXPECT_EQ(::cfgetospeed(&settings), static_cast<speed_t>(B115200));
  EXPECT_EQ(settings.c_lflag & static_cast<tcflag_t>(ICANON | ECHO | ISIG), 0U);
  EXPECT_EQ(settings.c_cflag & static_cast<tcflag_t>(HUPCL | CRTSCTS), 0U);
  EXPECT_NE(settings.c_cflag & static_cast<tcflag_t>(CLOCAL), 0U);
  EXPECT_TRUE(is_locked());
  TtyDevice second(loop.get_executor(), config);
  EXPECT_EQ(failure_of(second), Errc::conflict) << "also of the same process";
  EXPECT_TRUE(is_locked());
  port->reset();
  EXPECT_FALSE(is_locked());
  EXPECT_TRUE(second.open().has_value());
}

TEST_F(Tty, that_is_not_there_or_no_tty_is_told_apart) {
  TtyDevice device(loop.get_executor(), config);
  EXPECT_EQ(failure_of(device), Errc::not_found);
  link_to("/dev/null");
  EXPECT_EQ(failure_of(device), Errc::unsupported);
  plug();
  config.baud = 12345;
  TtyDevice odd(loop.get_executor(), config);
  EXPECT_EQ(failure_of(odd), Errc::unsupported);
  EXPECT_FALSE(is_locked());
}

TEST_F(Tty, is_left_alone_while_another_program_has_its_lock_file) {
  plug();
  const OtherProcess other([] { return true; });
  std::ofstream(lock_path()) << other.id() << "\n";
  TtyDevice device(loop.get_executor(), config);
  const auto port = device.open();
  ASSERT_FALSE(port.has_value());
  EXPECT_EQ(port.error().code, Errc::conflict);
  EXPECT_EQ(port.error().detail, "locked by process " + std::to_string(other.id()));
}

TEST_F(Tty, is_not_even_opened_while_another_program_has_its_lock_file) {
  const OtherProcess other([] { return true; });
  link_to("/dev/null");  // whose opening would tell that it is no tty
  std::ofstream(LockFile::path_of(config.lock_folder, "/dev/null")) << other.id() << "\n";
  TtyDevice device(loop.get_executor(), config);
  EXPECT_EQ(failure_of(device), Errc::conflict);
}

TEST_F(Tty, is_left_alone_while_another_program_has_its_flock) {
  plug();
  config.lock_folder.clear();
  OtherProcess other([this] {
    const int fd = ::open(pty->path().c_str(), O_RDWR | O_NOCTTY);
    return ::flock(fd, LOCK_EX) == 0;
  });
  ASSERT_TRUE(other.did());
  TtyDevice device(loop.get_executor(), config);
  EXPECT_EQ(failure_of(device), Errc::conflict);
  other.kill();
  EXPECT_TRUE(device.open().has_value());
}

TEST_F(Tty, is_held_by_one_gateway_and_taken_over_when_that_one_died) {
  plug();
  OtherProcess other([this] {
    static std::unique_ptr<BytePort> kept;
    TtyDevice device(loop.get_executor(), config);
    auto port = device.open();
    if (port) kept = std::move(*port);
    return port.has_value();
  });
  ASSERT_TRUE(other.did());
  TtyDevice device(loop.get_executor(), config);
  EXPECT_EQ(failure_of(device), Errc::conflict);
  other.kill();
  EXPECT_TRUE(is_locked()) << "it left its lock file behind";
  EXPECT_TRUE(device.open().has_value());
}

TEST_F(Tty, works_without_lock_files_where_none_can_be_written) {
  plug();
  config.lock_folder = folder.path() + "/none";
  TtyDevice device(loop.get_executor(), config);
  EXPECT_TRUE(device.open().has_value());
}

TEST_F(Tty, gives_up_a_write_that_is_not_taken) {
  plug();
  TtyDevice device(loop.get_executor(), config);
  auto port = device.open();
  ASSERT_TRUE(port.has_value());
  const Bytes much(1 << 20, 0x55);
  const TimePoint until = LoopClock::now() + milliseconds(50);
  const auto put = run((*port)->write(much, until));
  ASSERT_FALSE(put.has_value());
  EXPECT_EQ(put.error().code, Errc::timed_out);
  EXPECT_LE(LoopClock::now() - until, milliseconds(500));
}

TEST_F(Tty, tells_an_unplug_while_it_is_read) {
  plug();
  TtyDevice device(loop.get_executor(), config);
  auto port = device.open();
  ASSERT_TRUE(port.has_value());
  std::optional<Result<std::size_t>> got;
  Bytes room(16);
  spawn(loop.get_executor(), keep((*port)->read_some(room, LoopClock::now() + seconds(10)), got));
  run_until([] { return false; }, milliseconds(20));
  pty->close();
  ASSERT_TRUE(run_until([&] { return got.has_value(); }));
  EXPECT_EQ(got->error().code, Errc::unreachable);
}

TEST_F(Tty, registers_a_leaf) {
  plug();
  RegisteringLeaf leaf(1);
  leaf.script.retry_after = milliseconds(10);
  const LeafOnPty other_end(loop.get_executor(), *pty, leaf.end);
  start();
  EXPECT_TRUE(run_until([&] { return leaf.script.is_registered; }));
  EXPECT_EQ(state(), LineState::working);
}

TEST_F(Tty, is_released_to_the_data_application_and_claimed_back) {
  plug();
  RegisteringLeaf leaf(1);
  leaf.script.retry_after = milliseconds(10);
  const LeafOnPty other_end(loop.get_executor(), *pty, leaf.end);
  start();
  ASSERT_TRUE(run_until([&] { return leaf.script.is_registered; }));
  ASSERT_TRUE(is_locked());
  ASSERT_TRUE(run(lines->release("line1")).has_value());
  EXPECT_FALSE(is_locked());
  {
    TtyDevice application(loop.get_executor(), config);
    auto port = application.open();
    ASSERT_TRUE(port.has_value()) << port.error().detail;
    ASSERT_TRUE(run(lines->claim("line1")).has_value());
    EXPECT_TRUE(run_until([&] { return state() == LineState::waiting; }));
  }
  EXPECT_TRUE(run_until([&] { return state() == LineState::working; }));
  EXPECT_TRUE(is_locked());
}

TEST_F(Tty, is_found_when_its_whole_folder_comes_later) {
  std::filesystem::remove(folder.path() + "/by-id");
  start();
  ASSERT_TRUE(run_until([&] { return lines->lines().front().detail == "no such device"; }));
  run_until([] { return false; }, milliseconds(800));  // its own looks are far between by now
  std::filesystem::create_directory(folder.path() + "/by-id");
  run_until([] { return false; }, milliseconds(20));
  const TimePoint plugged = LoopClock::now();
  plug();
  EXPECT_TRUE(run_until([&] { return is_open(); }));
  EXPECT_LE(LoopClock::now() - plugged, milliseconds(500));
}

TEST_F(Tty, survives_a_thousand_unplugs_without_a_descriptor_left_over) {
  start();
  std::size_t before = 0;
  for (int cycle = 0; cycle <= 1000; ++cycle) {
    plug();
    ASSERT_TRUE(run_until([&] { return is_open(); })) << cycle;
    unplug();
    ASSERT_TRUE(run_until([&] { return state() == LineState::away; })) << cycle;
    if (cycle == 0) before = open_descriptors();
  }
  EXPECT_EQ(open_descriptors(), before);
  EXPECT_TRUE(std::filesystem::is_empty(config.lock_folder));
}

// Somebody writes without a pause into a line that has no rate.
class Flood {
 public:
  explicit Flood(int master)
      : writer_([this, fd = ::dup(master)] {
          const Bytes noise(512, 0x55);
          while (!is_over_) {
            if (::write(fd, noise.data(), noise.size()) < 0) std::this_thread::yield();
          }
          ::close(fd);
        }) {}
  ~Flood() {
    is_over_ = true;
    writer_.join();
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

 private:
  std::atomic<bool> is_over_{false};
  std::thread writer_;
};

TEST_F(Tty, that_is_flooded_is_isolated_and_the_loop_goes_on_for_others) {
  plug();
  start();
  ASSERT_TRUE(run_until([&] { return is_open(); }));
  std::optional<Flood> flood(pty->master());
  const TimePoint begin = LoopClock::now();
  LoopClock::duration worst{};
  int ticks = 0;
  const auto tick = [](LoopClock::duration& longest, int& count) -> Task<void> {
    for (; count < 60; ++count) {
      const TimePoint due = LoopClock::now() + milliseconds(10);
      co_await sleep_until(due);
      longest = std::max(longest, LoopClock::now() - due);
    }
  };
  spawn(loop.get_executor(), tick(worst, ticks));
  EXPECT_TRUE(run_until([&] { return state() == LineState::babbling; }, milliseconds(2000)));
  EXPECT_LE(LoopClock::now() - begin, seconds(2));
  run_until([&] { return ticks == 60; });
  EXPECT_LE(worst, milliseconds(100));
}

}  // namespace
}  // namespace leafgate::serial::tty_test
