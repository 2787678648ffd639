#include "gateway/app/figures.hpp"

#include <cmath>

namespace leafgate {

void set_figures(Metrics& metrics, const tunnel::Counts& counts) {
  metrics.gauge("leafgate_tunnels", "connections that are passed through now")
      .set(static_cast<std::int64_t>(counts.open));
  const auto passed = [&](const char* way, std::uint64_t count) {
    metrics.counter("leafgate_passed", "connections passed through", {{"to", way}}).raise_to(count);
  };
  passed("service", counts.to_service);
  passed("hub", counts.to_hub);
  passed("neighbour", counts.to_neighbour);
  const auto not_passed = [&](const char* why, std::uint64_t count) {
    metrics.counter("leafgate_not_passed", "connections not passed through to their end", {{"why", why}})
        .raise_to(count);
  };
  not_passed("unreached", counts.failed);
  not_passed("name", counts.refused);
  not_passed("no-room", counts.no_room);
  not_passed("limit", counts.limited);
  const auto octets = [&](const char* direction, std::uint64_t count) {
    metrics.counter("leafgate_passed_octets", "octets passed through", {{"direction", direction}})
        .raise_to(count);
  };
  octets("up", counts.up);
  octets("down", counts.down);
}

void set_figures(Metrics& metrics, const Learner& learner) {
  metrics.gauge("leafgate_learner_waiting", "leaves that were passed through and are to be asked about")
      .set(static_cast<std::int64_t>(learner.waiting()));
  metrics.counter("leafgate_learner_given_up", "leaves that were passed through and asked about in vain")
      .raise_to(learner.given_up());
  metrics.counter("leafgate_learnt", "assignments read from the service's list").raise_to(learner.learnt());
}

void set_figures(Metrics& metrics, const TimeWatch& watch) {
  metrics.counter("leafgate_clock_jumps", "times that the gateway's clock was set by more than a minute")
      .raise_to(watch.tally().jumps);
  metrics.gauge("leafgate_untimed", "leaves taken while the time is unknown, to be looked at again")
      .set(static_cast<std::int64_t>(watch.proofs().size()));
  const auto looked_at = [&](const char* result, std::uint64_t count) {
    metrics
        .counter("leafgate_untimed_judged", "leaves taken while the time was unknown, by the true time",
                 {{"result", result}})
        .raise_to(count);
  };
  looked_at("good", watch.tally().held_good);
  looked_at("stale", watch.tally().stale);
  looked_at("not-looked-at", watch.proofs().dropped());
}

void set_figures(Metrics& metrics, const Gatekeeper& gatekeeper) {
  const auto& list = gatekeeper.denied.list();
  metrics.gauge("leafgate_deny_list_number", "of the signed deny list that is held; 0 is none")
      .set(list ? list->number : 0);
  const auto entries = [&](const char* from, std::size_t count) {
    metrics.gauge("leafgate_deny_entries", "leaves, keys and certificates that are kept out", {{"by", from}})
        .set(static_cast<std::int64_t>(count));
  };
  entries("list", gatekeeper.denied.listed_in_force());
  entries("operator", gatekeeper.denied.local_in_force());
  for (const Reason why : {Reason::held_for_approval, Reason::credential_swapped, Reason::two_places_at_once})
    metrics.gauge("leafgate_held", "leaves that wait for an operator", {{"reason", std::string(code(why))}})
        .set(static_cast<std::int64_t>(gatekeeper.held_for(why)));
  metrics.counter("leafgate_held_alarms", "leaves that were found swapped or in two places")
      .raise_to(gatekeeper.alarms);
}

void set_figures(Metrics& metrics, const TpmFacts& tpm, const CustodyFacts& custody) {
  metrics.clear_gauges("leafgate_tpm_state");
  metrics
      .gauge("leafgate_tpm_state", "how the gateway's TPM is", {{"state", std::string(to_text(tpm.state))}})
      .set(1);
  metrics.counter("leafgate_tpm_commands", "sent to the gateway's TPM").raise_to(tpm.commands);
  metrics.gauge("leafgate_tpm_waiting", "requests that wait for the gateway's TPM")
      .set(static_cast<std::int64_t>(tpm.waiting));
  metrics.gauge("leafgate_tpm_lockout_counter", "failed authorizations that the gateway's TPM counts")
      .set(tpm.lockout_counter);
  metrics.gauge("leafgate_secrets_open", "1 while the store's secrets can be read").set(custody.open ? 1 : 0);
}

void set_figures(Metrics& metrics, const Admission& admission, const Forwarder& forwarder,
                 const WallClock& clock) {
  metrics.gauge("leafgate_pace_per_minute", "registrations that may go to the service a minute now")
      .set(std::lround(forwarder.pace_per_minute()));
  metrics.gauge("leafgate_in_flight", "registrations under way at the service")
      .set(static_cast<std::int64_t>(forwarder.in_flight()));
  metrics.clear_gauges("leafgate_service_trouble");
  const LinkState link = forwarder.state();
  if (!link.up)
    metrics
        .gauge("leafgate_service_trouble", "why the service cannot be used",
               {{"reason", std::string(code(link.reason))}})
        .set(1);
  const Tally& tally = admission.tally();
  for (const auto& [transport, count] : tally.attempts_by)
    metrics
        .counter("leafgate_attempts", "registrations and polls of leaves",
                 {{"transport", std::string(to_text(transport))}})
        .raise_to(count);
  for (const auto& [reason, count] : tally.refused_by)
    metrics.counter("leafgate_refused", "attempts refused here", {{"reason", std::string(code(reason))}})
        .raise_to(count);
  metrics.counter("leafgate_sent_through", "leaves sent to the service by their own connections")
      .raise_to(tally.sent_through);
  const auto now = std::chrono::duration_cast<Seconds>(clock.now().at.time_since_epoch());
  metrics.gauge("leafgate_rendered_timestamp_seconds", "when these figures were taken").set(now.count());
}

}  // namespace leafgate
