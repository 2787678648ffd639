// Words about leaves, and about who may register.
#include <algorithm>

#include "gateway/ctl/declare.hpp"

namespace leafgate::ctl {

std::string not_empty(const std::string& word) { return word.empty() ? "is empty" : ""; }

std::string one_line(const std::string& text) {
  const bool is_one = std::none_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  return is_one ? "" : "is one line, without control characters";
}

CLI::Validator one_of(std::vector<std::string> words) {
  std::string list;
  for (const std::string& word : words)
    list += (list.empty() ? "" : &word == &words.back() ? " or " : ", ") + word;
  const auto among = [words = std::move(words), list](const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end() ? std::string()
                                                                      : "it is one of " + list;
  };
  return CLI::Validator(among, "");
}

void declare_for_leaf(CLI::App& under, Arguments& given, Verb& verb, const char* name, const char* help,
                      int (*act)(const Session&, const std::string&), const char* operand,
                      const char* meaning) {
  CLI::App* app = under.add_subcommand(name, help);
  app->add_option(operand, given.target, meaning)->required()->check(not_empty);
  app->callback(
      [&given, &verb, act] { verb = [&given, act](const Session& s) { return act(s, given.target); }; });
}

void declare_reading(CLI::App& app, Arguments& given, Verb& verb) {
  app.add_subcommand("status", "how the gateway is, and what an outage would mean now")->callback([&] {
    verb = show_status;
  });

  CLI::App* devices = app.add_subcommand("devices", "the leaves, a line each");
  devices->add_option("--state", given.devices.state, "unassigned, assigning, assigned, failed or disabled")
      ->check(one_of({"unassigned", "assigning", "assigned", "failed", "disabled"}));
  devices->add_option("--match", given.devices.match, "part of a registrationId, label or hub");
  devices->add_option("--expiring", given.devices.expiring, "answered offline for less than a span like 60d");
  devices->callback([&] { verb = [&given](const Session& s) { return show_devices(s, given.devices); }; });

  CLI::App* explain_verb = app.add_subcommand("explain", "why a leaf is where it is, and what to do next");
  explain_verb->add_option("leaf", given.target, "registrationId, or address: 192.0.2.7, line1/5")
      ->required()
      ->check(not_empty);
  explain_verb->callback([&] { verb = [&given](const Session& s) { return explain(s, given.target); }; });
}

void declare_enroll(CLI::App& app, Arguments& given, Verb& verb) {
  CLI::App* enroll = app.add_subcommand("enroll", "who may register");
  enroll->require_subcommand(1);
  enroll->fallthrough();
  CLI::App* taking = enroll->add_subcommand("import", "take an enrollment file in, all of it or nothing");
  taking->add_option("file", given.file, "DPS JSON, CSV, or certificates (PEM, DER); - is stdin")->required();
  CLI::Option* of_group =
      taking->add_option("--group", given.group, "the certificates are the CAs of this enrollment group");
  taking->add_option("--ca", given.ca, "which of the CAs that the service names for the group it is")
      ->needs(of_group)
      ->check(not_empty);
  taking->callback([&] {
    verb = [&given](const Session& s) { return import_enrollments(s, given.file, given.group, given.ca); };
  });
  CLI::App* giving = enroll->add_subcommand("export", "the enrollments held here as a file, without keys");
  giving->add_option("file", given.file, "where to; else it is shown");
  giving->callback([&] { verb = [&given](const Session& s) { return export_enrollments(s, given.file); }; });
  enroll->add_subcommand("list", "the enrollments held here")->callback([&] { verb = list_enrollments; });
  CLI::App* show = enroll->add_subcommand("show", "one enrollment, without its keys");
  show->add_option("id", given.target, "registrationId or group")->required()->check(not_empty);
  show->callback([&] { verb = [&given](const Session& s) { return show_enrollment(s, given.target); }; });
  CLI::App* remove = enroll->add_subcommand("remove", "take an enrollment out");
  remove->add_option("id", given.target, "registrationId or group")->required()->check(not_empty);
  remove->add_option("--kind", given.kind, "individual or group, where both have the name")
      ->check(one_of({"individual", "group"}));
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

}  // namespace leafgate::ctl
