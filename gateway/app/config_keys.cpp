#include "gateway/app/config_keys.hpp"

#include <algorithm>
#include <array>

#include "gateway/app/config_rows.hpp"

namespace leafgate {
namespace {

using namespace config_rows;

constexpr std::int64_t second = 1'000;
constexpr std::int64_t hour = 3'600 * second;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t kib = 1'024;

constexpr Problem absolute_path = problem_of_absolute_path;

// Ceilings of [limits]: reliability §3.2 and §3.3 (what fits in 384 MiB).
const auto table = std::to_array<ConfigKey>({
    needed(text("gateway", "id_scope", &C::id_scope, R"("")",
                "ID scope of the provisioning service, from its overview page; needed", problem_of_id_scope)),
    needed(text("gateway", "state_dir", &C::state_dir, R"("/var/lib/leafgate")",
                "what the gateway remembers; nobody else may write there", absolute_path)),
    bounded("gateway", "loops", &C::loops, "0", 0, 64,
            "threads that carry connections; 0 is one per core, 16 at most"),
    live(text("gateway", "name", &C::name, R"("")",
              "this gateway among many: stands in status, logs and metrics; empty is the host name")),
    live(text("gateway", "site", &C::site, R"("")", "where it stands")),
    live(other("gateway", "labels", &C::labels, "{}", "more names for it: { line = \"A\" }")),
    choice("gateway", "identity", &C::identity, R"("off")", "off|tpm",
           "tpm: the gateway registers itself with the service by its TPM (each time rolls its hub key)"),
    text("gateway", "identity_registration_id", &C::identity_registration_id, R"("")",
         "as what; empty is the name DPS's rule makes of the TPM (leafgatectl tpm identity)",
         problem_of_registration_id),

    live(needed(text("tls", "certificate", &C::tls_certificate, R"("")",
                     "PEM file shown to leaves, with its intermediates; needed", absolute_path))),
    live(needed(text("tls", "key", &C::tls_key, R"("")",
                     "PEM file with its key, P-256 recommended, readable by the user leafgate; needed",
                     absolute_path))),
    live(bounded("tls", "watch", &C::tls_watch, R"("1m")", second, day,
                 "how often changed certificate files are looked for")),
    live(of_list("tls.extra", "server_name", &CertificatePair::server_name,
                 R"("global.azure-devices-provisioning.net")", "leaves that ask for this name by SNI",
                 problem_of_server_name)),
    live(of_list("tls.extra", "certificate", &CertificatePair::certificate, R"("/etc/leafgate/extra.pem")",
                 "are shown this one", absolute_path)),
    live(of_list("tls.extra", "key", &CertificatePair::key, R"("/etc/leafgate/extra.key")", "and its key",
                 absolute_path)),

    other("mqtt", "listen", &C::mqtt_listen, R"(["0.0.0.0:8883"])",
          "where leaves speak DPS over MQTT; for IPv6 list \"[::]:8883\" beside it; [] is off"),
    other("https", "listen", &C::https_listen, "[]",
          "where they speak it over HTTPS, and MQTT over WebSocket: [\"0.0.0.0:443\"]; [] is off"),

    names("tunnel", "server_names", &C::tunnel_server_names, R"(["global.azure-devices-provisioning.net"])",
          "of the service, led here by the site's DNS: X.509 leaves that only it can judge pass through",
          problem_of_server_name),
    names("tunnel", "sources", &C::tunnel_sources, "[]",
          "addresses and networks whose leaves always pass while the service is up: [\"192.0.2.7\"]",
          problem_of_network),
    choice("tunnel", "hubs", &C::tunnel_hubs, R"("off")", "off|assigned",
           "assigned: hubs that were handed out here pass through on 8883, 443 and 5671"),
    other("tunnel", "listen", &C::tunnel_listen, "[]",
          "more addresses, which only pass through: [\"0.0.0.0:5671\"]"),
    dials("tunnel", "dial", &C::tunnel_dial,
          "where a name is dialled instead: { \"NAME:PORT\" = \"ADDRESS:PORT\" }, for private endpoints"),
    of_list("tunnel.route", "server_name", &TunnelRoute::server_name, R"("edge.site.example")",
            "connections that ask for this name by SNI", problem_of_server_name),
    of_list("tunnel.route", "to", &TunnelRoute::to, R"("127.0.0.1:18883")",
            "are passed on to a neighbour on this box", problem_of_neighbour),

    text("broker", "uri", &C::broker_uri, R"("")",
         "the site's MQTT broker, for leaves that know nothing else: \"mqtts://HOST:8883\"; empty is none",
         problem_of_broker),
    text("broker", "ca_file", &C::broker_ca_file, R"("")",
         "PEM file with the CAs it may be signed by; empty is the system's", absolute_path),
    text("broker", "certificate", &C::broker_certificate, R"("")",
         "PEM file by which the gateway shows itself to the broker; empty is none", absolute_path),
    text("broker", "key", &C::broker_key, R"("")", "PEM file with its key", absolute_path),
    text("broker", "username", &C::broker_username, R"("")", "of the gateway at the broker"),
    text("broker", "password_file", &C::broker_password_file, R"("")", "file with its password",
         absolute_path),

    of_list("serial", "path", &SerialSection::path, R"("/dev/serial/by-id/usb-FTDI_1234-if00-port0")",
            "a serial line with leaves; name it by-id or by-path, not ttyUSB0", problem_of_device),
    optional(of_list("serial", "name", &SerialSection::name, R"("line1")",
                     "for people, proofs and commands; without one it is the path", problem_of_line)),
    of_line("baud", &SerialSection::baud, "115200", 1'200, 4'000'000, "8 data bits, no parity, 1 stop bit"),
    of_line("multidrop", &SerialSection::multidrop, "false", 0, 0, "RS-485 with several leaves"),
    choice("serial", "hold", &SerialSection::hold, R"("always")", "always|window",
           "window: taken while there is work and for a look now and then, else free for other programs"),
    of_line("look_every", &SerialSection::look_every, R"("60s")", second, day,
            "with window: how often it is looked whether a leaf has something to say"),

    choice("service", "kind", &C::service_kind, R"("dps")", "dps", "what answers there"),
    text("service", "host", &C::service_host, R"("global.azure-devices-provisioning.net")",
         "name of the provisioning service", problem_of_host),
    bounded("service", "port", &C::service_port, "443", 1, 65'535, "its HTTPS port"),
    text("service", "ca_file", &C::service_ca_file, R"("")",
         "PEM file with the CAs it may be signed by; empty is the system's", absolute_path),
    discreet(text("service", "proxy", &C::service_proxy, R"("")",
                  "an HTTP proxy it is reached by: \"http://HOST:PORT\"; empty is none", problem_of_proxy)),
    text("service", "proxy_credentials_file", &C::service_proxy_credentials_file, R"("")",
         "file with one line USER:PASSWORD for it, not readable by others", absolute_path),
    live(bounded("service", "registrations_per_minute", &C::registrations_per_minute, "30", 1, 60'000,
                 "this gateway's share of the service's quota (1,000 a minute for all)")),
    live(names("service", "hub_suffixes", &C::hub_suffixes, "[]",
               "hubs are believed only under these domains: [\"azure-devices.net\"]; [] is any name",
               problem_of_server_name)),
    live(bounded(
        "service", "look_every", &C::service_look_every, R"("60s")", 10 * second, day,
        "how soon it is noticed that the service has gone while only leaves come that are known here: "
        "by an empty TLS connection")),
    text("service", "api_connection_string_file", &C::service_api_connection_string_file, R"("")",
         "file with the connection string of a policy that may read registrations; it switches sync.every "
         "on; not readable by others",
         absolute_path),
    live(bounded("service", "api_operations_per_minute", &C::api_operations_per_minute, "60", 1, 1'000,
                 "this gateway's share of what may be asked with it (1,000 a minute for all); twice that in "
                 "the minute in which the list is read")),

    live(bounded("cache", "max_age", &C::cache_max_age, R"("24h")", 0, 365 * day,
                 "older assignments are answered too, and asked again behind it")),

    live(bounded("offline", "max_age", &C::offline_max_age, R"("30d")", 0, 3'650 * day,
                 "how long a leaf is answered without a word of the service, in hours powered")),
    live(choice("offline", "unknown", &C::offline_unknown, R"("relay")", "relay|refuse|hold",
                "a leaf that cannot be checked here: relay (the service decides), refuse (401), or hold "
                "(until leafgatectl approve)")),
    live(choice("offline", "beyond", &C::offline_beyond, R"("queue")", "queue|serve",
                "a leaf beyond offline.max_age: queue (waits for the service) or serve")),

    text("clock", "synchronized_file", &C::clock_synchronized_file, R"("/run/systemd/timesync/synchronized")",
         "stands while a time service holds the clock", absolute_path),
    live(choice("clock", "untrusted", &C::clock_untrusted, R"("provisional")", "provisional|refuse",
                "tokens judged by a clock that is not trusted: provisional (taken and marked) or refuse")),

    choice("tpm", "mode", &C::tpm_mode, R"("auto")", "off|auto|require",
           "auto uses one where `leafgatectl tpm setup` was run; require is not ready without it"),
    text("tpm", "tcti", &C::tpm_tcti, R"("device:/dev/tpmrm0")",
         "where it is: device:PATH, swtpm:path=SOCKET, swtpm:host=ADDRESS,port=N", problem_of_tcti),
    bounded("tpm", "counter_index", &C::tpm_counter_index, "0x01801F50", 0x0180'0000, 0x01BF'FFFF,
            "NV index of the epoch counter; set-up defines it, or the next free of eight"),
    numbers("tpm", "registers", &C::tpm_registers, "[]", 0, 23,
            "PCRs that the store's key is sealed to: [7]; wants approver and approval"),
    text("tpm", "approver", &C::tpm_approver, R"("")",
         "PEM file of the public key that approves states of these registers", absolute_path),
    text("tpm", "approval", &C::tpm_approval, R"("")",
         "file with its signature (DER) over the state that holds now", absolute_path),

    live(bounded(
        "sync", "every", &C::sync_every, R"("6h")", 0, 365 * day,
        "how often the service's list of enrollments is read, with service.api_connection_string_file; "
        "\"0s\", as for a policy without EnrollmentRead, is only by leafgatectl sync")),
    live(names("sync", "enrollments", &C::sync_enrollments, "[]",
               "only these, by id: [\"plant-3-*\", \"line-b\"]; [] is all of the instance",
               problem_of_id_pattern)),

    text("deny", "signer", &C::deny_signer, R"("")",
         "PEM file of the public key (P-256 or Ed25519) that deny lists are signed by; without it none is "
         "taken",
         absolute_path),
    discreet(text("deny", "url", &C::deny_url, R"("")",
                  "\"https://HOST/deny.json\": where one is fetched, by service.proxy where that is set; "
                  "empty is nowhere",
                  problem_of_https_url)),
    text("deny", "ca_file", &C::deny_ca_file, R"("")",
         "PEM file with the CAs that host may be signed by; empty is the system's", absolute_path),
    bounded("deny", "every", &C::deny_every, R"("15m")", 60 * second, day, "how often it is fetched"),

    needed(text("status", "socket", &C::status_socket, R"("/run/leafgate/status.sock")",
                "where leafgatectl and curl ask; mode 0660", absolute_path)),
    text("status", "admin_group", &C::status_admin_group, R"("")",
         "system group whose members may change things; empty is root alone"),

    names("bridge", "users", &C::bridge_users, "[]",
          "system users that may ask for hub tokens of leaves with bridge = true; [] is root alone",
          problem_of_user),

    live(text(
        "metrics", "textfile", &C::metrics_textfile, R"("")",
        "file for node_exporter, written every 15 s; it reads names that end in .prom; outside state_dir see "
        "examples/textfile.conf; empty is off",
        problem_of_textfile)),
    text("metrics", "listen", &C::metrics_listen, R"("")",
         "\"127.0.0.1:9464\": GET /metrics for agents on this box; loopback alone; empty is off",
         problem_of_loopback),

    bounded("limits", "connections", &C::connections, "10240", 1, 10'240, "of leaves at a time"),
    bounded("limits", "handshakes_in_progress", &C::handshakes_in_progress, "128", 1, 512,
            "per loop; the rest wait cheaply"),
    bounded("limits", "connections_per_source", &C::connections_per_source, "64", 1, 10'240,
            "of one address that have not proved anything yet"),
    bounded("limits", "waiting", &C::waiting, "20480", 64, 20'480,
            "connections before their handshake is done, of all addresses"),
    bounded("limits", "waiting_per_source", &C::waiting_per_source, "10240", 32, 20'480,
            "the same of one address"),
    bounded("limits", "handshakes_per_second", &C::handshakes_per_second, "0", 0, 100'000,
            "begun at most, for a gateway that shares its processor; 0 is without a bound"),
    bounded("limits", "client_hello", &C::client_hello, R"("4KiB")", 4 * kib, 16 * kib,
            "largest TLS ClientHello; post-quantum key shares may need more"),
    bounded("limits", "silence", &C::silence, R"("500ms")", 100, 60 * second,
            "of a leaf whose turn it is, while others wait for its place"),
    bounded("limits", "backlog", &C::backlog, "4096", 1, 4'096,
            "connections the kernel holds until they are accepted"),
    bounded("limits", "defer_accept", &C::defer_accept, R"("5s")", 0, 60 * second,
            "the kernel keeps who says nothing to itself for so long"),
    bounded("limits", "penalty_threshold", &C::penalty_threshold, R"("15s")", second, hour,
            "failures of an address add seconds; from here on it is held back"),
    bounded("limits", "penalty_longest", &C::penalty_longest, R"("10m")", second, hour,
            "for so long at most; where a leaf was verified, it is only slowed"),
    bounded("limits", "handshake_time", &C::handshake_time, R"("5s")", second, 60 * second,
            "from connecting to the end of the TLS handshake"),
    bounded("limits", "connect_time", &C::connect_time, R"("2s")", second / 2, 60 * second,
            "from there to a whole MQTT CONNECT"),
    bounded("limits", "packet_before_authentication", &C::packet_before_authentication, R"("4KiB")", kib,
            16 * kib, "largest packet but PUBLISH"),
    bounded("limits", "packet", &C::packet, R"("16KiB")", 4 * kib, 96 * kib,
            "largest request of a leaf (DPS takes 96KiB)"),
    bounded("limits", "request_head_time", &C::request_head_time, R"("5s")", second / 2, 60 * second,
            "HTTPS: to the end of a request's fields"),
    bounded("limits", "request_body_time", &C::request_body_time, R"("10s")", second / 2, 60 * second,
            "and from there to the end of its body"),
    bounded("limits", "idle", &C::idle, R"("120s")", 10 * second, hour,
            "without a packet, for leaves that ask for no keep-alive (C, C#)"),
    bounded("limits", "keep_alive", &C::keep_alive, R"("180s")", 30 * second, hour,
            "longer keep-alives are held to this"),
    bounded("limits", "attempts_at_once", &C::attempts_at_once, "5", 1, 1'000,
            "register requests of a leaf that are answered at once"),
    bounded("limits", "attempts_every", &C::attempts_every, R"("5s")", 100, hour,
            "and from there on one in so long; who is faster waits for its answer"),
    bounded("limits", "tunnels", &C::tunnels, "1024", 1, 10'240, "connections passed through at a time"),
    bounded("limits", "tunnels_per_source", &C::tunnels_per_source, "512", 1, 10'240,
            "the same of one address"),
    bounded("limits", "tunnel_octets", &C::tunnel_octets, R"("1MiB")", 64 * kib, 64 * kib * kib,
            "of one that is passed through to the service; to hubs and neighbours there is no bound"),
    bounded("limits", "tunnel_time", &C::tunnel_time, R"("5m")", 30 * second, hour,
            "and how long it may take"),
    bounded("limits", "tunnel_silence", &C::tunnel_silence, R"("30s")", second, hour,
            "without an octet of either side; of hubs and neighbours only at their beginning and end"),
    bounded("limits", "status_connections", &C::status_connections, "32", 4, 32,
            "of the status socket at a time; a few more of who may do more than read"),
    bounded("limits", "import_size", &C::import_size, R"("64MiB")", 64 * kib, 64 * kib * kib,
            "largest enrollment file"),
});

}  // namespace

std::span<const ConfigKey> config_keys() { return table; }

const ConfigKey* find_config_key(std::string_view section, std::string_view name) {
  for (const ConfigKey& key : table)
    if (key.section == section && key.name == name) return &key;
  return nullptr;
}

bool is_config_section(std::string_view section) {
  return std::any_of(table.begin(), table.end(),
                     [section](const ConfigKey& key) { return key.section == section; }) &&
         !is_config_list(section);
}

bool is_config_section_off(std::string_view section) { return section == "tunnel"; }

bool is_config_list(std::string_view name) {
  return std::any_of(table.begin(), table.end(), [name](const ConfigKey& key) {
    return key.section == name && (std::holds_alternative<std::string CertificatePair::*>(key.member) ||
                                   std::holds_alternative<std::string TunnelRoute::*>(key.member) ||
                                   std::holds_alternative<std::string SerialSection::*>(key.member));
  });
}

}  // namespace leafgate
