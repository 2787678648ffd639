// Words about what belongs to the machine: its TPM, lines, receipts, backups.
#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {

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
  setup->add_option("--recovery", given.file, "PEM of an offline public key; gets a copy of the key");
  setup->callback([&] { verb = [&given](const Session& s) { return set_up_tpm(s, given.file); }; });
  tpm->add_subcommand("accept", "this state folder and this TPM belong together from now on")->callback([&] {
    verb = accept_tpm;
  });
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

void declare_receipts(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* receipt = app.add_subcommand("receipt", "the word that was given with a leaf's assignment");
  receipt->add_option("id", given.target, "registrationId")->required()->check(not_empty);
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

namespace {

void declare_offline(CLI::App& verb, Arguments& given) {
  verb.add_option("--state-dir", given.offline.state_dir, "instead of the configured one");
  verb.add_option("--config", given.offline.config, "configuration file of the daemon");
}

}  // namespace

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

}  // namespace leafgate::ctl
