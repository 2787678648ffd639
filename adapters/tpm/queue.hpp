#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "adapters/tpm/bench.hpp"
#include "gateway/runtime/reply.hpp"

namespace leafgate::tpm {

// Whose turn it is first.
enum class Rank : std::uint8_t {
  own,      // what the gateway signs, counts and opens, and what an operator asks
  derived,  // what strangers ask for
};

// What a request needs of the TPM.
enum class Needs : std::uint8_t {
  set_up,  // the expected TPM, and an anchor
  any,     // a TPM that answers, also a foreign one
};

// A request that waits for the TPM's thread.
class Job {
 public:
  Job(Rank r, Needs n, TimePoint d) : rank(r), needs(n), deadline(d) {}
  virtual ~Job() = default;
  // On the TPM's thread. May be called again after a failure.
  virtual Outcome<void> run(Bench& bench) = 0;
  // Exactly once: gives what the last run() gave, or `failure` instead.
  virtual void answer(std::optional<Error> failure) = 0;

  const Rank rank;
  const Needs needs;
  const TimePoint deadline;
};

// A job of a coroutine: `function(Bench&)` gives an Outcome.
template <class T, class F>
class Call final : public Job {
 public:
  Call(Rank r, Needs n, TimePoint d, F& function, Reply<Result<T>> reply)
      : Job(r, n, d), function_(function), reply_(std::move(reply)) {}

  Outcome<void> run(Bench& bench) override {
    auto given = function_(bench);
    if (!given) return given.error();
    value_.emplace(std::move(*given));
    return {};
  }

  void answer(std::optional<Error> failure) override {
    if (failure) {
      reply_(Result<T>(std::move(*failure)));
    } else {
      reply_(Result<T>(std::move(*value_)));
    }
  }

 private:
  F& function_;  // in the frame of the coroutine that waits
  Reply<Result<T>> reply_;
  std::optional<T> value_;
};

// Requests in the order of their rank, then of arrival. Not for several threads at once.
class Queue {
 public:
  Queue(std::size_t most_own, std::size_t most_derived) : most_{most_own, most_derived} {}

  [[nodiscard]] bool has_room(Rank rank) const { return of(rank).size() < most_[index(rank)]; }
  void add(std::unique_ptr<Job> job) { jobs_[index(job->rank)].push_back(std::move(job)); }
  [[nodiscard]] std::unique_ptr<Job> next();
  // Those whose deadline has come.
  [[nodiscard]] std::vector<std::unique_ptr<Job>> take_expired(TimePoint now);
  // Those that need what is not there; all of them without a need named.
  [[nodiscard]] std::vector<std::unique_ptr<Job>> take_all(std::optional<Needs> needs = std::nullopt);
  [[nodiscard]] std::size_t size() const { return jobs_[0].size() + jobs_[1].size(); }
  [[nodiscard]] std::optional<TimePoint> first_deadline() const;

 private:
  static std::size_t index(Rank rank) { return static_cast<std::size_t>(rank); }
  [[nodiscard]] const std::deque<std::unique_ptr<Job>>& of(Rank rank) const { return jobs_[index(rank)]; }
  template <class F>
  std::vector<std::unique_ptr<Job>> take_if(F wanted);

  const std::array<std::size_t, 2> most_;
  std::array<std::deque<std::unique_ptr<Job>>, 2> jobs_;
};

}  // namespace leafgate::tpm
