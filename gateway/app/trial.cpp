#include "gateway/app/trial.hpp"

#include "adapters/mqtt/broker/settings.hpp"
#include "gateway/app/accounts.hpp"
#include "gateway/app/certificates.hpp"
#include "gateway/app/config_checks.hpp"
#include "gateway/app/named_files.hpp"
#include "gateway/app/pair_files.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/net/own_addresses.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

// "name          text", and an empty name for what belongs to the line before.
void line(std::string& to, std::string_view name, std::string_view text) {
  std::string head(name);
  head.resize(14, ' ');
  to.append(head).append(log::escape(text)).append("\n");
}

void try_pair(ConfigTrial& trial, const CertificatePair& pair, std::optional<WallTime> now) {
  const auto identity = crypto::ServerIdentity::load(pair.certificate, pair.key);
  if (!identity) return trial.mistakes.push_back(with_key(pair, identity.error()).detail);
  const crypto::CertificateInfo& info = identity->info();
  std::string text = pair.certificate + ": " + info.subject;
  if (now) text += ", " + std::to_string(info.days_left(*now)) + " days left";
  line(trial.summary, pair.server_name.empty() ? "certificate" : "  also", text);
  std::string names;
  for (const std::string& name : info.names) names += (names.empty() ? "names " : " ") + name;
  line(trial.summary, "", names.empty() ? "no names (subjectAltName): leaves look for one" : names);
  if (!pair.server_name.empty()) line(trial.summary, "", "for leaves that ask for " + pair.server_name);
  if (auto fit = identity->check(now); !fit)
    trial.warnings.push_back(fit.error().detail);
  else if (now && info.ends_soon(*now))
    trial.warnings.push_back(pair.certificate + " ends soon");
}

// By an address that an interface has now; what is so by itself is a mistake of the text.
bool is_broker_here(const Config& config) {
  const auto broker = broker::parse_uri(config.broker_uri);
  boost::system::error_code bad;
  const auto there = broker ? boost::asio::ip::make_address(broker->host, bad) : boost::asio::ip::address();
  if (!broker || bad) return false;
  net::OwnAddresses own;
  for (const std::string& listening : listen_addresses(config)) {
    const ListenAddress address = parse_listen_address(listening).value();
    own.add(address.address, address.port);
  }
  return own.listens_at({there, broker->port});
}

}  // namespace

ConfigTrial try_config(const Config& config, std::optional<WallTime> now) {
  ConfigTrial trial;
  line(trial.summary, "gateway",
       gateway_name(config) + (config.site.empty() ? "" : " at " + config.site) + ", ID scope " +
           config.id_scope);
  for (const std::string& address : listen_addresses(config)) {
    line(trial.summary, "listens", address);
    // The kernel binds it to the number of an interface, and one that was plugged in again has another.
    if (address.starts_with("[fe80:"))
      trial.warnings.push_back(address +
                               ": goes with its interface, and does not come back with it: use \"[::]\"");
    if (!net::has_address(parse_listen_address(address).value().address))
      trial.warnings.push_back(address + ": no interface of this machine has this address (yet)");
  }
  if (!config.metrics_listen.empty()) line(trial.summary, "listens", "metrics " + config.metrics_listen);
  const WantedPairs pairs = wanted_pairs(config);
  try_pair(trial, pairs.main, now);
  for (const CertificatePair& pair : pairs.extra) try_pair(trial, pair, now);
  line(trial.summary, "service",
       service_address(config) + ", " + std::to_string(config.registrations_per_minute) +
           " registrations a minute");
  if (!config.service_proxy.empty()) line(trial.summary, "", "by the proxy " + config.service_proxy);
  for (std::string& complaint : read_named_files(config).complaints())
    trial.mistakes.push_back(std::move(complaint));
  for (const SerialSection& section : config.serial)
    line(trial.summary, "line",
         section.name + (section.name == section.path ? "" : " at " + section.path) + ", " +
             std::to_string(section.baud) + " baud");
  if (!config.broker_uri.empty()) line(trial.summary, "broker", config.broker_uri);
  if (is_broker_here(config))
    trial.warnings.push_back("broker.uri \"" + config.broker_uri +
                             "\": this machine has this address, and this gateway itself listens there");
  for (std::string& mistake : mistakes_of_link(config)) trial.mistakes.push_back(std::move(mistake));
  line(trial.summary, "state", config.state_dir);
  line(trial.summary, "status", config.status_socket);
  if (config.offline_max_age == Millis(0) && config.offline_beyond == "queue")
    trial.warnings.emplace_back("offline.max_age = \"0s\": without the service no leaf is answered");
  const FoundAccounts accounts = find_accounts({config.status_admin_group, config.bridge_users});
  if (!accounts.no_admin_group.empty())
    trial.warnings.push_back("status.admin_group: " + accounts.no_admin_group +
                             "; until it is known only root may change anything");
  if (!accounts.no_bridge_users.empty())
    trial.warnings.push_back("bridge.users: " + accounts.no_bridge_users +
                             "; until then they get no hub tokens");
  return trial;
}

}  // namespace leafgate
