#include <array>

#include "gateway/app/figures.hpp"

namespace leafgate {

// Every state is told, also with nobody in it: a series that is not there says nothing.
void set_figures(Metrics& metrics, const LeafCounts& leaves, const OpenOperations& operations) {
  using Status = RegistrationStatus;
  for (const Status status :
       {Status::unassigned, Status::assigning, Status::assigned, Status::failed, Status::disabled}) {
    const auto count = leaves.by_status.find(status);
    metrics
        .gauge("leafgate_leaves", "leaves by the state of their registration",
               {{"status", std::string(to_text(status))}})
        .set(count == leaves.by_status.end() ? 0 : static_cast<std::int64_t>(count->second));
  }
  constexpr std::array<std::string_view, 4> names{"writing", "ready", "delayed", "in-flight"};
  std::array<std::int64_t, names.size()> counts{};
  for (const auto& [key, operation] : operations) ++counts.at(static_cast<std::size_t>(operation.state));
  for (std::size_t i = 0; i < names.size(); ++i)
    metrics
        .gauge("leafgate_queue", "registrations that are open toward the service, by state",
               {{"state", std::string(names.at(i))}})
        .set(counts.at(i));
}

void set_figures(Metrics& metrics, const PromiseCounts& promises) {
  for (std::size_t i = 0; i < promise_states; ++i)
    metrics
        .gauge("leafgate_outcomes",
               "what leaves were promised while the service was away, by what came of it",
               {{"state", std::string(code(static_cast<PromiseState>(i)))}})
        .set(static_cast<std::int64_t>(promises.by_state.at(i)));
  metrics.gauge("leafgate_outcomes_untold", "leaves that have yet to hear what came of it")
      .set(static_cast<std::int64_t>(promises.untold));
}

void set_figures(Metrics& metrics, TurnedAway whom) {
  const auto missing = [&](const char* whom_for, bool is) {
    metrics
        .gauge("leafgate_certificate_missing",
               "1 while there is none to show: to all that come by TLS, or to others than ask for a name "
               "that has its own",
               {{"whom", whom_for}})
        .set(is ? 1 : 0);
  };
  missing("all", whom == TurnedAway::all);
  missing("others", whom == TurnedAway::others);
}

}  // namespace leafgate
