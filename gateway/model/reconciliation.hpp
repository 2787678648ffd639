#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/model/ids.hpp"
#include "gateway/model/reason.hpp"
#include "gateway/model/receipt.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// What was promised to a leaf while the service was away, and what came of it (semantics §5). Closed; codes
// are stable names. The first two wait for the service; every promise ends as one of the others. One that
// needs the leaf is settled when the service has heard the leaf itself.
enum class PromiseState : std::uint8_t {
  queued,       // told `assigning`; the service will hear it without the leaf
  provisional,  // told its only possible hub
  needs_the_leaf,
  confirmed,
  rehomed,  // the service has put it elsewhere than it was told, or than it was known
  refused,
  conflict,
};
constexpr std::size_t promise_states = 7;

struct PromiseStateRow {
  PromiseState state;
  std::string_view code;         // "re-homed"
  std::string_view text;         // one line: what it means
  std::string_view next_action;  // one line: what the engineer can do; empty when nothing is to be done
};
[[nodiscard]] const PromiseStateRow& row(PromiseState state);
[[nodiscard]] std::string_view code(PromiseState state);
[[nodiscard]] std::optional<PromiseState> promise_state_from_code(std::string_view code);

// One leaf's promise. At most one for each; the next outage's takes its place.
struct Promise {
  explicit Promise(RegistrationId registration_id) : id(std::move(registration_id)) {}
  RegistrationId id;
  PromiseState made = PromiseState::queued;   // what it was told: one of the first three
  PromiseState state = PromiseState::queued;  // what it is now
  std::string hub;                            // that it was told, or had before; empty: none
  std::string device_id;
  std::string settled_hub;  // where the service has put it; empty: nowhere
  std::string settled_device_id;
  Reason reason = Reason::none;  // why it was made; once it is settled or in trouble, why that is so
  WallTime made_at{};
  WallTime settled_at{};    // no time: it may still change
  std::int64_t outage = 0;  // in which it was made; 0: none was known yet
  bool told = false;        // the leaf has been here since it was settled
  // Of an open one: why the service does not hear of it now though it is there. Not stored.
  Reason held_back = Reason::none;

  [[nodiscard]] bool is_settled() const { return settled_at != WallTime{}; }
  friend bool operator==(const Promise&, const Promise&) = default;
};

// What its state means; of a refusal, whose it was.
[[nodiscard]] std::string_view text(const Promise& promise);
// What the engineer can do about it, from its reason or its state, and whether the service can be reached.
[[nodiscard]] std::string_view next_action(const Promise& promise, bool service_up);

// Whether a row with this reason was accepted because the service is away.
[[nodiscard]] bool is_promise(Reason reason);

// Whether it is open, and only the leaf itself can settle it.
[[nodiscard]] bool waits_for_the_leaf(const Promise& promise);

// Whether it is open only because nobody here saw the service answer its leaf: in the next outage (`now`; 0:
// none is known yet) what the leaf is told then takes its place.
[[nodiscard]] bool is_of_former_outage(const Promise& promise, std::int64_t now);

// The promise that an outbox row is, given with what was known of the leaf before it; none where the service
// was asked at once.
[[nodiscard]] std::optional<Promise> promise_of(const OutboxRow& row, const Registration& known);

// What became of it with this ruling of the service (or of the gateway in its stead). `taken`: another leaf
// here has the very place. One whose key had changed while it waited stays a conflict. Pure.
[[nodiscard]] Promise settled(Promise promise, const Registration& result, Ruling ruling, Reason reason,
                              WallTime at, bool taken);

// The same where the gateway has refused its leaf, and the service is not asked about it. Pure.
[[nodiscard]] Promise refused_here(Promise promise, Reason reason, WallTime at);

// Promises by their state.
struct PromiseCounts {
  std::array<std::size_t, promise_states> by_state{};
  std::size_t untold = 0;  // settled otherwise than promised, and the leaf has not been here since

  [[nodiscard]] std::size_t of(PromiseState state) const {
    return by_state.at(static_cast<std::size_t>(state));
  }
  friend bool operator==(const PromiseCounts&, const PromiseCounts&) = default;
};

// When an outage begins or ends.
struct OutageMoment {
  WallTime at{};
  PoweredTime powered{};
  bool timed = true;  // by a clock that is trusted
};

// A time in which the service was away. What was promised in it, and what has come of that so far, in counts
// that stay when the promises themselves have gone.
struct Outage {
  std::int64_t id = 0;
  WallTime begun{};
  std::optional<WallTime> ended;  // none: it lasts
  // One of these dates was not known then. While it lasts `begun` says nothing; later it is reckoned by the
  // hours meter from the other one.
  bool untimed = false;
  std::optional<Millis> powered_for;  // how long it lasted by the hours meter, once it is over
  Reason reason = Reason::none;       // why the service was not reached at its beginning
  std::array<std::size_t, 3> made{};  // queued, provisional, needs-the-leaf
  std::array<std::size_t, promise_states> came_to{};  // of those: confirmed, re-homed, refused, conflict

  [[nodiscard]] std::size_t promises() const { return made[0] + made[1] + made[2]; }
  friend bool operator==(const Outage&, const Outage&) = default;
};

}  // namespace leafgate
