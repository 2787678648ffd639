#pragma once

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fakes/temporary_folder.hpp"

namespace leafgate {

// A software TPM of a test's own: a process with its state in a temporary folder. It ends with this object,
// and with the test should that die first. Its socket has an address for EsysTpm; who connects must try until
// it is up.
class Swtpm {
 public:
  Swtpm() {
    std::filesystem::create_directory(state());
    start();
  }
  ~Swtpm() { kill(); }
  Swtpm(const Swtpm&) = delete;
  Swtpm& operator=(const Swtpm&) = delete;

  [[nodiscard]] std::string socket() const { return folder_.path() + "/tpm"; }
  [[nodiscard]] std::string tcti() const { return "swtpm:path=" + socket(); }

  void start() {
    const std::string program = find();
    std::vector<std::string> words = {program,
                                      "socket",
                                      "--tpm2",
                                      "--tpmstate",
                                      "dir=" + state(),
                                      "--server",
                                      "type=unixio,path=" + socket(),
                                      "--ctrl",
                                      "type=unixio,path=" + socket() + ".ctrl",
                                      "--flags",
                                      "not-need-init,startup-clear",
                                      "--log",
                                      "file=" + folder_.path() + "/log"};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(127);
      ::signal(SIGXFSZ, SIG_IGN);  // see fill()
      const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
      ::dup2(nowhere, STDOUT_FILENO);
      ::dup2(nowhere, STDERR_FILENO);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
  }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  void restart() {
    kill();
    start();
  }
  void freeze() const {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
  }
  void thaw() const { ::kill(pid_, SIGCONT); }

  // Its next write of state fails, as on a full disk: then it is in failure mode until it is restarted.
  void fill() const {
    const rlimit none{0, 0};
    ::prlimit(pid_, RLIMIT_FSIZE, &none, nullptr);
  }

  // With the process ended: forgets everything, keeps a copy, goes back to it.
  void empty() {
    std::filesystem::remove_all(state());
    std::filesystem::create_directory(state());
  }
  void keep_copy() {
    std::filesystem::remove_all(copy());
    std::filesystem::copy(state(), copy());
  }
  void go_back() {
    std::filesystem::remove_all(state());
    std::filesystem::copy(copy(), state());
  }

 private:
  static std::string find() {
    for (const char* place : {"/usr/bin/swtpm", "/usr/local/bin/swtpm"}) {
      if (::access(place, X_OK) == 0) return place;
    }
    throw std::runtime_error("swtpm is not installed (Debian package swtpm): these tests need it");
  }
  [[nodiscard]] std::string state() const { return folder_.path() + "/state"; }
  [[nodiscard]] std::string copy() const { return folder_.path() + "/copy"; }

  TemporaryFolder folder_;
  pid_t pid_ = 0;
};

}  // namespace leafgate
