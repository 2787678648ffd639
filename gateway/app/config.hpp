#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/app/config_value.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// A further certificate, shown to leaves that ask for `server_name` by SNI.
struct CertificatePair {
  std::string server_name;  // lower case
  std::string certificate;  // PEM file with its intermediates
  std::string key;          // PEM file
  friend bool operator==(const CertificatePair&, const CertificatePair&) = default;
};

// A name that a neighbour on the box answers: its connections are passed on untouched.
struct TunnelRoute {
  std::string server_name;  // lower case
  std::string to;           // "127.0.0.1:18883"
  friend bool operator==(const TunnelRoute&, const TunnelRoute&) = default;
};

// A serial line with leaves on it.
struct SerialSection {
  std::string name;  // empty: the path
  std::string path;
  std::int64_t baud = 115'200;
  bool multidrop = false;
  std::string hold = "always";  // or "window"
  Millis look_every{60'000};
  friend bool operator==(const SerialSection&, const SerialSection&) = default;
};

// What leafgate.toml says, checked and complete: every member has its default or what a file gave. The table
// in config_keys.cpp tells names, defaults and bounds.
struct Config {
  // [gateway]
  std::string id_scope;
  std::string state_dir;
  std::int64_t loops = 0;  // 0: one per core
  std::string name;
  std::string site;
  std::map<std::string, std::string> labels;
  std::string identity;                  // "off" or "tpm": the gateway's own registration
  std::string identity_registration_id;  // empty: by DPS's rule from the endorsement key
  // [tls]
  std::string tls_certificate;
  std::string tls_key;
  Millis tls_watch{};                      // how often changed files are looked for
  std::vector<CertificatePair> tls_extra;  // one a name
  // [mqtt]
  std::vector<ListenAddress> mqtt_listen;
  // [https]
  std::vector<ListenAddress> https_listen;
  // [tunnel]; off until its section stands
  bool tunnel = false;
  std::vector<std::string> tunnel_server_names;    // lower case
  std::vector<std::string> tunnel_sources;         // addresses and networks
  std::string tunnel_hubs;                         // "off" or "assigned"
  std::vector<ListenAddress> tunnel_listen;        // only pass through
  std::map<std::string, std::string> tunnel_dial;  // "name:port" to "address:port"
  std::vector<TunnelRoute> tunnel_routes;          // one a name
  // [broker]; off while uri is empty
  std::string broker_uri;
  std::string broker_ca_file;
  std::string broker_certificate;
  std::string broker_key;
  std::string broker_username;
  std::string broker_password_file;
  // [[serial]]
  std::vector<SerialSection> serial;  // one a line, each with a name
  // [service]
  std::string service_kind;  // "dps"
  std::string service_host;
  std::int64_t service_port = 0;
  std::string service_ca_file;  // empty: the system's CAs
  std::string service_proxy;    // empty: none
  std::string service_proxy_credentials_file;
  std::int64_t registrations_per_minute = 0;
  std::vector<std::string> hub_suffixes;
  Millis service_look_every{};
  std::string service_api_connection_string_file;  // empty: the service API is not asked
  std::int64_t api_operations_per_minute = 0;
  // [cache], [offline], [clock]
  Millis cache_max_age{};
  Millis offline_max_age{};
  std::string offline_unknown;  // "relay", "refuse" or "hold"
  std::string offline_beyond;   // "queue" or "serve"
  std::string clock_synchronized_file;
  std::string clock_untrusted;  // "provisional" or "refuse"
  // [tpm]
  std::string tpm_mode;  // "off", "auto" or "require"
  std::string tpm_tcti;
  std::int64_t tpm_counter_index = 0;
  std::vector<std::int64_t> tpm_registers;  // the sealed key is bound to them; empty: to none
  std::string tpm_approver;                 // PEM file; with registers
  std::string tpm_approval;                 // file
  // [sync]
  Millis sync_every{};                        // 0: only when asked
  std::vector<std::string> sync_enrollments;  // ids, or their beginnings with '*'; empty: all
  // [deny]
  std::string deny_signer;  // PEM file; empty: no list is taken
  std::string deny_url;     // empty: none is fetched
  std::string deny_ca_file;
  Millis deny_every{};
  // [status]
  std::string status_socket;
  std::string status_admin_group;  // empty: root only
  // [bridge]
  std::vector<std::string> bridge_users;  // of this system
  // [metrics]
  std::string metrics_textfile;  // empty: off
  std::string metrics_listen;    // loopback address and port; empty: off
  // [limits]
  std::int64_t connections = 0;
  std::int64_t handshakes_in_progress = 0;  // per loop
  std::int64_t connections_per_source = 0;  // not authenticated yet
  std::int64_t waiting = 0;
  std::int64_t waiting_per_source = 0;
  std::int64_t handshakes_per_second = 0;  // 0: without a bound
  Octets client_hello;
  Millis silence{};
  std::int64_t backlog = 0;
  Millis defer_accept{};  // whole seconds count
  Millis penalty_threshold{};
  Millis penalty_longest{};
  Millis handshake_time{};
  Millis connect_time{};
  Octets packet_before_authentication;
  Octets packet;
  Millis request_head_time{};  // HTTPS
  Millis request_body_time{};
  Millis idle{};
  Millis keep_alive{};
  std::int64_t attempts_at_once = 0;  // register requests of a leaf
  Millis attempts_every{};            // and from there on
  std::int64_t tunnels = 0;
  std::int64_t tunnels_per_source = 0;
  Octets tunnel_octets;
  Millis tunnel_time{};
  Millis tunnel_silence{};
  std::int64_t status_connections = 0;
  Octets import_size;
};

// One mistake. `line` is 0 when it belongs to no line.
struct ConfigError {
  std::string file;
  std::size_t line = 0;
  std::string text;
  [[nodiscard]] std::string to_text() const;  // "leafgate.toml:12: ..."
};

// Reads `file` and then the drop-ins of the folder beside it (leafgate.toml -> leafgate.d/*.toml, in order of
// name; the later wins, key by key; of a list of sections like [[tls.extra]] by its first key, and what has
// another one is added). Gives every mistake of every file in one go.
std::variant<Config, std::vector<ConfigError>> load_config(const std::filesystem::path& file);

// The same of one text, without drop-ins; `name` is the file that its mistakes name.
std::variant<Config, std::vector<ConfigError>> read_config(const std::string& name, std::string_view text);

}  // namespace leafgate
