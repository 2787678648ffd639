#pragma once

#include <array>
#include <string>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/socket.h>

#include "gateway/net/listening.hpp"
#include "tests/unit/net/blocking_client.hpp"

namespace leafgate::net {

// A CONNECT proxy for one connection, on a thread of its own: says `answer`, and when that is a 200 passes
// octets to and from the port of this machine that was asked for.
class PlainProxy {
 public:
  explicit PlainProxy(std::string answer)
      : answer_(std::move(answer)),
        listening_(open_listening("127.0.0.1:0", {}).value()),
        port_(bound_port(listening_.get())),
        thread_([this] { serve(); }) {}
  ~PlainProxy() { thread_.join(); }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& asked() {  // after the connection has ended
    thread_.join();
    thread_ = std::thread([] {});
    return asked_;
  }

 private:
  void serve() {
    pollfd coming{listening_.get(), POLLIN, 0};
    ::poll(&coming, 1, 20'000);
    const OwnedDescriptor client(::accept(listening_.get(), nullptr, nullptr));
    std::array<char, 4096> part{};
    while (asked_.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = ::recv(client.get(), part.data(), part.size(), 0);
      if (got <= 0) return;
      asked_.append(part.data(), static_cast<std::size_t>(got));
    }
    ::send(client.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    if (!answer_.starts_with("HTTP/1.1 200")) return;
    const std::size_t colon = asked_.find(':');
    const BlockingClient server(static_cast<std::uint16_t>(std::stoi(asked_.substr(colon + 1))));
    while (pass(client.get(), server.fd(), part)) {
    }
  }
  static bool pass(int a, int b, std::array<char, 4096>& part) {
    std::array<pollfd, 2> ends{{{a, POLLIN, 0}, {b, POLLIN, 0}}};
    if (::poll(ends.data(), ends.size(), 20'000) <= 0) return false;
    const bool from_a = ends[0].revents != 0;
    const ssize_t got = ::recv(from_a ? a : b, part.data(), part.size(), 0);
    return got > 0 && ::send(from_a ? b : a, part.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) == got;
  }

  std::string answer_;
  OwnedDescriptor listening_;
  std::uint16_t port_;
  std::string asked_;
  std::thread thread_;
};

}  // namespace leafgate::net
