#pragma once

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fakes/temporary_folder.hpp"

namespace leafgate {

// The real broker, a process of a test's own that listens on a Unix socket in a temporary folder: so it needs
// no port that somebody else could take. Others reach it through a FaultyProxy. It ends with this object, and
// with the test should that die first.
class Mosquitto {
 public:
  // `rest` of its configuration, behind the listener.
  explicit Mosquitto(std::string rest = "allow_anonymous true\n") : rest_(std::move(rest)) { start(); }
  ~Mosquitto() { end(SIGKILL); }
  Mosquitto(const Mosquitto&) = delete;
  Mosquitto& operator=(const Mosquitto&) = delete;

  [[nodiscard]] std::string socket() const { return folder_.path() + "/socket"; }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

  // Returns when it listens.
  void start() {
    std::ofstream(path("conf")) << "user root\nlistener 0 " << socket() << "\n" << rest_;
    ::unlink(socket().c_str());
    const pid_t parent = ::getpid();
    const std::string conf = path("conf");
    const std::string log = path("log");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(127);
      const int into = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      ::dup2(into, STDOUT_FILENO);
      ::dup2(into, STDERR_FILENO);
      ::execl("/usr/sbin/mosquitto", "mosquitto", "-v", "-c", conf.c_str(), nullptr);
      ::_exit(127);
    }
    while (!listens()) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG) != 0) {
        pid_ = 0;
        throw std::runtime_error("mosquitto does not start (Debian package mosquitto): " + log_text());
      }
    }
  }
  void restart_with(std::string rest) {
    rest_ = std::move(rest);
    end(SIGTERM);
    start();
  }
  // Repeats itself: Mosquitto forgets a SIGTERM that comes while it starts.
  void end(int signal) {
    if (pid_ <= 0) return;
    do {
      ::kill(pid_, signal);
      ::kill(pid_, SIGCONT);
      ::poll(nullptr, 0, 5);
    } while (::waitpid(pid_, nullptr, WNOHANG) == 0);
    pid_ = 0;
  }
  void freeze() const {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
  }
  void thaw() const { ::kill(pid_, SIGCONT); }

  [[nodiscard]] std::string log_text() const {
    std::ifstream file(path("log"));
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  [[nodiscard]] bool listens() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    socket().copy(address.sun_path, sizeof address.sun_path - 1);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const bool yes = ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(descriptor);
    return yes;
  }

  TemporaryFolder folder_;
  std::string rest_;
  pid_t pid_ = 0;
};

}  // namespace leafgate
