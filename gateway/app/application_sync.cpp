// What the service's own API tells: its list of enrollments, and where leaves are.
#include "adapters/wire/service_list.hpp"
#include "gateway/app/application_parts.hpp"
#include "gateway/app/config_checks.hpp"
#include "gateway/app/figures.hpp"
#include "gateway/app/http_places.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/flows/degraded.hpp"

namespace leafgate {
namespace {

net::HttpClientLimits limits_for_pages() {
  net::HttpClientLimits limits;
  limits.body = wire::largest_page;
  return limits;
}

SyncOptions sync_options_of(const Config& config) {
  SyncOptions options;
  options.every = config.sync_every;
  options.enrollments = config.sync_enrollments;
  return options;
}

}  // namespace

Application::ServiceApi::ServiceApi(Application& app, Flows& flows)
    : http(http_authority(app.files_.service_api->host, app.files_.service_api->port),
           connect_to(flows.connector,
                      http_target(app.files_.service_api->host, app.files_.service_api->port)),
           limits_for_pages()),
      client(app.loops_.front()->executor(), {app.background_.executor(), app.pool_.executor()}, http,
             std::move(*app.files_.service_api), app.clock_),
      pace(static_cast<double>(app.config_.api_operations_per_minute)),
      learner(app.loops_.front()->executor(),
              {client, flows.findings, flows.forwarder, flows.meter, app.clock_, flows.passes, pace},
              app.config_.hub_suffixes),
      whereabouts(app.loops_.front()->executor(),
                  {app.store_->registrations(), app.store_->confirmations(), flows.ledger, flows.findings,
                   flows.forwarder, flows.meter, app.clock_},
                  app.config_.hub_suffixes),
      sync(app.loops_.front()->executor(),
           {client, app.store_->enrollment_sync(), flows.ledger, app.store_->trust(), &flows.group_keys,
            whereabouts, flows.forwarder, app.clock_, flows.meter, pace},
           sync_options_of(app.config_)),
      desk(app.loops_.front()->executor(), sync, flows.ledger,
           Audited(app.store_->audit_log(), app.clock_, flows.events)) {}

void Application::ServiceApi::apply(const Config& config) {
  pace.set(LoopClock::now(), static_cast<double>(config.api_operations_per_minute));
  learner.set_hub_suffixes(config.hub_suffixes);
  whereabouts.set_hub_suffixes(config.hub_suffixes);
  sync.set_options(sync_options_of(config));
}

std::vector<DegradedMode> Application::ServiceApi::troubles() const {
  std::vector<DegradedMode> all;
  const SyncReport report = desk.told();
  if (!learner.trouble().empty())
    all.push_back(degraded(Reason::service_list_unreadable,
                           "leaves that were passed through stay unknown here: " + learner.trouble(),
                           learner.troubled_since()));
  if (report.trouble != Reason::none)
    all.push_back(degraded(report.trouble, consequence_of(report), report.troubled_since));
  return all;
}

}  // namespace leafgate
