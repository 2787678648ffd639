#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/model/registration.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// An operation that is not settled: an outbox row as the flows see it, or a refresh, which has no row.
struct OpenOperation {
  enum class State { writing, ready, delayed, in_flight };

  explicit OpenOperation(OutboxRow r) : row(std::move(r)) {}
  // As committed, never ahead of the store. Its `request` is kept only for what has no durable row; else it
  // is read when sent.
  OutboxRow row;
  bool durable = false;        // the row is in the outbox
  int pending_writes = 0;      // newer attempts that wait for their commit: nothing may be settled meanwhile
  std::uint32_t revision = 0;  // rises when a newer attempt was committed
  State state = State::writing;
  TimePoint not_before{};                  // while delayed
  Reason waiting_for = Reason::none;       // why it was delayed: the last trouble
  std::string trouble;                     // and its words
  int put_off = 0;                         // for that, how often in a row without having been sent
  bool unprepared = false;                 // it was put off before it could be sent, and is not due again
  TimePoint opened_at = LoopClock::now();  // or read from the store, at the start
  bool of_former_run = false;              // then it was
  TimePoint heard_at{};                    // when its leaf last asked; of what was read: not yet
  // The service refused a proof that is good here: the newest registration that was out when it did. Believed
  // when repeated after a leaf that was sent later was assigned.
  std::optional<std::uint64_t> refused_at;
  bool refused_before = false;  // in a pause in which everybody was: says nothing of others when it is again
};

// The index of open operations in the order they go to the service: class, first registrations before
// repeats, oldest first (semantics §4). Pure bookkeeping; at most one operation per registrationId. First
// loop only.
class OpenOperations {
 public:
  // Null when none is open. Pointers hold until that operation is closed.
  OpenOperation* find(std::string_view registration_key);
  // The same, unless it was closed meanwhile and another one opened for that leaf.
  OpenOperation* find(const OutboxRow& row);
  OpenOperation& open(OutboxRow row);
  void close(std::string_view registration_key);

  void make_ready(OpenOperation& operation);
  void delay(OpenOperation& operation, TimePoint until);
  void take(OpenOperation& operation);  // in flight
  void hold(OpenOperation& operation);  // until a commit that is on its way
  // A newer attempt is in the outbox: from now on that is what is asked for.
  void replace(OpenOperation& operation, const OutboxRow& committed);
  void raise_to(OpenOperation& operation, ForwardClass forward_class);  // never lowers
  // Its leaf is there: it waits now.
  void heard(OpenOperation& operation, TimePoint now);
  // Who waited now, and has not been heard since then, is backlog.
  void let_lapse(TimePoint not_since);

  void release_due(TimePoint now);  // delayed operations whose time has come
  // Everybody was refused and is no longer: who stepped back for it is ready at once, with a clean slate.
  void release_refused();
  // The refused one that has waited longest, ready now; false when there is none.
  bool release_one_refused();
  [[nodiscard]] OpenOperation* best();  // the ready one that goes next
  [[nodiscard]] std::optional<TimePoint> next_due() const;
  // About how many that are ready go before this one, be it ready or not: exact by class, by arrival within.
  [[nodiscard]] std::size_t ahead_of(const OpenOperation& operation) const;

  [[nodiscard]] std::size_t size() const { return operations_.size(); }
  [[nodiscard]] std::size_t durable_count() const;
  // What the requests of operations without a durable row hold of memory.
  [[nodiscard]] std::size_t request_octets() const { return request_octets_; }
  [[nodiscard]] auto begin() const { return operations_.begin(); }
  [[nodiscard]] auto end() const { return operations_.end(); }

 private:
  using Rank = std::tuple<ForwardClass, bool, std::int64_t, std::string_view>;
  static Rank rank(const OpenOperation& operation);
  // Of those that differ in their arrival only.
  static std::size_t group(const OpenOperation& operation);
  void enter_ready(const OpenOperation& operation);
  void leave_ready(const OpenOperation& operation);
  void change_class(OpenOperation& operation, ForwardClass forward_class);
  void leave_queue(OpenOperation& operation);
  void absolve(OpenOperation& operation);

  std::unordered_map<std::string, OpenOperation> operations_;  // node-based: pointers and keys stay
  std::size_t request_octets_ = 0;
  std::set<Rank> ready_;
  std::array<std::size_t, 8> ready_of_group_{};
  std::set<std::pair<TimePoint, std::string_view>> delayed_;
};

}  // namespace leafgate
