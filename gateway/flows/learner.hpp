#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gateway/flows/api_pace.hpp"
#include "gateway/flows/findings.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/passes.hpp"
#include "gateway/ports/pass_through.hpp"
#include "gateway/ports/service_directory.hpp"

namespace leafgate {

// What the service's list says about a leaf that went through to it.
struct Lesson {
  enum class Says {
    assigned,     // since it went through
    disabled,     // likewise
    not_so,       // ended otherwise, or nothing is known of it there: nothing to learn
    not_yet,      // still as it was before: to be asked again
    implausible,  // what it says of this leaf cannot be: to be asked again
    later,        // the list could not be read: network, 429, 5xx
    forbidden,    // the credential is refused: nobody can be asked about
  };
  Says says = Says::later;
  std::string detail;      // for the engineer
  Millis again_after{0};   // with later, where the service said it
  bool throttled = false;  // with later: it said 429, to all who ask it
};

// Judges a state that was read for `id`, whose connection began at `begun` by the service's clock, or by ours
// where the service did not tell its time. A state that is older than the connection says nothing of it:
// whoever went through may have been refused. The clocks of both may differ by a minute. Pure.
[[nodiscard]] Lesson judge_state(const Result<RegistrationState>& state, const RegistrationId& id,
                                 WallTime begun, const std::vector<std::string>& hub_suffixes);

// What the gateway learns of leaves that were passed through: not what passed, which it cannot read, but what
// the service's list of registrations says afterwards (semantics §5, §6). Learns where a leaf is, never a
// credential: it is answered from here only if its certificate or CA is enrolled here. Each look costs of a
// quota that the site shares, so they are paced; what waits lives in memory. First loop only.
class Learner {
 public:
  static constexpr std::size_t most = 1'024;  // waiting; of others nothing is learnt until they come again

  // All outlive it.
  struct Ports {
    ServiceDirectory& directory;
    Findings& findings;
    Forwarder& forwarder;  // whether the service can be reached; what is open about a leaf decides, not this
    PoweredMeter& meter;
    WallClock& clock;
    Passes& passes;
    ApiPace& pace;
  };
  Learner(Executor loop, Ports ports, std::vector<std::string> hub_suffixes);

  // A session has ended; what it claimed to be is looked up soon.
  void passed(const PassedSession& session);

  // Until stop().
  Task<void> run();
  void stop();

  // On reload.
  void set_hub_suffixes(std::vector<std::string> hub_suffixes);
  // Why nothing can be learnt, in words; empty while all is well.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] WallTime troubled_since() const { return troubled_since_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t learnt() const { return learnt_; }  // assignments, since the start
  [[nodiscard]] std::uint64_t given_up() const { return given_up_; }

 private:
  struct Pupil {
    Pupil(RegistrationId i, WallTime b, TimePoint u) : id(std::move(i)), begun(b), begun_up(u) {}
    // When it began, by the clock of who answered at `answered`.
    [[nodiscard]] WallTime begun_there(WallTime answered) const;
    RegistrationId id;
    WallTime begun;
    TimePoint begun_up;   // the same moment
    std::string address;  // where it came from last
    TimePoint due{};
    unsigned looks = 0;  // that said "not yet"
    unsigned failures = 0;
  };
  using Waiting = std::map<std::string, Pupil, std::less<>>;  // by key of the registrationId

  std::optional<TimePoint> next_look();  // when the next may be; nothing waits: none
  Task<void> look();
  Task<void> take_in(std::string key, Result<RegistrationState> state);
  void again(Pupil& pupil, const Lesson& lesson);
  void give_up(const Pupil& pupil, const Lesson& lesson);

  Ports ports_;
  std::vector<std::string> hub_suffixes_;
  Waiting waiting_;
  std::uint64_t learnt_ = 0;
  std::uint64_t given_up_ = 0;
  TimePoint paused_until_{};
  std::string trouble_;
  WallTime troubled_since_{};
  Wakeup wakeup_;
  bool stopping_ = false;
};

}  // namespace leafgate
