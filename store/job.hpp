#pragma once

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include "gateway/model/result.hpp"
#include "gateway/runtime/reply.hpp"
#include "store/connection.hpp"

namespace leafgate {

// A request that waits for a thread of the store.
class Job {
 public:
  virtual ~Job() = default;
  // On the store's thread. An error means that what this job did must be undone.
  virtual std::optional<Error> run(Connection& connection) = 0;
  // Exactly once, on the store's thread: gives what run() gave, or `failure` instead.
  virtual void answer(std::optional<Error> failure) = 0;
};

// A job of a coroutine: `function(Connection&)` gives a Result and lives in that coroutine's frame.
template <class F>
class Call : public Job {
 public:
  using Answer = std::invoke_result_t<F&, Connection&>;

  Call(F& function, Reply<Answer> reply) : function_(function), reply_(std::move(reply)) {}

  std::optional<Error> run(Connection& connection) override {
    value_.emplace(function_(connection));
    if (!*value_) return value_->error();
    return std::nullopt;
  }

  void answer(std::optional<Error> failure) override {
    if (failure) {
      reply_(Answer(std::move(*failure)));
    } else {
      reply_(std::move(*value_));
    }
  }

 private:
  F& function_;
  Reply<Answer> reply_;
  std::optional<Answer> value_;
};

// A job nobody waits for; an error it meets is the thread's to judge.
class Errand : public Job {
 public:
  explicit Errand(std::function<Result<void>(Connection&)> function) : function_(std::move(function)) {}
  std::optional<Error> run(Connection& connection) override {
    auto done = function_(connection);
    if (!done) return done.error();
    return std::nullopt;
  }
  void answer(std::optional<Error>) override {}

 private:
  std::function<Result<void>(Connection&)> function_;
};

}  // namespace leafgate
