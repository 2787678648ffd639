#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/ports/audit_log.hpp"
#include "gateway/ports/link.hpp"
#include "gateway/ports/reconciliations.hpp"

namespace leafgate {

// Whose certificate ends first of those that a leaf rests on.
enum class WhoseEnd {
  own,        // the leaf's, or one that it shows between its own and the enrolled CA
  enrolled,   // the leaf's, which its individual enrollment has
  authority,  // the CA's that is enrolled for its group
};

// When what a leaf shows ends by its dates, as far as is known here.
struct ProofEnd {
  std::optional<WallTime> at;  // absent: it does not end, or nothing is known of that
  WhoseEnd whose = WhoseEnd::own;
  std::string enrollment;  // which is concerned ("group ID"); empty: none
  // Its own certificate was not seen yet: `at` is when what is enrolled for it ends, and before that it may.
  bool own_unknown = false;
};

// Leaves that would not be answered, by the same reason.
struct NotAnswered {
  Reason reason = Reason::none;
  std::size_t count = 0;
  std::vector<std::string> first;  // a few of them, in order of registrationId
  // Where certificates have ended then: whose, of which enrollment if that is one for all of them, and from
  // when until when they do.
  struct Ended {
    WhoseEnd whose = WhoseEnd::own;
    std::string enrollment;
    WallTime first{};
    WallTime last{};
  };
  std::optional<Ended> ended;
};

// One that leaves are shown and that ends within the span.
struct EndingCertificate {
  std::string file;
  std::string server_name;  // leaves that ask for it are shown this one; empty: all others
  Millis after{};           // 0: it has ended
};

// Which leaves that come by TLS are turned away now, because there is no certificate to show to them.
enum class TurnedAway {
  nobody,
  others,  // all but those that ask for a name with a certificate of its own
  all,
};

// What would come of it if the uplink went now and stayed away for so long; where it is away already, what
// comes of it if that lasts for so long from now on.
struct Forecast {
  Millis span{};
  std::size_t all = 0;                    // leaves known
  std::size_t answered = 0;               // of them, at the end of the span
  std::vector<NotAnswered> not_answered;  // the most first
  // Of the answered: whose own certificate was not seen here yet, so that it may end before.
  std::size_t end_unknown = 0;
  std::vector<std::string> end_unknown_first;   // a few of them
  std::vector<EndingCertificate> gateway_ends;  // without them no leaf comes so far
  TurnedAway turned_away = TurnedAway::nobody;  // before anything of this
  // How many are answered so long after the beginning; the first is now, the last at the end of the span.
  struct Step {
    Millis after{};
    std::size_t answered = 0;
  };
  std::vector<Step> timeline;
  // The next one that drops out within the span, and when; none drops out where `next_id` is empty.
  std::string next_id;
  Millis next_after{};
  Reason next_reason = Reason::none;
  std::optional<ProofEnd> next_ends;  // where that is why
};

struct WhatIfQuestion {
  Millis span{};
  std::string leaf;  // this one alone; empty: all
};

struct OutcomePage {
  std::vector<Promise> rows;
  std::string next;  // give it as `after`; empty at the end
  PromiseCounts counts;
  std::vector<Outage> outages;  // oldest first
};

// Inward: what an outage would mean, and what one came to. Any loop; answers on the caller's.
class OutageOperator {
 public:
  virtual ~OutageOperator() = default;
  // Whether one lasts now: since when, and why.
  virtual Task<LinkState> uplink() = 0;
  // Errors: not_found (no such leaf), the store's.
  virtual Task<Result<Forecast>> what_if(WhatIfQuestion question) = 0;
  virtual Task<Result<OutcomePage>> outcomes(PromiseFilter filter) = 0;
  virtual Task<Result<std::optional<Promise>>> promise(RegistrationId id) = 0;
  // See Reconciliations::clear. Stands in the audit log before it is done.
  virtual Task<Result<std::size_t>> clear_outcomes(std::optional<PromiseState> state, Actor who) = 0;
};

}  // namespace leafgate
