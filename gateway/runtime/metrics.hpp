#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace leafgate {

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  // For what is counted elsewhere. One thread; never lowers.
  void raise_to(std::uint64_t n) {
    if (n > value()) value_.store(n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t v) { value_.store(v, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Counts observations by upper bound; the bucket "+Inf" is implied.
class Histogram {
 public:
  explicit Histogram(std::span<const double> bounds);  // ascending
  void observe(double value);

 private:
  friend class Metrics;
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> counts_;
  std::atomic<double> sum_{0.0};
};

// The metrics of the program by name and labels. Registering locks and allocates, so it is done at start;
// using what was registered is a relaxed atomic from any thread. References stay good while Metrics lives.
class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  Metrics();
  ~Metrics();

  // The same name and labels give the same object again. `help` of the first registration counts. Names are
  // snake_case without "_total": rendering adds it. Another kind under the same name is a bug (throws).
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                       const Labels& labels = {});

  // Takes every gauge of this name away, with references to them: for labels that come and go, by whoever
  // alone sets them.
  void clear_gauges(std::string_view name);

  // All of them in OpenMetrics 1.0 text, ending in "# EOF". Any thread.
  [[nodiscard]] std::string render() const;

 private:
  struct Sample;
  struct Family;
  Sample& sample(std::string_view name, std::string_view help, std::string_view kind, const Labels& labels);

  mutable std::mutex mutex_;                       // guards the lists, never the values
  std::vector<std::unique_ptr<Family>> families_;  // in order of registration
};

}  // namespace leafgate
