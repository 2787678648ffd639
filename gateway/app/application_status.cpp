// What engineers and their tools ask: the status socket and the figures.
#include <cerrno>
#include <system_error>

#include "gateway/app/application_parts.hpp"
#include "gateway/app/figures.hpp"
#include "gateway/flows/degraded.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

// The socket unit that net would have holds the doors of leaves alone.
std::string why_no_figures(const std::string& listen, const Error& error) {
  if (error.code != Errc::refused) return error.detail;
  const bool is_low = parse_listen_address(listen).value().port < 1024;
  return listen + ": " +
         (is_low ? "this user may bind no port below 1024" : std::generic_category().message(EACCES));
}

}  // namespace

// Whatever keeps agents from the figures takes no leaf its gateway.
void Application::open_metrics() {
  if (config_.metrics_listen.empty()) return;
  auto opened = try_metrics();
  if (opened) return endpoints_->metrics_export->listen_on(std::move(*opened));
  const std::string why = why_no_figures(config_.metrics_listen, opened.error());
  log::warning("the figures cannot be had at metrics.listen", {{"detail", why}});
  endpoints_->metrics_trouble =
      degraded(Reason::metrics_not_served,
               "agents on this machine get no figures there, leaves are served: " + why, clock_.now().at);
  endpoints_->metrics_export->listen_by([this] { return try_metrics(); });
}

Result<net::OwnedDescriptor> Application::try_metrics() {
  auto opened = net::open_listening(config_.metrics_listen, environment_.descriptors);
  if (!opened) return opened;
  endpoints_->metrics_trouble.reset();
  ListenAddress address = parse_listen_address(config_.metrics_listen).value();
  address.port = net::bound_port(opened->get());
  flows_->desk->listens("metrics " + to_text(address));
  log::notice("listening", {{"transport", "metrics"}, {"address", to_text(address)}});
  return opened;
}

Task<void> Application::collect_figures() {
  set_figures(endpoints_->metrics, tpm_part_->tpm.facts(), tpm_part_->custody.facts());
  set_figures(endpoints_->metrics, flows_->admission, flows_->forwarder, clock_);
  set_figures(endpoints_->metrics, flows_->time_watch);
  set_figures(endpoints_->metrics, certificates_->turned_away());
  set_figures(endpoints_->metrics, flows_->desk->last_counts(), flows_->forwarder.operations());
  if (endpoints_->tunnel) set_figures(endpoints_->metrics, endpoints_->tunnel->counts());
  if (link_part_) set_figures(endpoints_->metrics, *link_part_);
  if (link_part_) set_figures(endpoints_->metrics, link_part_->door.tally());
  set_figures(endpoints_->metrics, flows_->gatekeeper);
  set_outage_figures();
  auto promises = co_await flows_->outages.counts();
  if (promises) set_figures(endpoints_->metrics, *promises);
  if (!flows_->service_api) co_return;
  set_figures(endpoints_->metrics, flows_->service_api->learner);
  set_figures(endpoints_->metrics, flows_->service_api->sync.report(), clock_.now().at);
}

Result<void> Application::open_status_socket() {
  auto descriptor = net::listen_unix(config_.status_socket);
  if (!descriptor) return Error(descriptor.error().code, "status.socket: " + descriptor.error().detail);
  status::RoutesPorts ports{*flows_->desk, endpoints_->metrics, pool_.executor(), &flows_->events};
  ports.tpm = tpm_part_->desk.get();
  ports.backups = tpm_part_->backup_desk.get();
  if (link_part_) ports.lines = &link_part_->desk;
  ports.bridges = &flows_->bridge_desk;
  ports.denials = &deny_part_->desk;
  ports.report_parts = [this](status::ReportFacts& facts) { return add_report_parts(facts); };
  if (flows_->service_api) ports.sync = &flows_->service_api->desk;
  ports.commissioning = &site_part_->commissioning;
  ports.self_test = &site_part_->check;
  ports.config = [this] { return told_config(); };
  ports.outages = flows_->outage_desk.get();
  ports.users = &endpoints_->user_names;
  ports.collect = [this] { return collect_figures(); };
  status::MetricsPorts sources{ports.desk, ports.metrics, ports.collect};
  endpoints_->metrics_export =
      std::make_unique<MetricsExport>(loops_.front()->executor(), pool_.executor(), std::move(sources));
  endpoints_->metrics_export->write_to(config_.metrics_textfile);
  const auto now = std::chrono::duration_cast<Seconds>(clock_.now().at.time_since_epoch());
  endpoints_->metrics.gauge("leafgate_start_time_seconds", "when the daemon started").set(now.count());
  endpoints_->routes = std::make_unique<status::Routes>(ports, std::nullopt);
  Accounts::Hooks accounts;
  accounts.look = look_aside;
  accounts.found = [this](const FoundAccounts& found) {
    endpoints_->routes->let(found.admin_group, found.bridge_users);
  };
  AccountNames names{config_.status_admin_group, config_.bridge_users};
  endpoints_->accounts =
      std::make_unique<Accounts>(loops_.front()->executor(), clock_, std::move(names), std::move(accounts));
  status::EndpointLimits limits;
  limits.connections = static_cast<std::size_t>(config_.status_connections);
  limits.import_size = config_.import_size.count;
  endpoints_->status = std::make_unique<status::Endpoint>(loops_.front()->executor(), *descriptor,
                                                          *endpoints_->routes, limits);
  return {};
}

}  // namespace leafgate
