#include "tests/standin/options.hpp"

#include <CLI/CLI.hpp>

#include "tests/standin/encoding.hpp"

namespace leafgate::standin {

int parse_options(int argc, char** argv, Options& o) {
  CLI::App app(
      "A stand-in for the Azure IoT Hub Device Provisioning Service: its device API and reads of its service "
      "API.",
      "dps-standin");
  bool content_length = false;
  app.add_option("--listen", o.listen,
                 "ADDRESS:PORT of the device API over HTTPS and MQTT over WebSocket; port 0 = any free one");
  app.add_option("--certificate", o.certificate, "server certificate chain, PEM")->required();
  app.add_option("--key", o.key, "its private key, PEM")->required();
  app.add_option("--tls", o.tls.version, "the one version of TLS it speaks; none = 1.2 and 1.3")
      ->check(CLI::IsMember({"1.2", "1.3"}));
  app.add_option("--client-signatures", o.tls.client_signatures,
                 "what devices may sign their handshakes with, in OpenSSL's names, e.g. ECDSA+SHA384");
  app.add_option("--id-scope", o.settings.id_scope, "ID scope, e.g. 0ne00ABCDEF")->required();
  app.add_option("--enrollments", o.enrollments, "JSON array of enrollment records")->required();
  app.add_option("--state", o.state, "file that keeps assignments over a restart");
  app.add_option("--hubs", o.hubs, "linked hubs")->delimiter(',');
  app.add_option("--polls", o.settings.polls, "polls answered assigning before the operation ends")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--retry-after", o.settings.retry_after, "seconds on every 202; 0 = no header")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--quota", o.settings.quota,
                 "registrations in any minute, above which it says 429; 0 = none");
  app.add_option("--quota-window", o.settings.quota_window,
                 "seconds of that minute, for who cannot wait (60)")
      ->check(CLI::PositiveNumber);
  auto* policy = app.add_option("--service-policy", o.settings.policy,
                                "shared access policy that may read the service API; none = nobody may");
  app.add_option("--service-key", o.settings.policy_key, "its key, base64")
      ->needs(policy)
      ->check([](const std::string& key) { return base64_decode(key) ? "" : "not base64"; });
  policy->needs("--service-key");
  app.add_option("--page-size", o.settings.page_size, "items of a query's page, at most")
      ->check(CLI::PositiveNumber);
  app.add_option("--empty-pages", o.settings.empty_pages, "empty pages before each page with items")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--faults", o.faults, "JSON file with fault rules (one or an array)");
  app.add_option("--port-file", o.port_file, "file that gets the port number");
  app.add_option("--log-file", o.log_file, "file that gets one JSON line per request");
  app.add_option("--mqtt-listen", o.mqtt_listen,
                 "ADDRESS:PORT of the device API over MQTT; none = not over MQTT");
  app.add_flag("--tpm-over-mqtt", o.settings.tpm_over_mqtt,
               "challenge devices with a TPM over MQTT as well, which the real service does not");
  app.add_option("--mqtt-port-file", o.mqtt_port_file, "file that gets its port number");
  auto* hub = app.add_option("--hub-listen", o.hub_listen,
                             "ADDRESS:PORT of a hub that lets everybody in over MQTT; may be repeated");
  hub->needs(app.add_option("--hub-certificate", o.hub_certificate, "the hubs' certificate chain, PEM"));
  hub->needs(app.add_option("--hub-key", o.hub_key, "its private key, PEM"));
  app.add_option("--hub-port-file", o.hub_port_file, "file that gets the hubs' port numbers, one a line");
  app.add_option("--control", o.control, "ADDRESS:PORT of the control API (plain HTTP)");
  app.add_option("--control-file", o.control_file, "file that gets the control port number");
  app.add_flag("--content-length", content_length, "send Content-Length instead of chunked bodies");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (o.hubs.empty()) o.hubs = {"hub-1.azure-devices.net", "hub-2.azure-devices.net"};
  o.settings.chunked = !content_length;
  return -1;
}

}  // namespace leafgate::standin
