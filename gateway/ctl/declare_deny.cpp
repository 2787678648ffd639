// Who is kept out, and who is let in by hand.
#include <memory>

#include "gateway/ctl/declare.hpp"
#include "gateway/ctl/deny.hpp"

namespace leafgate::ctl {
namespace {

struct DenyArguments {
  DenyEntryQuestion entry;
  DenyMakeQuestion make;
  std::string credential;
};

void add_entry_options(CLI::App& verb, DenyEntryQuestion& entry) {
  verb.add_option("id", entry.id, "registrationId");
  verb.add_option("--certificate", entry.certificate, "of a leaf or a CA: a file, or its SHA-256");
  verb.add_option("--endorsement-key", entry.endorsement_key, "of a TPM: base64, a file, or its SHA-256");
}

void declare_make(CLI::App& deny, Verb& verb, const std::shared_ptr<DenyArguments>& own) {
  CLI::App* make = deny.add_subcommand("make", "a signed list, made without a gateway");
  DenyMakeQuestion& asked = own->make;
  make->add_option("--key", asked.key_file, "the private key, PEM: P-256 or Ed25519")->required();
  make->add_option("--id-scope", asked.id_scope, "which service it is for")->required();
  make->add_option("--number", asked.number, "higher than that of the list before")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 53U));
  make->add_option("--id", asked.ids, "registrationIds");
  make->add_option("--ids-file", asked.ids_file, "registrationIds, one a line; - is standard input");
  make->add_option("--certificate", asked.certificates, "of leaves or CAs: files, or SHA-256");
  make->add_option("--endorsement-key", asked.endorsement_keys, "of TPMs: base64, files, or SHA-256");
  make->add_option("--until", asked.until, "when all of it ends, like 2027-01-31T00:00:00Z");
  make->add_option("--out", asked.out, "the file; else it is shown");
  make->callback([&verb, own] { verb = [own](const Session& s) { return make_deny_list(s, own->make); }; });
}

}  // namespace

void declare_deny(CLI::App& app, Arguments& given, Verb& verb) {
  const auto own = std::make_shared<DenyArguments>();
  CLI::App* deny = app.add_subcommand("deny", "who is kept out");
  deny->require_subcommand(1);
  deny->fallthrough();
  deny->add_subcommand("list", "the signed list that is held, and what was added here")->callback([&verb] {
    verb = show_denials;
  });
  CLI::App* taking = deny->add_subcommand("import", "take a signed list in, instead of the one before");
  taking->add_option("file", given.file, "the signed list; - is standard input")->required();
  taking->callback([&] { verb = [&given](const Session& s) { return import_denials(s, given.file); }; });
  CLI::App* add = deny->add_subcommand("add", "keep out here, at once");
  add_entry_options(*add, own->entry);
  add->add_option("--until", own->entry.until, "when it ends, like 2027-01-31T00:00:00Z");
  add->callback([&verb, own] { verb = [own](const Session& s) { return add_denial(s, own->entry); }; });
  CLI::App* remove = deny->add_subcommand("remove", "let in again what was added here");
  add_entry_options(*remove, own->entry);
  remove->callback([&verb, own] { verb = [own](const Session& s) { return remove_denial(s, own->entry); }; });
  declare_make(*deny, verb, own);

  app.add_subcommand("held", "leaves that wait to be approved")->callback([&verb] { verb = show_held; });
  CLI::App* approve = app.add_subcommand("approve", "let a leaf in that is held, or was rejected");
  approve->add_option("id", given.target, "registrationId")->required()->check(not_empty);
  approve->add_option("--credential", own->credential, "which SHA-256, where it shows several");
  approve->callback([&given, &verb, own] {
    verb = [&given, own](const Session& s) { return approve_leaf(s, given.target, own->credential); };
  });
  declare_for_leaf(app, given, verb, "reject", "refuse a leaf until it is approved", reject_leaf);
}

}  // namespace leafgate::ctl
