#include "gateway/app/config_checks.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "adapters/mqtt/broker/settings.hpp"
#include "gateway/app/config_keys.hpp"
#include "gateway/model/label_name.hpp"

namespace leafgate {
namespace {

struct Use {
  std::string_view key;
  ListenAddress address;
};

std::vector<Use> leaf_addresses(const Config& config) {
  std::vector<Use> uses;
  for (const ConfigKey& key : config_keys()) {
    if (const auto* list = std::get_if<std::vector<ListenAddress> Config::*>(&key.member))
      for (const ListenAddress& address : config.**list) uses.push_back({key.section, address});
  }
  return uses;
}

std::vector<Use> all_addresses(const Config& config) {
  std::vector<Use> uses = leaf_addresses(config);
  if (const auto metrics = parse_listen_address(config.metrics_listen)) uses.push_back({"metrics", *metrics});
  return uses;
}

// Two of them that would be one label of the metrics: no collector takes such a page.
std::optional<std::string> labels_in_one(const std::map<std::string, std::string>& labels) {
  std::map<std::string, std::string> taken;  // key, by what it becomes
  for (const auto& [key, value] : labels) {
    const auto [first, is_new] = taken.emplace(label_name("label_" + key), key);
    if (!is_new)
      return "gateway.labels: \"" + first->second + "\" and \"" + key + "\" are one label in the metrics, " +
             first->first;
  }
  return std::nullopt;
}

constexpr std::string_view extra_pairs = "tls.extra";
constexpr std::string_view tunnel_routes = "tunnel.route";

}  // namespace

std::string ConfigError::to_text() const {
  return file + (line == 0 ? "" : ":" + std::to_string(line)) + ": " + text;
}

std::vector<Collision> collisions(const Config& config) {
  std::vector<Collision> found;
  const auto uses = all_addresses(config);
  const auto broker_address = broker::parse_uri(config.broker_uri);
  for (const Use& use : uses) {
    if (!broker_address || !broker::leads_here(*broker_address, use.address.address, use.address.port))
      continue;
    Collision collision;
    collision.first = std::string(use.key) + ".listen";
    collision.second = "broker.uri";
    collision.text = "broker.uri \"" + config.broker_uri + "\": this gateway itself listens there, at " +
                     collision.first + " \"" + to_text(use.address) + "\"";
    found.push_back(std::move(collision));
  }
  if (config.broker_certificate.empty() != config.broker_key.empty()) {
    Collision collision;
    collision.first = "broker.certificate";
    collision.second = "broker.key";
    collision.text = "broker.certificate and broker.key: both or none";
    found.push_back(std::move(collision));
  }
  for (std::size_t i = 0; i < uses.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (uses[i].key == uses[j].key || !collide(uses[i].address, uses[j].address)) continue;
      Collision collision;
      collision.first = std::string(uses[j].key) + ".listen";
      collision.second = std::string(uses[i].key) + ".listen";
      collision.text = collision.second + " \"" + to_text(uses[i].address) + "\": " + collision.first +
                       " has that address";
      found.push_back(std::move(collision));
    }
  }
  // Registers change with each update: without somebody who approves the new state the store stays locked.
  const std::string_view missing = config.tpm_approver.empty()   ? "tpm.approver"
                                   : config.tpm_approval.empty() ? "tpm.approval"
                                                                 : "";
  if (!config.tpm_registers.empty() && !missing.empty()) {
    Collision collision;
    collision.first = "tpm.registers";
    collision.second = missing;
    collision.text = "tpm.registers wants " + collision.second +
                     ": else the next update of firmware or kernel locks the store";
    found.push_back(std::move(collision));
  }
  if (!config.deny_url.empty() && config.deny_signer.empty()) {
    Collision collision;
    collision.first = "deny.url";
    collision.second = "deny.signer";
    collision.text = "deny.url wants deny.signer: who may sign the list that is fetched";
    found.push_back(std::move(collision));
  }
  if (auto text = labels_in_one(config.labels)) {
    Collision collision;
    collision.first = collision.second = "gateway.labels";
    collision.text = std::move(*text);
    found.push_back(std::move(collision));
  }
  return found;
}

std::vector<std::string> listen_addresses(const Config& config) {
  std::vector<std::string> out;
  for (const Use& use : leaf_addresses(config)) {
    std::string address = to_text(use.address);
    if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(std::move(address));
  }
  return out;
}

ConfigChanges changes(const Config& now, const Config& next) {
  ConfigChanges out;
  for (const ConfigKey& key : config_keys()) {
    const auto differs = [&](auto member) {
      if constexpr (requires { now.*member; }) return !(now.*member == next.*member);
      return false;
    };
    if (std::visit(differs, key.member))
      (key.live ? out.live : out.restart).push_back(std::string(key.section) + "." + std::string(key.name));
  }
  if (now.tls_extra != next.tls_extra) out.live.emplace_back(extra_pairs);
  if (now.tunnel_routes != next.tunnel_routes) out.restart.emplace_back(tunnel_routes);
  if (now.serial != next.serial) out.restart.emplace_back("serial");
  if (now.tunnel != next.tunnel) out.restart.emplace_back("tunnel");
  return out;
}

void take_live_keys(Config& into, const Config& from) {
  for (const ConfigKey& key : config_keys()) {
    const auto take = [&](auto member) {
      if constexpr (requires { into.*member; }) into.*member = from.*member;
    };
    if (key.live) std::visit(take, key.member);
  }
  into.tls_extra = from.tls_extra;
}

}  // namespace leafgate
