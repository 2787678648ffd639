// A signed deny list, made where the signing key is and carried to the gateways.
#include <ostream>
#include <sstream>

#include "adapters/wire/deny_list.hpp"
#include "adapters/wire/rfc3339.hpp"
#include "gateway/crypto/document_signature.hpp"
#include "gateway/crypto/secret.hpp"
#include "gateway/ctl/deny.hpp"
#include "gateway/ctl/deny_words.hpp"
#include "gateway/ctl/text_file.hpp"
#include "gateway/ctl/whole_file.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::ctl {
namespace {

Result<void> add_ids_of(const std::string& file, std::vector<std::string>& ids) {
  const auto lines = read_text(file);
  if (!lines) return Error(Errc::not_found, file + " cannot be read");
  std::istringstream in(*lines);
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    ids.push_back(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
  }
  return {};
}

Result<DenyList> list_of(const DenyMakeQuestion& question, WallTime now) {
  DenyList out;
  const auto scope = IdScope::parse(question.id_scope);
  if (!scope) return Error(scope.error().code, "--id-scope: " + scope.error().detail);
  out.id_scope = scope->text();
  out.number = question.number;
  std::vector<std::string> ids = question.ids;
  if (!question.ids_file.empty())
    if (auto added = add_ids_of(question.ids_file, ids); !added) return added.error();
  for (const std::string& id : ids) {
    auto made = make_denial(DenyKind::registration_id, id);
    if (!made) return Error(made.error().code, "\"" + id + "\": " + made.error().detail);
    out.entries.push_back(std::move(*made));
  }
  for (const std::string& named : question.certificates) {
    auto made = denied_certificates(named);
    if (!made) return made.error();
    for (Denial& one : *made) out.entries.push_back(std::move(one));
  }
  for (const std::string& named : question.endorsement_keys) {
    auto made = denied_endorsement_key(named);
    if (!made) return made.error();
    out.entries.push_back(std::move(*made));
  }
  if (question.until.empty()) return out;
  const auto until = wire::parse_rfc3339(question.until);
  if (!until) return Error(Errc::malformed, "--until is a time such as 2027-01-31T00:00:00Z");
  if (*until <= now) return Error(Errc::malformed, "--until is past: the list would keep nobody out");
  for (Denial& entry : out.entries) entry.until = *until;
  return out;
}

// A whole one, or an error: nobody carries a list that no gateway takes.
Result<std::string> signed_file(const DenyList& list, const std::string& key_file) {
  auto key = read_text(key_file);
  if (!key) return Error(Errc::not_found, key_file + " cannot be read");
  const crypto::Secret pem(as_bytes(*key));
  std::fill(key->begin(), key->end(), '\0');
  const auto signer = crypto::DocumentSigner::from_pem(as_text(pem.view()));
  if (!signer) return Error(signer.error().code, key_file + ": " + signer.error().detail);
  const std::string payload = wire::write_deny_payload(list);
  const auto signature = signer->sign(as_bytes(payload));
  if (!signature) return signature.error();
  std::string file = wire::write_deny_list(payload, signer->algorithm(), *signature);
  const auto read = wire::read_deny_list(file);
  if (!read) return read.error();
  return file;
}

}  // namespace

int make_deny_list(const Session& session, const DenyMakeQuestion& question) {
  const auto list = list_of(question, session.now);
  if (!list) return refuse(session, list.error().detail);
  const auto file = signed_file(*list, question.key_file);
  if (!file) return refuse(session, file.error().detail);
  if (question.out.empty()) {
    session.out << *file;
    return Exit::yes;
  }
  WholeFile out(question.out, 0644);  // signed, to be served to whoever asks
  out.add(*file);
  out.name();
  if (!out.trouble().empty()) return refuse(session, out.trouble());
  session.out << paragraph("list " + std::to_string(list->number) + " with " +
                               counted(static_cast<std::int64_t>(list->entries.size()), "entry", "entries") +
                               " in " + question.out +
                               "; carry it in by leafgatectl deny import, or serve it at deny.url",
                           0);
  return Exit::yes;
}

}  // namespace leafgate::ctl
