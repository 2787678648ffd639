// leafgatectl: asks the daemon over its status socket.
#include <cstdlib>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "gateway/ctl/verbs.hpp"
#include "gateway/model/version.hpp"
#include "gateway/runtime/wall_time.hpp"

namespace {

using namespace leafgate;
using namespace leafgate::ctl;

bool wants_colour() { return isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr; }

struct Arguments {
  std::string socket = "/run/leafgate/status.sock";
  bool json = false;
  std::string because;
  DevicesQuestion devices;
  std::string target;
  std::string file;
  std::string group;
  std::string kind;
  AuditQuestion audit;
  DeriveQuestion derive;
  IdentityQuestion identity;
  LinkIdentityQuestion link_identity;
  NamesQuestion names;
  HubTokenQuestion hub_token;
  std::vector<std::string> addresses;
  std::string out;
  std::string key_file;
  OfflineQuestion offline;
};

using Verb = std::function<int(const Session&)>;

void declare(CLI::App& app, Arguments& given, Verb& verb) {
  app.require_subcommand(1);
  app.set_version_flag("--version", "leafgatectl " + std::string(version()));
  app.add_option("--socket", given.socket, "status socket of the daemon")->capture_default_str();
  app.add_flag("--json", given.json, "the daemon's answer as it is");
  app.add_option("--because", given.because, "why, for the audit log");
  app.fallthrough();

  app.add_subcommand("status", "how the gateway is, and how many leaves it could answer alone")
      ->callback([&] { verb = show_status; });

  CLI::App* devices = app.add_subcommand("devices", "the leaves, a line each");
  devices->add_option("--state", given.devices.state, "unassigned, assigning, assigned, failed or disabled")
      ->check(CLI::IsMember({"unassigned", "assigning", "assigned", "failed", "disabled"}));
  devices->add_option("--match", given.devices.match, "part of a registrationId or hub");
  devices->add_option("--expiring", given.devices.expiring, "with less trust left than a span like 60d");
  devices->callback([&] { verb = [&given](const Session& s) { return show_devices(s, given.devices); }; });

  CLI::App* explain_verb = app.add_subcommand("explain", "why a leaf is where it is, and what to do next");
  explain_verb->add_option("leaf", given.target, "registrationId, or address: 192.0.2.7, line1/5")
      ->required();
  explain_verb->callback([&] { verb = [&given](const Session& s) { return explain(s, given.target); }; });
}

void declare_enroll(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* enroll = app.add_subcommand("enroll", "who may register");
  enroll->require_subcommand(1);
  enroll->fallthrough();
  CLI::App* taking = enroll->add_subcommand("import", "take an enrollment file in, all of it or nothing");
  taking->add_option("file", given.file, "DPS JSON, CSV, or certificates (PEM, DER); - is standard input")
      ->required();
  taking->add_option("--group", given.group, "the certificates are the CAs of this enrollment group");
  taking->callback(
      [&] { verb = [&given](const Session& s) { return import_enrollments(s, given.file, given.group); }; });
  enroll->add_subcommand("list", "the enrollments held here")->callback([&] { verb = list_enrollments; });
  CLI::App* show = enroll->add_subcommand("show", "one enrollment, without its keys");
  show->add_option("id", given.target, "registrationId or group")->required();
  show->callback([&] { verb = [&given](const Session& s) { return show_enrollment(s, given.target); }; });
  CLI::App* remove = enroll->add_subcommand("remove", "take an enrollment out");
  remove->add_option("id", given.target, "registrationId or group")->required();
  remove->add_option("--kind", given.kind, "where a group and a leaf have the same name")
      ->check(CLI::IsMember({"individual", "group"}));
  remove->callback(
      [&] { verb = [&given](const Session& s) { return remove_enrollment(s, given.target, given.kind); }; });
  CLI::App* derive = enroll->add_subcommand("derive", "an enrollment file with device keys of a group");
  derive->add_option("--key-file", given.derive.key_file, "the group key in base64; - is standard input")
      ->required();
  derive->add_option("--ids-file", given.derive.ids_file, "registrationIds, one a line; - is standard input");
  derive->add_flag("--csv", given.derive.csv, "CSV instead of JSON");
  derive->add_option("ids", given.derive.ids, "registrationIds");
  derive->callback(
      [&] { verb = [&given](const Session& s) { return derive_enrollments(s, given.derive); }; });
}

void declare_tpm(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* tpm = app.add_subcommand("tpm", "the gateway's own TPM, and what hangs on it");
  tpm->require_subcommand(1);
  tpm->fallthrough();
  tpm->add_subcommand("status", "how it stands")->callback([&] { verb = show_tpm; });
  CLI::App* identity = tpm->add_subcommand("identity", "what to enroll for this gateway itself");
  identity->add_flag("--qr", given.identity.qr, "as a QR code: registration ID, comma, endorsement key");
  identity->add_flag("--signing-key", given.identity.signing_key,
                     "the attestation key alone, PEM: for leafgatectl verify");
  identity->callback(
      [&] { verb = [&given](const Session& s) { return show_tpm_identity(s, given.identity); }; });
  CLI::App* setup =
      tpm->add_subcommand("setup", "let it seal the store's secrets and sign; writes to the TPM");
  setup->add_option("--recovery", given.file,
                    "PEM of an offline public key that gets a copy of the store's key");
  setup->callback([&] { verb = [&given](const Session& s) { return set_up_tpm(s, given.file); }; });
  tpm->add_subcommand("accept", "this state folder and this TPM belong together from now on")->callback([&] {
    verb = accept_tpm;
  });
}

// A verb about one leaf, or about what else is named.
void declare_for_leaf(CLI::App& under, Arguments& given, Verb& verb, const char* name, const char* help,
                      int (*act)(const Session&, const std::string&), const char* operand = "id",
                      const char* meaning = "registrationId") {
  CLI::App* app = under.add_subcommand(name, help);
  app->add_option(operand, given.target, meaning)->required();
  app->callback(
      [&given, &verb, act] { verb = [&given, act](const Session& s) { return act(s, given.target); }; });
}

void declare_lines(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* line = app.add_subcommand("line", "leaves without IP: serial lines and the site's broker");
  line->fallthrough();
  line->require_subcommand(0, 1);
  line->callback([&] {
    if (!verb) verb = show_lines;
  });
  line->add_subcommand("list", "all of them, with their leaves")->callback([&] { verb = show_lines; });
  declare_for_leaf(*line, given, verb, "release", "give a line to the data application", release_line, "name",
                   "of the line");
  declare_for_leaf(*line, given, verb, "claim", "take it back", claim_line, "name", "of the line");
  CLI::App* identity = line->add_subcommand("identity", "the pin by which such leaves know this gateway");
  identity->add_option("name", given.link_identity.line, "name of a line; all have the same pin");
  identity->add_flag("--qr", given.link_identity.qr, "the pin as a QR code");
  identity->callback(
      [&] { verb = [&given](const Session& s) { return show_link_identity(s, given.link_identity); }; });
}

void declare_bridges(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* token = app.add_subcommand("hub-token", "a short token for the hub of a leaf, for a bridge");
  token->add_option("id", given.hub_token.id, "registrationId")->required();
  token->add_option("--for", given.hub_token.life, "how long it lives, like 30m; an hour at most");
  token->callback([&] { verb = [&given](const Session& s) { return make_hub_token(s, given.hub_token); }; });
}

void declare_operations(CLI::App& app, Arguments& given, Verb& verb) {
  app.add_subcommand("strangers", "sources that failed before a registrationId was known")->callback([&] {
    verb = show_strangers;
  });
  CLI::App* watching = app.add_subcommand("watch", "what happens, while it happens; ends with Ctrl-C");
  watching->add_option("--match", given.devices.match, "part of a registrationId, address or reason");
  watching->callback([&] { verb = [&given](const Session& s) { return watch(s, given.devices.match); }; });

  CLI::App* queue = app.add_subcommand("queue", "what the service still has to hear about");
  queue->fallthrough();
  queue->require_subcommand(0, 1);
  queue->callback([&] {
    if (!verb) verb = show_queue;
  });
  queue->add_subcommand("list", "all of it, in order")->callback([&] { verb = show_queue; });
  declare_for_leaf(*queue, given, verb, "retry", "end the waiting of one leaf", retry_queued);
  declare_for_leaf(*queue, given, verb, "drop", "take one leaf out of it", drop_queued);
  declare_for_leaf(app, given, verb, "refresh", "ask the service about a leaf again", refresh);
  declare_for_leaf(app, given, verb, "forget", "forget a leaf's assignment and what waits", forget);

  CLI::App* audit = app.add_subcommand("audit", "who changed what, when and why");
  audit->add_option("--since", given.audit.since, "a span like 7d, or a time");
  audit->add_option("--export", given.audit.file, "write it to a file as JSON");
  audit->callback([&] { verb = [&given](const Session& s) { return show_audit(s, given.audit); }; });
  app.add_subcommand("metrics", "figures in OpenMetrics text")->callback([&] { verb = show_metrics; });
  CLI::App* names = app.add_subcommand("names", "which names the leaves' resolver must lead here");
  names
      ->add_option("--format", given.names.format, "as lines for a resolver: hosts, dnsmasq, unbound or bind")
      ->check(CLI::IsMember({"hosts", "dnsmasq", "unbound", "bind"}));
  names->add_option("--address", given.names.addresses, "instead of those the daemon listens on");
  names->callback([&] { verb = [&given](const Session& s) { return show_names(s, given.names); }; });
  CLI::App* unit = app.add_subcommand("socket-unit", "the drop-in that lets systemd open the ports");
  unit->add_option("addresses", given.addresses, "instead of those the daemon listens on");
  unit->callback(
      [&] { verb = [&given](const Session& s) { return write_socket_unit(s, given.addresses); }; });
}

void declare_receipts(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* receipt = app.add_subcommand("receipt", "the word that was given with a leaf's assignment");
  receipt->add_option("id", given.target, "registrationId")->required();
  receipt->add_option("--out", given.out, "write it to a file");
  receipt->callback(
      [&] { verb = [&given](const Session& s) { return fetch_receipt(s, given.target, given.out); }; });
  CLI::App* verify = app.add_subcommand("verify", "check a receipt; needs no daemon");
  verify->add_option("file", given.file, "the receipt; - is standard input")->required();
  verify->add_option("--ak", given.key_file, "the attestation key: PEM, or TPM2B_PUBLIC in base64")
      ->required();
  verify->callback(
      [&] { verb = [&given](const Session& s) { return verify_receipt(s, given.file, given.key_file); }; });
}

void declare_offline(CLI::App& verb, Arguments& given) {
  verb.add_option("--state-dir", given.offline.state_dir, "instead of the configured one");
  verb.add_option("--config", given.offline.config, "configuration file of the daemon");
}

void declare_backups(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* backup = app.add_subcommand("backup", "all of the store and its key, in one envelope");
  backup->add_option("file", given.file, "where to")->required();
  backup->add_option("--to", given.key_file, "PEM of the public key that opens it")->required();
  backup->callback(
      [&] { verb = [&given](const Session& s) { return make_backup(s, given.file, given.key_file); }; });
  CLI::App* restore = app.add_subcommand("restore", "bring a backup back; the daemon is stopped meanwhile");
  restore->add_option("file", given.offline.file, "the backup")->required();
  restore->add_option("--key", given.offline.key_file, "PEM of the private key that opens it")->required();
  restore->add_flag("--force", given.offline.force, "move a store that is there aside");
  declare_offline(*restore, given);
  restore->callback([&] { verb = [&given](const Session& s) { return restore_backup(s, given.offline); }; });
  CLI::App* wipe = app.add_subcommand("wipe", "overwrite and remove the store, keys first; daemon stopped");
  wipe->add_flag("--yes", given.offline.yes, "do it");
  declare_offline(*wipe, given);
  wipe->callback([&] { verb = [&given](const Session& s) { return wipe_state(s, given.offline); }; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Asks and commands the leafgate daemon.", "leafgatectl");
  Arguments given;
  Verb verb;
  try {
    declare(app, given, verb);
    declare_operations(app, given, verb);
    declare_enroll(app, given, verb);
    declare_tpm(app, given, verb);
    declare_lines(app, given, verb);
    declare_bridges(app, given, verb);
    declare_receipts(app, given, verb);
    declare_backups(app, given, verb);
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? Exit::yes : Exit::usage;
  }
  const Daemon daemon(given.socket);
  const Session session{daemon,        std::cout,
                        std::cerr,     system_wall_time(),
                        given.json,    Paint(wants_colour()),
                        given.because, isatty(STDERR_FILENO) == 1};
  return verb(session);
}
