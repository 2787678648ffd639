#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace leafgate {

// A TCP port of loopback that leads to a Unix socket, with the faults of a network: it can stop passing, as a
// cut cable does, break what is open, dawdle, and be a broker that speaks MQTT 3.1.1 only.
class FaultyProxy {
 public:
  enum class Old { no, polite, rude };  // polite: says so (MQTT 3.1.1, 3.2.2.3), rude: closes without a word

  explicit FaultyProxy(std::string target) : target_(std::move(target)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(listening_, 64);
    socklen_t size = sizeof address;
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~FaultyProxy() {
    stop_ = true;
    thread_.join();
    ::close(listening_);
  }
  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int accepted() const { return accepted_; }
  void pass(bool on) { passing_ = on; }
  void cut() { cut_ = true; }                        // everything that is open
  void slow(std::size_t octets) { slow_ = octets; }  // per direction and 5 ms; 0: as fast as it goes
  void be_old(Old how) { old_ = how; }

 private:
  struct Way {
    int from;
    int to;
    std::string waiting;
    bool ended = false;
  };
  struct Pair {
    Way up;
    Way down;
    bool judged = false;
    bool over = false;
  };

  void run() {
    while (!stop_) {
      std::vector<pollfd> all{{listening_, POLLIN, 0}};
      for (const Pair& pair : pairs_) {
        all.push_back({pair.up.from, POLLIN, 0});
        all.push_back({pair.down.from, POLLIN, 0});
      }
      const bool idle = passing_ && slow_ == 0;
      ::poll(all.data(), idle ? all.size() : 0, 5);
      if (cut_.exchange(false)) {
        for (Pair& pair : pairs_) pair.over = true;
      }
      if (passing_) {
        admit();
        for (Pair& pair : pairs_) serve(pair);
      }
      for (auto at = pairs_.begin(); at != pairs_.end();) at = at->over ? close(at) : std::next(at);
    }
    while (!pairs_.empty()) close(pairs_.begin());
  }

  void admit() {
    const int leaf = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (leaf < 0) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    target_.copy(address.sun_path, sizeof address.sun_path - 1);
    const int broker = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(broker, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      ::close(broker);
      ::close(leaf);
      return;
    }
    ::fcntl(broker, F_SETFL, O_NONBLOCK);
    ++accepted_;
    pairs_.push_back({{leaf, broker, {}}, {broker, leaf, {}}});
  }

  void serve(Pair& pair) {
    if (!read(pair.up) && pair.up.waiting.empty()) pair.over = true;
    if (old_ != Old::no && !pair.judged && pair.up.waiting.size() > 10) judge(pair);
    if (pair.over) return;
    write(pair.up);
    read(pair.down);
    write(pair.down);
    if (pair.down.ended && pair.down.waiting.empty()) pair.over = true;
  }
  bool read(Way& way) const {
    char buffer[16 * 1024];
    const std::size_t most = slow_ > 0 ? std::min(slow_.load(), sizeof buffer) : sizeof buffer;
    if (way.waiting.size() > sizeof buffer) return true;
    const ssize_t got = ::recv(way.from, buffer, most, 0);
    if (got > 0) way.waiting.append(buffer, static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EAGAIN)) way.ended = true;
    return !way.ended;
  }
  void write(Way& way) const {
    const std::size_t most = slow_ > 0 ? std::min(slow_.load(), way.waiting.size()) : way.waiting.size();
    const ssize_t sent = ::send(way.to, way.waiting.data(), most, MSG_NOSIGNAL);
    if (sent > 0) way.waiting.erase(0, static_cast<std::size_t>(sent));
  }
  // CONNECT: 0x10, remaining length (one octet or two), 0 4 M Q T T, level.
  void judge(Pair& pair) const {
    pair.judged = true;
    const std::string& said = pair.up.waiting;
    const std::size_t at = said.find("MQTT");
    if (at == std::string::npos || said[at + 4] != 5) return;
    constexpr char no[] = {0x20, 2, 0, 1};
    if (old_ == Old::polite) ::send(pair.up.from, no, sizeof no, MSG_NOSIGNAL);
    pair.over = true;
  }
  std::list<Pair>::iterator close(std::list<Pair>::iterator at) {
    ::close(at->up.from);
    ::close(at->down.from);
    return pairs_.erase(at);
  }

  std::string target_;
  int listening_ = -1;
  std::uint16_t port_ = 0;
  std::list<Pair> pairs_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> passing_{true};
  std::atomic<bool> cut_{false};
  std::atomic<std::size_t> slow_{0};
  std::atomic<Old> old_{Old::no};
  std::atomic<int> accepted_{0};
  std::thread thread_;
};

}  // namespace leafgate
