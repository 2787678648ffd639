#include "adapters/wire/deny_list.hpp"

#include <algorithm>
#include <charconv>

#include "adapters/wire/json_text.hpp"
#include "adapters/wire/rfc3339.hpp"
#include "gateway/crypto/base64.hpp"

namespace leafgate::wire {
namespace {

namespace base64 = crypto::base64;

constexpr std::int64_t largest_number = std::int64_t{1} << 53U;
constexpr std::size_t largest_list_signature = 128;
constexpr std::size_t largest_entry = 1024;

Error bad(std::string what) { return {Errc::malformed, std::move(what)}; }

Result<std::vector<json::Member>> object(std::string_view text, std::size_t most) {
  json::Bounds bounds;
  bounds.octets = most;
  bounds.depth = 4;
  const auto document = json::checked(text, bounds);
  if (!document) return document.error();
  return json::members(*document);
}

Result<std::string> text_of(const std::vector<json::Member>& members, std::string_view name) {
  const auto value = json::find(members, name);
  if (!value) return bad(std::string(name) + " is missing");
  auto text = json::text_of(*value);
  if (!text) return bad(std::string(name) + " is no text");
  return text;
}

Result<Bytes> octets_of(const std::vector<json::Member>& members, std::string_view name) {
  const auto text = text_of(members, name);
  if (!text) return text.error();
  auto octets = base64::decode(*text);
  if (!octets) return bad(std::string(name) + " is no base64 in one line");
  return octets;
}

Result<std::optional<WallTime>> until_of(const std::vector<json::Member>& members) {
  if (!json::find(members, "until")) return std::optional<WallTime>();
  const auto text = text_of(members, "until");
  if (!text) return text.error();
  const auto at = parse_rfc3339(*text);
  if (!at) return bad("until is no time such as 2027-01-31T00:00:00Z");
  return std::optional<WallTime>(*at);
}

Result<std::int64_t> number_of(const std::vector<json::Member>& members) {
  const auto value = json::find(members, "number");
  std::int64_t out = 0;
  if (!value || json::kind_of(*value) != json::Kind::number) return bad("number is missing, or none");
  const auto [end, failure] = std::from_chars(value->data(), value->data() + value->size(), out);
  if (failure != std::errc() || end != value->data() + value->size() || out < 1 || out > largest_number)
    return bad("number is not a whole one from 1 to 2^53");
  return out;
}

// Null and unknown members too: each must mean something.
Result<void> knows_only(const std::vector<json::Member>& members, std::string_view known) {
  for (const json::Member& member : members) {
    const bool is_known = member.name.find('|') == std::string::npos &&
                          known.find("|" + member.name + "|") != std::string_view::npos;
    if (!is_known) return bad("a member that is not known here: " + member.name.substr(0, 40));
    if (json::kind_of(member.value) == json::Kind::null) return bad(member.name + " is null");
  }
  return {};
}

Result<Denial> denial_of(const std::vector<json::Member>& members) {
  if (auto known = knows_only(members, "|registrationId|endorsementKey|certificate|until|"); !known)
    return known.error();
  std::optional<Denial> out;
  for (const DenyKind kind : {DenyKind::registration_id, DenyKind::endorsement_key, DenyKind::certificate}) {
    if (!json::find(members, to_text(kind))) continue;
    if (out) return bad("an entry names one thing alone");
    const auto text = text_of(members, to_text(kind));
    if (!text) return text.error();
    auto made = make_denial(kind, *text);
    if (!made) return made.error();
    out = std::move(*made);
  }
  if (!out) return bad("an entry names a registrationId, an endorsementKey or a certificate");
  const auto until = until_of(members);
  if (!until) return until.error();
  out->until = *until;
  return std::move(*out);
}

}  // namespace

Result<Denial> read_denial(std::string_view text) {
  const auto members = object(text, largest_entry);
  if (!members) return members.error();
  return denial_of(*members);
}

Result<DenyList> read_deny_payload(std::string_view payload) {
  const auto members = object(payload, largest_deny_list);
  if (!members) return members.error();
  if (auto known = knows_only(*members, "|idScope|number|until|entries|"); !known) return known.error();
  DenyList out;
  auto scope = text_of(*members, "idScope");
  if (!scope) return scope.error();
  out.id_scope = std::move(*scope);
  const auto number = number_of(*members);
  if (!number) return number.error();
  out.number = *number;
  const auto until = until_of(*members);
  if (!until) return until.error();
  const auto entries = json::elements(json::find(*members, "entries").value_or("null"));
  if (!entries) return bad("entries is missing, or no array");
  if (entries->size() > DenyList::most_entries)
    return Error(Errc::too_large, "more than " + std::to_string(DenyList::most_entries) + " entries");
  out.entries.reserve(entries->size());
  for (const std::string_view entry : *entries) {
    const auto inner = json::members(entry);
    auto denial = inner ? denial_of(*inner) : Result<Denial>(inner.error());
    if (!denial)
      return Error(denial.error().code,
                   "entry " + std::to_string(out.entries.size() + 1) + ": " + denial.error().detail);
    if (!denial->until) denial->until = *until;
    out.entries.push_back(std::move(*denial));
  }
  return out;
}

Result<SignedDenyList> read_deny_list(std::string_view file) {
  const auto members = object(file, largest_deny_list);
  if (!members) return members.error();
  if (auto known = knows_only(*members, "|payload|alg|signature|"); !known) return known.error();
  SignedDenyList out;
  const auto algorithm = text_of(*members, "alg");
  if (!algorithm) return algorithm.error();
  if (*algorithm == to_text(DocumentAlgorithm::eddsa))
    out.algorithm = DocumentAlgorithm::eddsa;
  else if (*algorithm != to_text(DocumentAlgorithm::es256))
    return bad("alg is neither ES256 nor EdDSA");
  const auto payload = octets_of(*members, "payload");
  if (!payload) return payload.error();
  auto signature = octets_of(*members, "signature");
  if (!signature) return signature.error();
  if (signature->empty() || signature->size() > largest_list_signature)
    return bad("the signature is not as long as one");
  out.payload = as_text(*payload);
  out.signature = std::move(*signature);
  auto list = read_deny_payload(out.payload);
  if (!list) return Error(list.error().code, "in the payload: " + list.error().detail);
  out.list = std::move(*list);
  return out;
}

// One end for all of them stands once: a list of the most entries must fit into the file.
std::string write_deny_payload(const DenyList& list) {
  const std::optional<WallTime> until = list.entries.empty() ? std::nullopt : list.entries.front().until;
  const bool is_common = until && std::all_of(list.entries.begin(), list.entries.end(),
                                              [&until](const Denial& entry) { return entry.until == until; });
  std::string entries = "[";
  for (const Denial& entry : list.entries) {
    json::ObjectWriter one;
    one.text(to_text(entry.kind), entry.value);
    if (entry.until && !is_common) one.text("until", to_rfc3339(*entry.until));
    entries.append(entries.size() > 1 ? ",\n " : "\n ").append(one.str());
  }
  json::ObjectWriter out;
  out.text("idScope", list.id_scope).number("number", list.number);
  if (is_common) out.text("until", to_rfc3339(*until));
  return out.raw("entries", entries + "]").str() + '\n';
}

std::string write_deny_list(std::string_view payload, DocumentAlgorithm algorithm, ByteView signature) {
  json::ObjectWriter out;
  out.text("payload", base64::encode(as_bytes(payload)));
  out.text("alg", to_text(algorithm)).text("signature", base64::encode(signature));
  return out.str() + '\n';
}

}  // namespace leafgate::wire
