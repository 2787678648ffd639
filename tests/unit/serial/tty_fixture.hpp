#pragma once

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "adapters/serial/lock_file.hpp"
#include "adapters/serial/serial_lines.hpp"
#include "adapters/serial/tty_device.hpp"
#include "tests/fakes/pty.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/unit/serial/line_fixture.hpp"

namespace leafgate::serial {

// A leaf at the other end of a pseudo terminal. Ends with the pty or with this.
class LeafOnPty {
 public:
  LeafOnPty(const Executor& executor, const Pty& pty, LeafEnd& leaf)
      : state_(std::make_shared<State>(executor, ::dup(pty.master()), leaf)) {
    wait(state_);
  }
  ~LeafOnPty() {
    boost::system::error_code ignored;
    state_->descriptor.close(ignored);
  }
  LeafOnPty(const LeafOnPty&) = delete;
  LeafOnPty& operator=(const LeafOnPty&) = delete;

 private:
  struct State {
    State(const Executor& executor, int fd, LeafEnd& end) : descriptor(executor, fd), leaf(end) {}
    boost::asio::posix::basic_stream_descriptor<Executor> descriptor;
    LeafEnd& leaf;
  };
  static void wait(const std::shared_ptr<State>& state) {
    state->descriptor.async_wait(boost::asio::posix::descriptor_base::wait_read, [state](const auto& failed) {
      if (failed) return;
      Bytes octets(512);
      const ssize_t got = ::read(state->descriptor.native_handle(), octets.data(), octets.size());
      if (got > 0) {
        const Bytes said =
            state->leaf.hear(ByteView(octets).first(static_cast<std::size_t>(got)), LoopClock::now());
        if (!said.empty() && ::write(state->descriptor.native_handle(), said.data(), said.size()) < 0) return;
        wait(state);
      } else {
        spawn(state->descriptor.get_executor(), wait_until_opened(state));
      }
    });
  }
  // While nobody has the slave open its master only tells of that.
  static Task<void> wait_until_opened(std::shared_ptr<State> state) {
    co_await sleep_for(milliseconds(5));
    if (state->descriptor.is_open()) wait(state);
  }
  std::shared_ptr<State> state_;
};

// Real time, a folder in which a link stands for the device, and another for lock files.
class OnTty : public testing::Test {
 protected:
  OnTty() {
    std::filesystem::create_directory(folder.path() + "/by-id");
    std::filesystem::create_directory(folder.path() + "/lock");
    config.name = "line1";
    config.path = folder.path() + "/by-id/usb-adapter";
    config.lock_folder = folder.path() + "/lock";
  }
  ~OnTty() override {
    if (lines) stop();
  }

  void plug() {
    pty = std::make_unique<Pty>();
    link_to(pty->path());
  }
  void link_to(const std::string& target) const {
    std::filesystem::remove(config.path);
    std::filesystem::create_symlink(target, config.path);
  }
  void unplug() {
    std::filesystem::remove(config.path);
    pty->close();
  }
  void start() {
    const std::vector<LineConfig> configs(1, config);
    lines = std::make_unique<SerialLines>(loop.get_executor(), configs, open_tty, link, NameOf());
    lines->start();
  }
  void stop() {
    run(lines->stop());
    lines.reset();
    loop.restart();
    loop.poll();
  }
  template <class T>
  T run(Task<T> task) {
    if constexpr (std::is_void_v<T>) {
      bool done = false;
      const auto note = [](Task<void> inner, bool& into) -> Task<void> {
        co_await std::move(inner);
        into = true;
      };
      spawn(loop.get_executor(), note(std::move(task), done));
      run_until([&] { return done; });
    } else {
      std::optional<T> kept;
      spawn(loop.get_executor(), keep(std::move(task), kept));
      run_until([&] { return kept.has_value(); });
      return std::move(kept.value());
    }
  }
  template <class F>
  bool run_until(F done, milliseconds most = milliseconds(5000)) {
    const TimePoint end = LoopClock::now() + most;
    while (!done() && LoopClock::now() < end) {
      loop.restart();
      loop.run_one_for(milliseconds(20));
    }
    return done();
  }
  [[nodiscard]] LineState state() const { return lines->lines().front().state; }
  [[nodiscard]] bool is_open() const { return state() == LineState::working || state() == LineState::silent; }
  [[nodiscard]] std::string lock_path() const { return LockFile::path_of(config.lock_folder, pty->path()); }
  [[nodiscard]] bool is_locked() const { return std::filesystem::exists(lock_path()); }

  TemporaryFolder folder;
  LineConfig config;
  std::unique_ptr<Pty> pty;
  boost::asio::io_context loop{1};
  AnsweringLink link;
  std::unique_ptr<SerialLines> lines;
};

// A process of this test's own that does `what` and then waits to be ended.
class OtherProcess {
 public:
  template <class F>
  explicit OtherProcess(F what) {
    int ready[2];
    if (::pipe2(ready, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(1);
      const auto kept = what();
      const char said = kept ? 'y' : 'n';
      (void)!::write(ready[1], &said, 1);
      for (;;) ::pause();
    }
    ::close(ready[1]);
    char said = 'n';
    did_ = ::read(ready[0], &said, 1) == 1 && said == 'y';
    ::close(ready[0]);
  }
  ~OtherProcess() { kill(); }
  OtherProcess(const OtherProcess&) = delete;
  OtherProcess& operator=(const OtherProcess&) = delete;

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] bool did() const { return did_; }
  [[nodiscard]] pid_t id() const { return pid_; }

 private:
  pid_t pid_ = 0;
  bool did_ = false;
};

}  // namespace leafgate::serial
