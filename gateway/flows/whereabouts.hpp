#pragma once

#include <deque>
#include <string>
#include <vector>

#include "gateway/flows/findings.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/ports/confirmations.hpp"
#include "gateway/ports/service_directory.hpp"

namespace leafgate {

// A state that the service's list shows, and the enrollment by which its leaf came, as it stands here once
// the list counts.
struct ListedPlace {
  RegistrationState state;
  std::string enrollment;  // reference()
  std::string etag;
  PoweredTime asked_at{};  // when the page was asked for
};

// What the list's word about a leaf means for what is held of it.
enum class SightingSays {
  nothing,    // it is not assigned, cannot be believed, or is older than what is known
  confirmed,  // it is where it is held to be
  learnt,     // nobody here knew
  rehomed,    // it is somewhere else
};
// `known` null: no assignment. Pure.
[[nodiscard]] SightingSays judge_sighting(const RegistrationState& state, const Assignment* known,
                                          const std::vector<std::string>& hub_suffixes, PoweredTime asked_at);

// Takes in where leaves are by the service's list (semantics §5). A leaf of which the service still has to
// hear, or that was told its hub ahead of it, is left to those who settle that. First loop only.
class Whereabouts {
 public:
  static constexpr std::size_t most_waiting = 20'000;  // others are counted: the list has to be read again

  // All outlive it.
  struct Ports {
    Registrations& registrations;
    Confirmations& confirmations;
    Ledger& ledger;
    Findings& findings;
    Forwarder& forwarder;
    PoweredMeter& meter;
    WallClock& clock;
  };
  Whereabouts(Executor loop, Ports ports, std::vector<std::string> hub_suffixes,
              std::size_t most = most_waiting)
      : loop_(loop),
        ports_(ports),
        hub_suffixes_(std::move(hub_suffixes)),
        most_waiting_(most),
        all_taken_(loop) {}

  // Confirms at once; what is news waits for learn_some(): until then the list does not count.
  Task<void> take(std::vector<ListedPlace> sightings);
  // Some of what waits; false when nothing does.
  Task<bool> learn_some();
  void forget_waiting();
  void set_hub_suffixes(std::vector<std::string> suffixes) { hub_suffixes_ = std::move(suffixes); }

  struct Tally {
    std::uint64_t confirmed = 0;
    std::uint64_t learnt = 0;
    std::uint64_t rehomed = 0;
  };
  [[nodiscard]] const Tally& tally() const { return tally_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  // News for which there was no room, since forget_waiting().
  [[nodiscard]] std::size_t passed_over() const { return passed_over_; }

 private:
  Task<Result<std::optional<Assignment>>> known(std::string key);
  Task<void> confirm(std::vector<Confirmation> those);
  Task<void> learn(ListedPlace sighting);
  Task<void> learn_counted(ListedPlace sighting);

  Executor loop_;
  Ports ports_;
  std::vector<std::string> hub_suffixes_;
  std::size_t most_waiting_;
  std::deque<ListedPlace> waiting_;
  std::size_t passed_over_ = 0;
  Tally tally_;
  Wakeup all_taken_;
  std::size_t under_way_ = 0;
};

}  // namespace leafgate
