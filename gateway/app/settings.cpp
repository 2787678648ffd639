#include "gateway/app/settings.hpp"

#include <algorithm>
#include <cctype>
#include <map>

#include <unistd.h>

namespace leafgate {

std::string gateway_name(const Config& config) {
  if (!config.name.empty()) return config.name;
  std::string name(256, '\0');
  if (::gethostname(name.data(), name.size()) != 0) return "gateway";
  name.resize(name.find('\0'));
  return name;
}

Policy policy_of(const Config& config) {
  Policy policy(IdScope::parse(config.id_scope).value());
  policy.cache_max_age = config.cache_max_age;
  policy.offline_max_age = config.offline_max_age;
  policy.unknown = config.offline_unknown == "refuse" ? UnknownPolicy::refuse
                   : config.offline_unknown == "hold" ? UnknownPolicy::hold
                                                      : UnknownPolicy::relay;
  policy.beyond = config.offline_beyond == "serve" ? BeyondPolicy::serve : BeyondPolicy::queue;
  policy.untrusted_clock =
      config.clock_untrusted == "refuse" ? UntrustedClockPolicy::refuse : UntrustedClockPolicy::provisional;
  if (config.tunnel) policy.pass_names = config.tunnel_server_names;
  return policy;
}

ForwardOptions forward_options_of(const Config& config) {
  ForwardOptions options;
  options.registrations_per_minute = static_cast<double>(config.registrations_per_minute);
  options.hub_suffixes = config.hub_suffixes;
  options.look_every = config.service_look_every;
  return options;
}

mqtt::Limits mqtt_limits_of(const Config& config) {
  mqtt::Limits limits;
  limits.control_packet = config.packet_before_authentication.count;
  limits.publish = config.packet.count;
  limits.connect = config.connect_time;
  limits.idle = config.idle;
  limits.keep_alive_ceiling = std::chrono::duration_cast<Seconds>(config.keep_alive);
  return limits;
}

https::Limits https_limits_of(const Config& config) {
  https::Limits limits;
  limits.body = config.packet.count;
  limits.head_time = config.request_head_time;
  limits.body_time = config.request_body_time;
  return limits;
}

net::ListenerLimits listener_limits_of(const Config& config) {
  net::ListenerLimits limits;
  limits.gate.places = static_cast<std::size_t>(config.handshakes_in_progress);
  limits.gate.per_source = static_cast<std::size_t>(config.connections_per_source);
  limits.gate.per_second = static_cast<double>(config.handshakes_per_second);
  limits.waiting = static_cast<std::size_t>(config.waiting);
  limits.waiting_of_source = static_cast<std::size_t>(config.waiting_per_source);
  limits.established = static_cast<std::size_t>(config.connections);
  limits.hello = config.client_hello.count;
  limits.silence = config.silence;
  limits.listening.backlog = static_cast<int>(config.backlog);
  limits.listening.defer_accept = std::chrono::duration_cast<Seconds>(config.defer_accept);
  limits.hello_time = config.handshake_time;
  limits.handshake_time = config.handshake_time;
  return limits;
}

net::Penalties::Limits penalty_limits_of(const Config& config) {
  net::Penalties::Limits limits;
  limits.threshold = config.penalty_threshold;
  limits.longest = config.penalty_longest;
  return limits;
}

AttemptPace::Limits attempt_limits_of(const Config& config) {
  AttemptPace::Limits limits;
  limits.burst = static_cast<double>(config.attempts_at_once);
  limits.per_second = 1.0 / std::chrono::duration<double>(config.attempts_every).count();
  return limits;
}

tunnel::Rules tunnel_rules_of(const Config& config) {
  const auto place = [](const std::string& text) {
    const ProxyAddress parsed = parse_proxy("http://" + text).value();  // the reader has checked it
    net::Target target;
    target.host = parsed.host;
    target.port = parsed.port;
    return target;
  };
  tunnel::Rules rules;
  rules.server_names = config.tunnel_server_names;
  for (const std::string& source : config.tunnel_sources)
    rules.sources.push_back(tunnel::Network::parse(source).value());
  rules.hubs = config.tunnel_hubs == "assigned" ? tunnel::Hubs::assigned : tunnel::Hubs::off;
  for (const TunnelRoute& route : config.tunnel_routes) rules.routes[route.server_name] = place(route.to);
  for (const auto& [name, to] : config.tunnel_dial) rules.dial[ascii_lower(name)] = place(to);
  return rules;
}

tunnel::Limits tunnel_limits_of(const Config& config) {
  tunnel::Limits limits;
  limits.tunnels = static_cast<std::size_t>(config.tunnels);
  limits.of_source = static_cast<std::size_t>(config.tunnels_per_source);
  limits.octets = config.tunnel_octets.count;
  limits.time = config.tunnel_time;
  limits.silence = config.tunnel_silence;
  return limits;
}

broker::Settings broker_settings_of(const Config& config) {
  broker::Settings settings;
  settings.uri = config.broker_uri;
  settings.ca_file = config.broker_ca_file;
  settings.certificate = config.broker_certificate;
  settings.key = config.broker_key;
  settings.username = config.broker_username;
  settings.password_file = config.broker_password_file;
  settings.name = gateway_name(config);  // as topics can have it
  for (char& c : settings.name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '_' && c != '-') c = '-';
  settings.name.resize(std::min<std::size_t>(settings.name.size(), 64));
  return settings;
}

std::vector<serial::LineConfig> line_configs_of(const Config& config) {
  std::vector<serial::LineConfig> out;
  for (const SerialSection& section : config.serial) {
    serial::LineConfig line;
    line.name = section.name;
    line.path = section.path;
    line.baud = static_cast<int>(section.baud);
    line.multidrop = section.multidrop;
    line.hold = section.hold == "window" ? serial::Hold::window : serial::Hold::always;
    line.look_every = section.look_every;
    out.push_back(std::move(line));
  }
  return out;
}

std::vector<std::string> mistakes_of_link(const Config& config) {
  std::vector<std::string> out;
  std::map<std::string, std::string> named;  // by path
  for (const serial::LineConfig& line : line_configs_of(config)) {
    if (const auto checked = serial::check(line); !checked)
      out.push_back("serial \"" + line.name + "\": " + checked.error().detail);
    // They would hold it against each other, and call each other another program.
    const auto [first, is_new] = named.emplace(line.path, line.name);
    if (!is_new)
      out.push_back("serial \"" + line.name + "\": path \"" + line.path + "\" is that of \"" + first->second +
                    "\" too");
  }
  if (config.broker_uri.empty()) return out;
  if (const auto checked = broker::check(broker_settings_of(config)); !checked)
    out.push_back("broker: " + checked.error().detail);
  return out;
}

std::string http_authority(const std::string& host, std::int64_t port) {
  const std::string named = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == 443 ? named : named + ":" + std::to_string(port);
}

std::string service_address(const Config& config) {
  return http_authority(config.service_host, config.service_port);
}

}  // namespace leafgate
