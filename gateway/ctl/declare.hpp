#pragma once

#include <functional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "gateway/ctl/handover.hpp"
#include "gateway/ctl/verbs.hpp"

// The command line of leafgatectl: which words there are, and which verb they mean. One file per group of
// verbs.
namespace leafgate::ctl {

// What was given on it. Each verb reads its own members.
struct Arguments {
  std::string socket = "/run/leafgate/status.sock";
  bool json = false;
  std::string because;
  DevicesQuestion devices;
  bool plain = false;
  std::string target;
  std::string file;
  std::string group;
  std::string ca;
  std::string kind;
  AuditQuestion audit;
  DeriveQuestion derive;
  IdentityQuestion identity;
  LinkIdentityQuestion link_identity;
  NamesQuestion names;
  HubTokenQuestion hub_token;
  std::string out;
  std::string key_file;
  OfflineQuestion offline;
  SocketUnitQuestion socket_unit;
  CheckQuestion check;
};

using Verb = std::function<int(const Session&)>;

void declare_reading(CLI::App& app, Arguments& given, Verb& verb);  // status, devices, explain
void declare_enroll(CLI::App& app, Arguments& given, Verb& verb);
void declare_tpm(CLI::App& app, Arguments& given, Verb& verb);
void declare_lines(CLI::App& app, Arguments& given, Verb& verb);
void declare_bridges(CLI::App& app, Arguments& given, Verb& verb);
void declare_operations(CLI::App& app, Arguments& given, Verb& verb);
void declare_receipts(CLI::App& app, Arguments& given, Verb& verb);
void declare_backups(CLI::App& app, Arguments& given, Verb& verb);
void declare_sync(CLI::App& app, Arguments& given, Verb& verb);
void declare_outage(CLI::App& app, Arguments& given, Verb& verb);    // what-if, outcomes
void declare_deny(CLI::App& app, Arguments& given, Verb& verb);      // deny, approve, reject
void declare_handover(CLI::App& app, Arguments& given, Verb& verb);  // expect, check, support-archive
void declare_report(CLI::App& app, Arguments& given, Verb& verb);    // report

// What is wrong with a command line that was not understood, and where to read on: a word that is no verb
// with the verb it looks like.
[[nodiscard]] std::string usage_text(const CLI::App& root, const std::string& error);

// For what has to name something: an empty word, as a script makes it of a variable that is not set, would
// mean another route.
[[nodiscard]] std::string not_empty(const std::string& word);
// For a text that goes into one line of the audit log: what breaks out of it would be left out of the
// request.
[[nodiscard]] std::string one_line(const std::string& text);
// One of these; which they are stands in the help of the option.
[[nodiscard]] CLI::Validator one_of(std::vector<std::string> words);

// A verb about one leaf, or about what else is named.
void declare_for_leaf(CLI::App& under, Arguments& given, Verb& verb, const char* name, const char* help,
                      int (*act)(const Session&, const std::string&), const char* operand = "id",
                      const char* meaning = "registrationId");

}  // namespace leafgate::ctl
