// What a site is handed over with: its commissioning list, the self test, and what is told to who helps.
#include "adapters/selftest/disk.hpp"
#include "gateway/app/application_parts.hpp"
#include "gateway/app/config_checks.hpp"
#include "gateway/app/named_files.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/app/told_config.hpp"
#include "gateway/flows/degraded.hpp"
#include "gateway/net/own_addresses.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate {
namespace {

selftest::ServiceLook::Options look_options(const Config& config, const NamedFiles& files) {
  selftest::ServiceLook::Options out;
  out.target.host = config.service_host;
  out.target.port = static_cast<std::uint16_t>(config.service_port);
  out.address = service_address(config);
  out.id_scope = config.id_scope;
  out.by_proxy = !config.service_proxy.empty();
  out.no_api = files.no_service_api;
  return out;
}

}  // namespace

Application::SitePart::SitePart(Application& app, Flows& flows)
    : commissioning(app.loops_.front()->executor(),
                    {app.store_->expectations(), app.store_->enrollments(), app.store_->registrations(),
                     flows.ledger, flows.forwarder, flows.doors,
                     Audited(app.store_->audit_log(), app.clock_, flows.events), app.pool_.executor()}),
      listeners(app.loops_.front()->executor()),
      service(app.loops_.front()->executor(), flows.connector,
              flows.service_api ? &flows.service_api->client : nullptr,
              look_options(app.config_, app.files_)),
      check(app.loops_.front()->executor(),
            {*flows.desk, app.tpm_part_->desk.get(), app.link_part_ ? &app.link_part_->desk : nullptr,
             listeners, service, flows.admission.synthetic_leaves(), app.clock_, app.random_},
            facts_of(app)) {}

SelfCheck::Facts Application::SitePart::facts_of(Application& app) {
  SelfCheck::Facts facts;
  facts.id_scope = app.config_.id_scope;
  facts.service = service_address(app.config_);
  facts.configuration = [&app] { return app.mistakes_now(); };
  facts.certificates = [&app] { return app.certificates_->shown(); };
  facts.broker_certificate = [&app] { return app.certificates_->shown_to_broker(); };
  facts.disk = [&app] { return app.disk_now(); };
  facts.has_address = net::has_address;
  facts.unreached = [&app] { app.flows_->forwarder.doubt(); };
  return facts;
}

void Application::make_site() {
  site_part_ = std::make_unique<SitePart>(*this, *flows_);
  flows_->desk->set_labels(&site_part_->commissioning);
}

// What the next start would say to the files as they are, and to the sockets of this one.
Task<std::vector<std::string>> Application::mistakes_now() {
  auto look = [file = file_] { return mistakes_of_start(file); };
  std::vector<std::string> mistakes = co_await offload(pool_.executor(), look);
  for (const std::string& name : unused_sockets_)
    mistakes.push_back("leafgate.socket: systemd opened " + name +
                       ", and no listen key names it: who comes there is never answered (leafgatectl "
                       "socket-unit)");
  co_return mistakes;
}

Task<Result<DiskFacts>> Application::disk_now() {
  auto look = [folder = config_.state_dir] { return selftest::look_at_disk(folder); };
  co_return co_await offload(pool_.executor(), look);
}

std::string Application::told_config() const { return config_told(config_, certificates_->shown()); }

// Ends by itself once an interface has it. Nobody remembers since when it has not.
void Application::add_address_troubles(std::vector<DegradedMode>& into) const {
  for (const std::string& address : listen_addresses(config_))
    if (!net::has_address(parse_listen_address(address).value().address))
      into.push_back(degraded(Reason::address_not_here, "no leaf can come in at " + address, WallTime()));
}

// Until a start can read them. What is not reached for want of one tells so itself, once it was tried.
void Application::add_file_troubles(std::vector<DegradedMode>& into) const {
  const std::string waits =
      "known leaves are answered from cache, new ones wait until a start finds it mended: ";
  const bool has_proxy = !config_.service_proxy.empty();
  const bool is_untried = flows_->forwarder.state().up;
  if (is_untried && has_proxy && files_.no_proxy_credentials)
    into.push_back(degraded(Reason::proxy_failed, waits + files_.no_proxy_credentials->detail, WallTime()));
  if (is_untried && files_.no_client_tls)
    into.push_back(
        degraded(Reason::service_certificate_untrusted, waits + files_.no_client_tls->detail, WallTime()));
  if (files_.no_service_api)
    into.push_back(degraded(
        Reason::service_list_unreadable,
        "the service's list is not read until a start finds it mended: " + files_.no_service_api->detail,
        WallTime()));
}

void Application::add_link_troubles(std::vector<DegradedMode>& into) const {
  if (!link_part_) return;
  const WallTime now = clock_.now().at;
  for (const LineFacts& line : link_part_->lines()) {
    const bool is_trouble =
        line.state == LineState::away || line.state == LineState::silent || line.state == LineState::babbling;
    if (!is_trouble) continue;
    std::string consequence =
        "leaves on " + line.name + " cannot register: it is " + std::string(to_text(line.state));
    if (!line.detail.empty()) consequence += ": " + line.detail;
    const WallTime since = line.last_good ? now - *line.last_good : WallTime{};
    into.push_back(degraded(Reason::line_in_trouble, std::move(consequence), since));
  }
  const auto broker = link_part_->broker();
  if (!broker || broker->connected) return;
  std::string consequence = "leaves that come by the site's broker cannot register";
  if (!broker->detail.empty()) consequence += ": " + broker->detail;
  into.push_back(degraded(Reason::broker_lost, std::move(consequence), now - broker->since));
}

}  // namespace leafgate
