#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "gateway/flows/admit.hpp"
#include "gateway/flows/denied_above.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/group_keys.hpp"
#include "gateway/flows/leaf_walk.hpp"
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
  std::size_t offline_ready = 0;    // would be answered if the uplink went now
  std::size_t ready_in_7_days = 0;  // and stayed away for so long
  std::size_t ready_in_30_days = 0;
  std::size_t ending = 0;  // answered now, and not any more when a tenth of their trust, or 3 days, are over
};

// How a leaf stands, from what is stored and what is newer in memory. First loop only.
struct Standing {
  DeviceRow row;
  const Enrollment* by = nullptr;  // who would vouch for it, of those that were given; null: nobody
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
  const GroupKeys* group_keys = nullptr;   // null: none is in the TPM
};

// Knows the standing of leaves and counts them. Up to 2,000 are counted whenever somebody asks and something
// was written. More are counted in the background, at a walk beside the leaves that are served, while
// somebody asked within five minutes: at most every 15 s, and after a pause of eight times as long as it
// takes or 90 s. What changes for all of them at once (the policy, the clock's quality, whether secrets are
// locked) is counted for whoever asks; those who ask meanwhile wait for the same count. First loop only.
class Census {
 public:
  Census(Executor loop, CensusPorts ports) : ports_(ports), denied_above_(ports.ledger), wakeup_(loop) {}

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

  // As now where there are few leaves or nothing was written since, or for long; else of counted_ago(), which
  // is some minutes, under the circumstances of now.
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
    bool is_held_as_swapped = false;
  };
  [[nodiscard]] Comer comer(const RegistrationRecord& record, const Enrollment* individual,
                            const std::vector<Enrollment>& groups, Look look = Look::closely) const;
  [[nodiscard]] const Enrollment* vouches(const RegistrationRecord& record, const Enrollment* individual,
                                          const std::vector<Enrollment>& groups) const;
  [[nodiscard]] Decision without_uplink_for(Millis span, const Comer& comer) const;
  [[nodiscard]] Standing standing(const RegistrationRecord& record, const Comer& comes) const;
  [[nodiscard]] bool is_held_as_swapped(const Comer& comer) const;
  [[nodiscard]] Reason kept_out(const Comer& comer, const WallReading& then) const;
  void add_ends_of_denials(std::vector<Millis>& after, const Comer& comer) const;
  // When its proof ends by a clock that can be trusted; absent: not, or never.
  [[nodiscard]] std::optional<Millis> proof_left(const ProofEnd& end) const;
  void count(LeafCounts& counts, const RegistrationRecord& stored, const Enrollment* individual,
             const std::vector<Enrollment>& groups) const;
  // Differ when the counts may: by what was written, by how leaves came, by a clock that was set, or by what
  // all leaves share.
  using Shared = std::tuple<ClockQuality, Millis, BeyondPolicy, UnknownPolicy, UntrustedClockPolicy, Reason,
                            bool, std::size_t, bool>;
  struct Mark {
    std::int64_t writes = 0;
    std::uint64_t came = 0;
    std::chrono::minutes clock_set{};
    Shared shared{};
    bool operator==(const Mark&) const = default;
  };
  // One at a time; it hurries when somebody waits for it.
  Task<Result<LeafCounts>> scan(LeafWalk::Gait gait);
  Task<Result<LeafCounts>> go_through(bool whatever_changes);
  Task<void> end_of_scan();
  [[nodiscard]] bool is_current(const Mark& now) const;
  [[nodiscard]] bool is_comparable(const Mark& now) const;
  [[nodiscard]] bool is_asked_for() const;
  [[nodiscard]] TimePoint counts_again_at() const;
  [[nodiscard]] Mark mark() const;

  CensusPorts ports_;
  mutable EnrolledEnds enrolled_ends_;  // remembers what was parsed, no more
  mutable DeniedAbove denied_above_;    // the same
  Wakeup wakeup_;
  bool stopping_ = false;
  bool is_scanning_ = false;
  bool is_waited_for_ = false;    // the scan that goes on
  std::vector<Wakeup*> waiting_;  // for its end
  bool counted_ = false;
  LeafCounts counts_;
  Mark counted_mark_;
  TimePoint counted_at_{};
  TimePoint asked_at_{};
  LoopClock::duration took_{};  // with all rests
};

}  // namespace leafgate
