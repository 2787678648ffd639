// Which connections pass through, by which names, and what is learnt behind them.
#include <algorithm>

#include "gateway/app/application_parts.hpp"
#include "gateway/app/config_checks.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/net/own_addresses.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

std::string_view parent_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

// Under one of the hubs' domains, as far as they are known here.
bool looks_like_hub(std::string_view name, const HubSuffixes& suffixes, const Passes& passes) {
  if (tunnel::is_hub_of_azure(name) || suffixes.hold(name)) return true;
  const std::string_view parent = parent_of(name);
  if (parent.find('.') == std::string_view::npos) return false;  // "example" is nobody's domain
  const auto hubs = passes.hubs();
  return std::any_of(hubs.begin(), hubs.end(), [&](const auto& hub) { return parent_of(hub) == parent; });
}

}  // namespace

void Application::make_tunnel() {
  if (!config_.tunnel) return;
  tunnel::Rules rules = tunnel_rules_of(config_);
  rules.is_ours = [this](std::string_view name) { return certificates_->are_for(name); };
  endpoints_->hub_suffixes.set(config_.hub_suffixes);
  rules.looks_like_hub = [suffixes = &endpoints_->hub_suffixes, passes = &flows_->passes](
                             std::string_view name) { return looks_like_hub(name, *suffixes, *passes); };
  endpoints_->tunnel = std::make_unique<tunnel::Endpoint>(executors(), rules, tunnel_limits_of(config_),
                                                          flows_->passes, flows_->doors, clock_);
  for (std::size_t loop = 0; loop < loops_.size(); ++loop) use_proxy(endpoints_->tunnel->connector(loop));
}

net::Route Application::route(const net::PeerInfo& peer, std::size_t loop, net::StreamHandler* handler) {
  if (endpoints_->tunnel) {
    auto passing = endpoints_->tunnel->route(peer, loop, handler == nullptr);
    if (passing) return std::move(*passing);
  }
  net::Route served;
  served.handler = handler;
  served.tls = certificates_->shown_to(peer.server_name, loop);
  if (handler != nullptr && !served.tls) {
    endpoints_->reporter.nothing_to_show(peer);
    served.told = true;
  }
  return served;
}

// Leaves with certificates may be the only ones here, and then nobody but they would notice that the service
// is away. Their next connections are answered here.
void Application::hear_of(const PassedSession& session) {
  if (!session.answered) flows_->forwarder.doubt();
  if (flows_->service_api) flows_->service_api->learner.passed(session);
  auto id = RegistrationId::parse(session.claimed_id);
  if (!session.answered) return;  // the tunnel has told the journal why
  log::info("passed through to the service", {{"registration_id", session.claimed_id},
                                              {"peer", session.source.address},
                                              {"server_name", session.server_name}});
  if (id) begin(flows_->findings.passed(std::move(*id), session.source.address, session.server_name));
}

void Application::add_own_address(const std::string& address, std::uint16_t port) {
  flows_->connector.own_addresses().add(address, port);
  if (deny_part_->connector) deny_part_->connector->own_addresses().add(address, port);
  if (link_part_ && link_part_->broker_client) link_part_->broker_client->own_addresses().add(address, port);
  if (!endpoints_->tunnel) return;
  for (std::size_t loop = 0; loop < loops_.size(); ++loop)
    endpoints_->tunnel->connector(loop).own_addresses().add(address, port);
}

SiteNames Application::site_names() const {
  SiteNames out;
  const auto add = [&out](const std::string& name, const char* use) {
    const auto same = [&name](const SiteName& row) { return row.name == name; };
    if (std::none_of(out.names.begin(), out.names.end(), same)) out.names.push_back({name, use});
  };
  if (config_.tunnel)
    for (const std::string& name : config_.tunnel_server_names) add(name, "service");
  for (const CertificatePair& pair : config_.tls_extra) add(pair.server_name, "certificate");
  for (const std::string& hub : flows_->passes.hubs()) add(hub, "hub");
  for (const TunnelRoute& route : config_.tunnel_routes) add(route.server_name, "neighbour");
  out.addresses = net::addresses_for_others(listen_addresses(config_));
  std::erase_if(out.addresses, [](const std::string& address) { return !net::has_address(address); });
  return out;
}

std::vector<DegradedMode> Application::troubles() const {
  std::vector<DegradedMode> all = tpm_part_->desk->troubles();
  for (DegradedMode& mode : reload_->troubles()) all.push_back(std::move(mode));
  for (DegradedMode& mode : deny_part_->desk.troubles()) all.push_back(std::move(mode));
  if (flows_->service_api)
    for (DegradedMode& mode : flows_->service_api->troubles()) all.push_back(std::move(mode));
  if (endpoints_->accounts)
    for (DegradedMode& mode : endpoints_->accounts->troubles()) all.push_back(std::move(mode));
  if (endpoints_->metrics_trouble) all.push_back(*endpoints_->metrics_trouble);
  add_file_troubles(all);
  add_address_troubles(all);
  add_link_troubles(all);
  return all;
}

}  // namespace leafgate
