#pragma once

#include "gateway/flows/policy.hpp"
#include "gateway/model/attestation.hpp"
#include "gateway/model/enrollment.hpp"
#include "gateway/model/registration.hpp"

namespace leafgate {

// What is enrolled here for the leaf that asks.
enum class Enrolled { nothing, without_key, enabled, disabled };

// What is known of an earlier assignment of it.
enum class Known {
  nothing,
  fresh,         // confirmed by the service within cache.max_age
  stale,         // older, but within offline.max_age of powered time
  beyond_trust,  // older than that
};

// What differs from what earned the assignment (semantics §3).
enum class Change {
  unchanged,
  changed,  // payload, csr, key or enrollment
  renewed,  // the secondary key instead of the primary one, or back; or another certificate of the same CN
            // under the same enrollment
};

// Whether the leaf's next connections can be passed through to the service (semantics §6).
enum class Passing {
  none,            // not by the name it came by
  on_a_link,       // it has no connection that could be: it speaks by a line or a broker
  shared_address,  // a leaf with a symmetric key lives at its address too, and must not be passed by
  possible,
};

// Everything the decision rests on: facts, no objects.
struct Situation {
  bool denied = false;  // on the deny list
  // By an operator: kept out until approved; or free to go to the service though nothing here vouches for it.
  bool rejected = false;
  bool approved = false;
  // credential_swapped, two_places_at_once: not answered until an operator approves it.
  Reason contested = Reason::none;
  Enrolled enrolled = Enrolled::nothing;
  Verdict verdict;
  Known known = Known::nothing;
  Change change = Change::unchanged;
  bool by_certificate = false;  // X.509: only the leaf itself can show its proof to the service
  // A TPM: of one that asks for its challenge the verdict is what it would be once it had opened it. `known`
  // is nothing unless its key for the hub is held and can be told.
  bool by_tpm = false;
  Passing passing = Passing::none;
  bool signs = false;  // with its certificate: the leaf is there to sign for the service's handshake
  bool keeps_coming_back = false;  // the third knock, and the hourly one is unused
  bool told_ahead =
      false;  // what is known was told here while the service was away; it has yet to confirm it
  bool one_hub =
      false;  // its enrollment lets it be told its only possible hub, and the service never said no
  bool service_up = true;
  Reason doubt = Reason::none;  // why nothing of the store is to be believed
};

// What is done about an attempt.
enum class Action {
  refuse,              // 401 on the wire
  end_disabled,        // the operation ends `disabled`
  wait_unwritten,      // 202 from memory: nothing durable, nothing upstream; judged again at its next poll
  answer,              // from cache, nothing written; a TPM is challenged here
  answer_and_refresh,  // the same, and the service is asked behind it
  forward,             // durable outbox row, then 202; the service is asked now
  queue,               // durable outbox row, then 202; settled when the service is back
  answer_ahead,        // durable outbox row and its only possible hub as its assignment, then that
  relay,               // the service decides live; a TPM hears its challenge
  send_through,        // this connection ends, and the next ones are passed through: the service decides
  hold,                // 202 from memory, listed for the operator
};

struct Decision {
  Action action = Action::refuse;
  Reason reason = Reason::none;
  bool provisional = false;  // good only by an untrusted clock: re-checked when time is known
  friend bool operator==(const Decision&, const Decision&) = default;
};

// The table of semantics §3, from the top; the first row that fits decides. Pure. In doubt of the store what
// it refuses stays refused, and nobody is answered from it: the service decides. A TPM is challenged by
// whoever can end its round: here when the answer comes from cache, else by the service, live; when neither
// can, it is refused with needs_service before any challenge. For X.509 nothing is written and nothing goes
// upstream from here: what only the service can settle waits for the leaf's own connection to it, for which
// the leaf is sent through where that can be.
[[nodiscard]] Decision decide(const Situation& situation, const Policy& policy);

// How old a confirmation is, in the words of the table. Wall time counts only where the clock is trusted: a
// gateway that was off for a week holds stale assignments, but offline trust is powered time alone. `own_age`
// is the enrollment's, instead of the policy's.
[[nodiscard]] Known how_known(const std::optional<Assignment>& assignment, PoweredTime powered,
                              WallReading now, const Policy& policy,
                              std::optional<Millis> own_age = std::nullopt);

// Whether the keys that are held of it are of an earlier record than the service's list has: what its leaves
// show may be good by those that have yet to be asked for.
[[nodiscard]] bool has_old_keys(const Enrollment& enrollment);

// Whether this enrollment lets a leaf be told its only possible hub before the service has spoken (semantics
// §3): of a symmetric key, not an old one, where the last that was heard of the leaf is no refusal.
[[nodiscard]] bool may_be_told_ahead(const Enrollment& enrollment, const std::optional<Outcome>& outcome);

}  // namespace leafgate
