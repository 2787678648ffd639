#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include <boost/intrusive/list.hpp>

#include "gateway/model/result.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate::net {

// What has a deadline. Moving the deadline is a store; the sweep of Deadlines looks at it.
class Expiring
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Expiring() = default;
  Expiring(const Expiring&) = delete;
  Expiring& operator=(const Expiring&) = delete;

  // Ends what is under way and everything after it: sticky and terminal. May come more than once; the first
  // counts. Must not destroy other Expirings in the call.
  virtual void expire(Errc why) = 0;
  [[nodiscard]] TimePoint deadline() const { return deadline_; }
  void set_deadline(TimePoint when) { deadline_ = when; }

  // An earlier deadline that counts only while is_in_the_way(): others wait for what this one holds.
  [[nodiscard]] TimePoint patience() const { return patience_; }
  void set_patience(TimePoint when) { patience_ = when; }
  [[nodiscard]] virtual bool is_in_the_way() const { return false; }

 protected:
  ~Expiring() = default;  // leaves the list by itself

 private:
  TimePoint deadline_ = TimePoint::max();
  TimePoint patience_ = TimePoint::max();
};

// The deadlines of one loop: a list and one timer that runs every 100 ms while the list is not empty (a timer
// per operation costs three times the operation, netcore §4). So a deadline is met up to 100 ms late. Used
// and destroyed on its own loop, or after the loop has ended; outlives what is added.
class Deadlines {
 public:
  explicit Deadlines(const Executor& executor);
  ~Deadlines();
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  void add(Expiring& entry);  // until the entry is destroyed
  // Expires everything that is there now.
  void expire_all(Errc why);
  // Called with every sweep: for what else has to be looked at now and then.
  void at_every_sweep(std::function<void()> hook);
  [[nodiscard]] std::size_t size() const;  // counts, for tests

 private:
  struct Core;
  static Task<void> sweep(std::shared_ptr<Core> core);

  Executor executor_;
  std::shared_ptr<Core> core_;  // the sweep may end one turn of the loop after this
};

}  // namespace leafgate::net
