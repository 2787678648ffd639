#pragma once

#include "gateway/ctl/verbs.hpp"

// Who is kept out, and who is let in by hand.
namespace leafgate::ctl {

struct DenyEntryQuestion {
  std::string id;
  std::string certificate;      // a file, or its SHA-256
  std::string endorsement_key;  // base64 as in an enrollment, a file of that, or its SHA-256
  std::string until;            // a time; empty: for good
};

struct DenyMakeQuestion {
  std::string key_file;
  std::string id_scope;
  std::int64_t number = 0;
  std::vector<std::string> ids;
  std::string ids_file;  // one a line, '#' begins a remark; - is standard input
  std::vector<std::string> certificates;
  std::vector<std::string> endorsement_keys;
  std::string until;
  std::string out;  // empty: shown
};

int show_denials(const Session& session);
int import_denials(const Session& session, const std::string& file);
int add_denial(const Session& session, const DenyEntryQuestion& question);
int remove_denial(const Session& session, const DenyEntryQuestion& question);
int make_deny_list(const Session& session, const DenyMakeQuestion& question);  // asks no daemon
int show_held(const Session& session);
int approve_leaf(const Session& session, const std::string& id, const std::string& credential);
int reject_leaf(const Session& session, const std::string& id);

// What people read. Pure.
[[nodiscard]] std::string denials_text(const View& told, const Paint& paint);
[[nodiscard]] std::string held_text(const View& told, const Paint& paint, WallTime now);

}  // namespace leafgate::ctl
