// tpm-leaf: a device with a TPM, as it registers with DPS over HTTPS, and over MQTT where that is offered.
// The TPM's part goes through ESAPI, the wire through code of its own: nothing is shared with the gateway.
//
// Prints one JSON line. Exit status: 0 assigned (or the question answered), 1 refused, 2 usage, 3 no answer,
// 4 what a device cannot use.

#include <csignal>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "tests/leaf/encoding.hpp"
#include "tests/leaf/tpm_text.hpp"
#include "tests/leaf/tpm_visit.hpp"

namespace leafgate::leaf {
namespace {

using nlohmann::json;

struct TpmOptions {
  std::string tcti;
  std::string https;
  std::string mqtt;
  Door door;
  TpmVisitSettings visit;
  std::string payload;
  bool without_tpm = false;
  std::string claimed;  // an EK, base64; or "made"
  unsigned timeout = 60;
  bool print_identity = false;
  bool prove_slot = false;
};

void add_options(CLI::App& app, TpmOptions& o) {
  app.add_option("--tcti", o.tcti, "its TPM: swtpm:path=SOCKET, device:/dev/tpmrm0")->required();
  auto* https = app.add_option("--https", o.https, "HOST:PORT, to register over HTTPS");
  auto* mqtt = app.add_option("--mqtt", o.mqtt, "HOST:PORT, to register over MQTT")->excludes(https);
  app.add_option("--server-name", o.door.server_name, "name in the certificate there, if not HOST");
  app.add_option("--ca-file", o.door.ca_file, "PEM file with the CA that is trusted");
  app.add_option("--id-scope", o.door.id_scope, "ID scope");
  app.add_option("--registration-id", o.door.registration_id, "if not by DPS's rule, from the EK");
  app.add_option("--client", o.door.client, "User-Agent, or ClientVersion over MQTT (tpm-leaf/1.0)");
  app.add_option("--payload", o.payload, "JSON payload of the registration");
  app.add_option("--prove", o.visit.prove, "text whose HMAC with the hub key is told as `proof`");
  app.add_option("--timeout", o.timeout, "seconds for the whole visit (60)")->check(CLI::PositiveNumber);
  app.add_flag("--without-tpm-in-second-put", o.without_tpm, "as iot-identity-service does");
  app.add_flag("--same-connection", o.door.same_connection,
               "a second CONNECT where MQTT wants a new connection")
      ->needs(mqtt);
  app.add_flag("--wrong-token", o.visit.wrong_token, "sign with another key than the challenge's");
  app.add_flag("--hurry", o.visit.hurry, "poll at once instead of when it is told to");
  app.add_flag("--replay", o.visit.replay, "once assigned, send the token again, and for a new challenge");
  app.add_option("--fake-ek", o.claimed, "show this EK (base64), or one that no TPM has")
      ->expected(0, 1)
      ->default_str("made");
  auto* identity =
      app.add_flag("--print-identity", o.print_identity, "tell its EK and registration id, and go");
  auto* slot =
      app.add_flag("--prove-slot", o.prove_slot, "tell the proof with the key that is in the slot, and go");
  identity->excludes(https)->excludes(mqtt)->excludes(slot);
  slot->excludes(https)->excludes(mqtt);
}

void split(const std::string& place, Door& door) {
  const std::size_t colon = place.rfind(':');
  if (colon == std::string::npos) throw CLI::ValidationError("HOST:PORT is wanted, not " + place);
  door.host = place.substr(0, colon);
  door.port = place.substr(colon + 1);
  if (door.server_name.empty()) door.server_name = door.host;
}

void settle(TpmOptions& o) {
  if (o.print_identity || o.prove_slot) return;
  if (o.https.empty() && o.mqtt.empty()) throw CLI::RequiredError("--https or --mqtt");
  if (o.door.ca_file.empty() || o.door.id_scope.empty()) throw CLI::RequiredError("--ca-file and --id-scope");
  split(o.https.empty() ? o.mqtt : o.https, o.door);
  if (o.door.client.empty()) o.door.client = "tpm-leaf/1.0";
  if (!o.payload.empty()) o.visit.payload = json::parse(o.payload);
  o.visit.tpm_in_second_put = !o.without_tpm;
}

json register_leaf(LeafTpm& tpm, TpmOptions& o) {
  std::string& area = o.visit.endorsement_area;
  area = tpm.endorsement_area();
  if (o.claimed == "made") {
    area = forged_area(area);
  } else if (!o.claimed.empty()) {
    area = from_base64(o.claimed).value_or("");
  }
  if (o.door.registration_id.empty()) o.door.registration_id = tpm_registration_id(area);
  o.visit.id_scope = o.door.id_scope;
  o.visit.registration_id = o.door.registration_id;
  const auto way = o.https.empty() ? mqtt_way(o.door) : https_way(o.door);
  return TpmVisit(tpm, *way, o.visit).run();
}

json answer(TpmOptions& o) {
  LeafTpm tpm(o.tcti);
  if (o.print_identity)
    return {{"status", "told"},
            {"registrationId", tpm_registration_id(tpm.endorsement_area())},
            {"endorsementKey", base64(tpm.endorsement_area())},
            {"storageRootKey", base64(tpm.storage_area())},
            {"slotTaken", tpm.slot_taken()}};
  if (o.prove_slot) {
    if (!tpm.slot_taken()) return {{"status", "refused"}, {"message", "the slot is empty"}};
    return {{"status", "told"}, {"proof", base64(tpm.hmac(o.visit.prove))}};
  }
  return register_leaf(tpm, o);
}

int exit_status(const std::string& status) {
  static const std::map<std::string, int> statuses{
      {"assigned", 0}, {"told", 0}, {"no-answer", 3}, {"broken", 4}};
  const auto at = statuses.find(status);
  return at == statuses.end() ? 1 : at->second;
}

// The TPM or the other side may be silent for good; both are waited for without a deadline of their own.
extern "C" void out_of_time(int) {
  static constexpr char line[] = "{\"status\":\"no-answer\",\"message\":\"timeout\"}\n";
  const auto ignored = ::write(STDOUT_FILENO, line, sizeof line - 1);
  static_cast<void>(ignored);
  ::_exit(3);
}

}  // namespace
}  // namespace leafgate::leaf

int main(int argc, char** argv) {
  using namespace leafgate::leaf;
  CLI::App app("A device with a TPM that registers with DPS, without gateway code.", "tpm-leaf");
  TpmOptions options;
  add_options(app, options);
  try {
    app.parse(argc, argv);
    settle(options);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::cerr << "tpm-leaf: " << error.what() << "\n";
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGALRM, out_of_time);
  ::alarm(options.timeout);
  nlohmann::json line;
  try {
    line = answer(options);
  } catch (const std::exception& error) {
    line = {{"status", "no-answer"}, {"message", error.what()}};
  }
  std::cout << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << std::endl;
  return exit_status(line["status"]);
}
