#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

namespace leafgate::standin {

// So many registrations in any window of time, wherever it begins (device sheet §8: 1,000 in a minute). A
// test that cannot wait for minutes makes the window shorter. Keeps count of the worst window, of what was
// offered and of what was taken.
class Quota {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // 0: no limit, and only counted.
  void set(std::size_t most, std::chrono::duration<double> window) {
    most_ = most;
    window_ = std::chrono::duration_cast<std::chrono::steady_clock::duration>(window);
  }

  // Nothing: it is taken. Else the seconds of Retry-After.
  std::optional<int> offer(Time now) {
    worst_offered_ = std::max(worst_offered_, add(offered_, now));
    forget(taken_, now);
    if (most_ > 0 && taken_.size() >= most_) {
      ++throttled_;
      const auto left = std::chrono::ceil<std::chrono::seconds>(taken_.front() + window_ - now);
      return static_cast<int>(std::max<std::chrono::seconds::rep>(1, left.count()));
    }
    worst_taken_ = std::max(worst_taken_, add(taken_, now));
    return std::nullopt;
  }

  std::size_t most() const { return most_; }
  double window_seconds() const { return std::chrono::duration<double>(window_).count(); }
  std::size_t worst_offered() const { return worst_offered_; }
  std::size_t worst_taken() const { return worst_taken_; }
  std::size_t throttled() const { return throttled_; }

 private:
  void forget(std::deque<Time>& times, Time now) const {
    while (!times.empty() && now - times.front() >= window_) times.pop_front();
  }
  std::size_t add(std::deque<Time>& times, Time now) const {
    forget(times, now);
    times.push_back(now);
    return times.size();
  }

  std::size_t most_ = 0;
  std::chrono::steady_clock::duration window_ = std::chrono::minutes(1);
  std::deque<Time> offered_;
  std::deque<Time> taken_;
  std::size_t worst_offered_ = 0;
  std::size_t worst_taken_ = 0;
  std::size_t throttled_ = 0;
};

}  // namespace leafgate::standin
