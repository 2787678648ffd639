#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "gateway/flows/admit.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/what_if.hpp"
#include "gateway/ports/operator.hpp"
#include "gateway/ports/site_state.hpp"
#include "gateway/ports/trust.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// How many leaves are in which state.
struct LeafCounts {
  std::size_t all = 0;
  std::map<RegistrationStatus, std::size_t> by_status;
  std::size_t assigned = 0;         // with an assignment
  std::size_t offline_ready = 0;    // would be answered if the uplink went now
  std::size_t ready_in_7_days = 0;  // and stayed away for so long
  std::size_t ready_in_30_days = 0;
  std::size_t ending = 0;  // answered now, and not any more when a tenth of their trust, or 3 days, are over
};

// How a leaf stands, from what is stored and what is newer in memory. First loop only.
struct Standing {
  DeviceRow row;
  Reason without_uplink = Reason::none;
  Millis trust{};                    // how long its assignment is answered without a word of the service
  std::optional<Millis> trust_left;  // of that
};

// What a leaf is told from then on.
struct Turn {
  Millis after{};  // that the uplink went
  Decision told;
};
struct Outlook {
  std::vector<Turn> turns;  // in order of time; the first is now
  ProofEnd end;             // of what it shows
};

struct CensusPorts {
  Enrollments& enrollments;
  Registrations& registrations;
  StoreMonitor& store;
  Ledger& ledger;
  Trust& trust;
  WallClock& clock;
  PoweredMeter& meter;
  Forwarder& forwarder;
  const Policy& policy;
  const Reason& doubt;                     // of the store
  const Gatekeeper* gatekeeper = nullptr;  // who is kept out; null: nobody is
};

// Knows the standing of leaves and counts them. Few are counted whenever something was written; many in the
// background, a few at a time with a rest behind each, at most every 15 s and for an eighth of the time, or
// every 90 s. What changes for all of them at once (the policy, the clock's
// quality, whether secrets are locked) is counted at once. First loop only.
class Census {
 public:
  Census(Executor loop, CensusPorts ports) : ports_(ports), wakeup_(loop) {}

  // What the store holds, with `individual` being the enrollment of its id, or null.
  [[nodiscard]] Standing standing(const RegistrationRecord& stored, const Enrollment* individual,
                                  const std::vector<Enrollment>& groups) const;
  // How what it would be told changes with time, if the uplink went now and nobody did anything: with the age
  // of what is known, and with what has a date.
  [[nodiscard]] Outlook outlook(const RegistrationRecord& stored, const Enrollment* individual,
                                const std::vector<Enrollment>& groups) const;
  // What it would be told if the uplink went now and stayed away for `span`.
  [[nodiscard]] Decision without_uplink_for(Millis span, const RegistrationRecord& stored,
                                            const Enrollment* individual,
                                            const std::vector<Enrollment>& groups) const;

  // As now where there are few leaves or nothing was written since; else under the circumstances of now, and
  // not older than two minutes, or three times as long as a count of very many takes.
  Task<Result<LeafCounts>> counts();
  [[nodiscard]] Millis counted_ago() const;
  [[nodiscard]] const LeafCounts& last_counts() const { return counts_; }  // whatever their age

  // Counts in the background when asked to. Until stop().
  Task<void> run();
  void stop();

 private:
  // A leaf as it would come again, and who would vouch for it.
  struct Comer {
    const Registration& registration;
    const Enrollment* individual;
    const std::vector<Enrollment>& groups;
    const Enrollment* by;
    CameLast last;
  };
  [[nodiscard]] Comer comer(const Registration& registration, const Enrollment* individual,
                            const std::vector<Enrollment>& groups) const;
  [[nodiscard]] Decision without_uplink_for(Millis span, const Comer& comer) const;
  [[nodiscard]] Standing standing(const RegistrationRecord& record, const Comer& comes) const;
  [[nodiscard]] Reason kept_out(const Comer& comer, const WallReading& then) const;
  void add_ends_of_denials(std::vector<Millis>& after, const Comer& comer) const;
  // When its proof ends by a clock that can be trusted; absent: not, or never.
  [[nodiscard]] std::optional<Millis> proof_left(const ProofEnd& end) const;
  void count(LeafCounts& counts, const RegistrationRecord& stored, const Enrollment* individual,
             const std::vector<Enrollment>& groups) const;
  // Somebody waits for it, or it leaves room between its pages for the leaves that are served meanwhile.
  enum class Scan { at_once, beside_leaves };
  Task<Result<LeafCounts>> scan(Scan how);
  // Differ when the counts may: by what was written, or by what all leaves share.
  using Shared = std::tuple<ClockQuality, Millis, BeyondPolicy, UnknownPolicy, UntrustedClockPolicy, Reason,
                            bool, std::size_t>;
  struct Mark {
    std::int64_t writes = 0;
    Shared shared{};
  };
  [[nodiscard]] Mark mark() const;

  CensusPorts ports_;
  mutable EnrolledEnds enrolled_ends_;  // remembers what was parsed, no more
  Wakeup wakeup_;
  bool stopping_ = false;
  bool counted_ = false;
  LeafCounts counts_;
  Mark counted_mark_;
  TimePoint counted_at_{};
  LoopClock::duration took_{};  // in the background, with all rests
};

}  // namespace leafgate
