// What the engineer asks about outages, and what keeps leaves ready for one.
#include "gateway/app/application_parts.hpp"

namespace leafgate {

// With the desk, whose count of leaves it stands on.
void Application::follow_outages() {
  const Executor loop = loops_.front()->executor();
  Flows& flows = *flows_;
  flows.outage_desk = std::make_unique<OutageDesk>(
      loop,
      OutageDesk::Ports{store_->enrollments(), store_->registrations(), flows.ledger, flows.desk->census(),
                        store_->reconciliations(), Audited(store_->audit_log(), clock_, flows.events),
                        &flows.outages, [this] { return shown_certificates(); }, &flows.forwarder,
                        [this] { return certificates_->turned_away(); }});
  flows.renewals = std::make_unique<Renewals>(
      loop, Renewals::Ports{store_->enrollments(), store_->registrations(), flows.ledger, flows.forwarder,
                            flows.meter, flows.admission.policy(), flows.admission.doubt()});
  flows.renewals->stand_back_while(
      [this] { return flows_->service_api && confirms_leaves(flows_->service_api->sync.report()); });
  if (flows.service_api)
    flows.service_api->desk.renewals_are([this] { return flows_->renewals->standing(); });
  begin(flows.renewals->run());
}

std::vector<ShownCertificate> Application::shown_certificates() const {
  if (clock_.now().quality == ClockQuality::unsynced) return {};
  return certificates_->shown();
}

void Application::set_outage_figures() {
  Metrics& metrics = endpoints_->metrics;
  const LeafCounts& leaves = flows_->desk->last_counts();
  const auto answered = [&](const char* after, std::size_t count) {
    metrics
        .gauge("leafgate_offline_answered",
               "leaves that would be answered if the uplink went now and stayed away for so long",
               {{"after", after}})
        .set(static_cast<std::int64_t>(count));
  };
  answered("0d", leaves.offline_ready);
  answered("7d", leaves.ready_in_7_days);
  answered("30d", leaves.ready_in_30_days);
  metrics.gauge("leafgate_offline_ending", "leaves whose offline trust ends soon")
      .set(static_cast<std::int64_t>(leaves.ending));
  metrics.gauge("leafgate_outage", "1 while an outage lasts").set(flows_->outages.lasts() ? 1 : 0);
  metrics.counter("leafgate_renewals", "leaves the service was asked about to keep their offline trust")
      .raise_to(flows_->renewals->asked());
  metrics
      .gauge("leafgate_renewals_rest",
             "1 while nobody is asked about: a sync confirms leaves, or none can be")
      .set(flows_->renewals->standing() == Renewing::asks ? 0 : 1);
  metrics
      .gauge("leafgate_renewals_by_leaf_alone",
             "leaves that have used a quarter of their offline trust and can renew it only themselves")
      .set(static_cast<std::int64_t>(flows_->renewals->by_leaf_alone()));
}

}  // namespace leafgate
