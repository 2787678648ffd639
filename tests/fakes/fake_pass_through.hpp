#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/crypto/x509.hpp"
#include "gateway/ports/pass_through.hpp"

namespace leafgate {

// Gives out the passes it was given, and keeps what it is told. Any thread.
class FakePassThrough final : public PassThrough {
 public:
  void give(const std::string& address, const std::string& id) {
    const std::lock_guard lock(mutex_);
    passes_[address].push_back(id);
  }
  void hand_out(const std::string& hub) {
    const std::lock_guard lock(mutex_);
    hubs_.insert(hub);
  }
  void set_service_up(bool up) {
    const std::lock_guard lock(mutex_);
    up_ = up;
  }
  [[nodiscard]] std::vector<PassedSession> sessions() const {
    const std::lock_guard lock(mutex_);
    return sessions_;
  }
  // Waits until there are so many, for ten seconds.
  [[nodiscard]] std::vector<PassedSession> sessions(std::size_t count) const {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return sessions_.size() >= count; });
    return sessions_;
  }
  // Hub and address, in the order in which they were seen.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
  }

  // Those that took a pass, and those that showed a certificate in clear, with its CN.
  struct Seen {
    std::shared_ptr<Presence> connection;
    std::string name;
  };
  [[nodiscard]] std::vector<Seen> taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  // Waits until there are so many, for ten seconds.
  [[nodiscard]] std::vector<Seen> shown(std::size_t count) const {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return shown_.size() >= count; });
    return shown_;
  }

  std::optional<std::string> take(std::string_view address,
                                  const std::shared_ptr<Presence>& connection) override {
    const std::lock_guard lock(mutex_);
    auto& left = passes_[std::string(address)];
    if (left.empty() || !up_) return std::nullopt;
    std::string id = std::move(left.front());
    left.pop_front();
    taken_.push_back({connection, id});
    return id;
  }
  void shown(std::shared_ptr<Presence> connection, std::string /*address*/,
             crypto::Certificate certificate) override {
    const std::lock_guard lock(mutex_);
    shown_.push_back({std::move(connection), certificate.common_name().value_or("")});
    changed_.notify_all();
  }
  [[nodiscard]] bool service_is_up() const override {
    const std::lock_guard lock(mutex_);
    return up_;
  }
  [[nodiscard]] bool handed_out(std::string_view hub) const override {
    const std::lock_guard lock(mutex_);
    return hubs_.contains(std::string(hub));
  }
  void ended(PassedSession session) override {
    const std::lock_guard lock(mutex_);
    sessions_.push_back(std::move(session));
    changed_.notify_all();
  }
  void seen_toward(std::string_view hub, std::string_view address) override {
    const std::lock_guard lock(mutex_);
    seen_.emplace_back(hub, address);
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::map<std::string, std::deque<std::string>> passes_;
  std::set<std::string> hubs_;
  bool up_ = true;
  std::vector<PassedSession> sessions_;
  std::vector<Seen> taken_;
  std::vector<Seen> shown_;
  std::vector<std::pair<std::string, std::string>> seen_;
};

}  // namespace leafgate
