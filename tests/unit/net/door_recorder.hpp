#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/net/admission_observer.hpp"

namespace leafgate::net {

// Remembers what the door told, from any loop.
class DoorRecorder final : public AdmissionObserver {
 public:
  struct Told {
    DoorFailure failure;
    std::string detail;
    PeerInfo peer;
  };

  void door_failed(const PeerInfo& peer, DoorFailure failure, std::string_view detail) override {
    const std::lock_guard lock(mutex_);
    failures_.push_back({failure, std::string(detail), peer});
    changed_.notify_all();
  }
  void opened(const PeerInfo& peer) override {
    const std::lock_guard lock(mutex_);
    names_.push_back(peer.server_name);
    changed_.notify_all();
  }
  void closed(const PeerInfo& /*peer*/) override {
    const std::lock_guard lock(mutex_);
    ++closed_;
    changed_.notify_all();
  }

  // Waits for as many failures; fewer come back when they do not come.
  std::vector<Told> failures(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return failures_.size() >= count; });
    return failures_;
  }
  std::vector<std::string> opened(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return names_.size() >= count; });
    return names_;
  }
  std::size_t closed(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return closed_ >= count; });
    return closed_;
  }

 private:
  static constexpr std::chrono::seconds limit{20};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Told> failures_;
  std::vector<std::string> names_;
  std::size_t closed_ = 0;
};

}  // namespace leafgate::net
