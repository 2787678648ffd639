#pragma once

#include <array>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace leafgate::net {

// `openssl s_server` on a free port of this machine, for one connection at a time: says back each line in
// reverse. Wants a certificate of the client that leads to a CA, and proves nothing to nobody but TLS. Ends
// with this.
class OpensslServer {
 public:
  explicit OpensslServer(std::vector<std::string> options) {
    std::array<int, 2> out{};
    if (::pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(1);
      ::dup2(out[1], STDOUT_FILENO);
      ::dup2(out[1], STDERR_FILENO);
      std::vector<std::string> words{"openssl", "s_server", "-accept", "127.0.0.1:0", "-rev"};
      words.insert(words.end(), options.begin(), options.end());
      std::vector<char*> arguments;
      for (std::string& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      ::execvp("openssl", arguments.data());
      ::_exit(127);
    }
    ::close(out[1]);
    from_ = ::fdopen(out[0], "r");
    const std::string accept = line_with("ACCEPT");
    port_ = static_cast<std::uint16_t>(std::stoi(accept.substr(accept.rfind(':') + 1)));
  }
  ~OpensslServer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    std::fclose(from_);
  }
  OpensslServer(const OpensslServer&) = delete;
  OpensslServer& operator=(const OpensslServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // The next line of what it prints that has this in it.
  std::string line_with(const std::string& text) {
    std::array<char, 1024> line{};
    while (std::fgets(line.data(), static_cast<int>(line.size()), from_) != nullptr)
      if (const std::string got = line.data(); got.find(text) != std::string::npos) return got;
    throw std::runtime_error("s_server never says " + text);
  }

 private:
  pid_t pid_ = -1;
  std::FILE* from_ = nullptr;
  std::uint16_t port_ = 0;
};

}  // namespace leafgate::net
