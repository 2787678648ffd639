#include "adapters/wire/enrollment_record.hpp"

#include <algorithm>
#include <array>

#include "adapters/wire/enrollment_x509.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/model/dns_name.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::wire {
namespace {

using Members = std::vector<json::Member>;

constexpr auto ours_names =
    std::to_array<std::string_view>({"match", "handout", "bridge", "offline_max_age", "provisional"});

bool is_key_name(std::string_view name) { return name == "primaryKey" || name == "secondaryKey"; }

// `object` without its members for which `drop` says so, `change` done to the values of the rest.
template <class Drop, class Change>
std::string rewritten(const Members& object, Drop drop, Change change) {
  json::ObjectWriter out;
  for (const json::Member& member : object)
    if (!drop(member.name)) out.raw(member.name, change(member));
  return out.str();
}

class RecordReader {
 public:
  explicit RecordReader(ShownBy by) : by_(by) {}

  RecordReading read(std::string_view record) {
    const auto members = json::members(record);
    if (!members) {
      mistake(members.error().detail);
      return std::move(reading_);
    }
    read_id(*members);
    read_status(*members);
    read_attestation(*members);
    read_place(*members);
    read_leafgate(*members);
    enrollment().record = without_keys(*members);
    read_etag(*members);
    return std::move(reading_);
  }

 private:
  Enrollment& enrollment() { return reading_.imported.enrollment; }
  void mistake(std::string text) { reading_.mistakes.push_back(std::move(text)); }

  // The text of a member; empty when absent, null, or no string, which is a mistake.
  std::string text(const Members& members, std::string_view name) {
    const auto value = json::find(members, name);
    if (!value) return {};
    const auto text = json::text_of(*value);
    if (!text) mistake(std::string(name) + " is not a string");
    return text ? *text : std::string();
  }

  void read_id(const Members& members) {
    const std::string registration = text(members, "registrationId");
    const std::string group = text(members, "enrollmentGroupId");
    if (registration.empty() == group.empty())
      return mistake("needs either a registrationId or an enrollmentGroupId");
    // Both have the same rule (azure-docs iot-dps concepts-service).
    const auto id = RegistrationId::parse(registration.empty() ? group : registration);
    // One that is wrong may be a key in the wrong column: it is not repeated.
    if (!id) return mistake((registration.empty() ? "enrollmentGroupId: " : "") + id.error().detail);
    enrollment().kind = registration.empty() ? EnrollmentKind::group : EnrollmentKind::individual;
    enrollment().id = registration.empty() ? group : id->key();
    reading_.name = (registration.empty() ? "enrollmentGroupId \"" : "registrationId \"") + id->text() + '"';
  }

  void read_status(const Members& members) {
    const std::string status = text(members, "provisioningStatus");
    enrollment().enabled = status != "disabled";
    if (!status.empty() && status != "enabled" && status != "disabled")
      mistake("provisioningStatus is neither enabled nor disabled");
  }

  void read_attestation(const Members& members) {
    const auto value = json::find(members, "attestation");
    if (!value) return mistake("needs an attestation");
    const auto attestation = json::members(*value);
    if (!attestation) return mistake("attestation: " + attestation.error().detail);
    const std::string type = text(*attestation, "type");
    const auto known = {Mechanism::none, Mechanism::symmetric_key, Mechanism::x509, Mechanism::tpm};
    const auto found =
        std::find_if(known.begin(), known.end(), [&type](Mechanism m) { return to_text(m) == type; });
    if (found == known.end()) return mistake("attestation.type is not one of symmetricKey, x509, tpm, none");
    enrollment().mechanism = *found;
    if (*found == Mechanism::tpm && enrollment().kind == EnrollmentKind::group)
      mistake("a group cannot attest by tpm");
    if (const auto keys = json::find(*attestation, "symmetricKey")) read_keys(*keys);
    const auto tpm = json::find(*attestation, "tpm");
    if (*found == Mechanism::tpm && tpm) read_tpm(*tpm);
    const auto x509 = json::find(*attestation, "x509");
    if (*found == Mechanism::x509 && x509 && !only_names_authorities(*x509))
      read_x509(*x509, enrollment(), [this](std::string text) { mistake(std::move(text)); });
  }

  // Of groups alone (service sheet 2.3): their certificates are carried in, if any.
  [[nodiscard]] bool only_names_authorities(std::string_view x509) {
    if (by_ != ShownBy::service || enrollment().kind != EnrollmentKind::group) return false;
    const auto members = json::members(x509);
    return members && json::find(*members, "caReferences") && !json::find(*members, "signingCertificates");
  }

  void read_keys(std::string_view value) {
    const auto keys = json::members(value);
    if (!keys) return mistake("attestation.symmetricKey: " + keys.error().detail);
    for (const json::Member& member : *keys)
      if (!is_key_name(member.name) && (equal_ignoring_case(member.name, "primaryKey") ||
                                        equal_ignoring_case(member.name, "secondaryKey")))
        mistake("attestation.symmetricKey: a key's name is in the wrong case");
    read_key(*keys, "primaryKey", reading_.imported.primary_key);
    read_key(*keys, "secondaryKey", reading_.imported.secondary_key);
    if (enrollment().mechanism != Mechanism::symmetric_key &&
        !(reading_.imported.primary_key.empty() && reading_.imported.secondary_key.empty()))
      mistake("has symmetric keys, but its attestation.type is another");
  }

  // The storage root key is not kept: DPS itself does not hold a leaf to it.
  void read_tpm(std::string_view value) {
    constexpr std::size_t longest = 1024;
    const auto tpm = json::members(value);
    if (!tpm) return mistake("attestation.tpm: " + tpm.error().detail);
    std::string key = text(*tpm, "endorsementKey");
    if (key.size() > longest || !crypto::base64::decode(key))
      return mistake("attestation.tpm.endorsementKey is not the base64 of a TPM2B_PUBLIC");
    enrollment().endorsement_key = std::move(key);
  }

  void read_key(const Members& keys, std::string_view name, std::string& out) {
    out = text(keys, name);
    if (out.empty()) return;
    const auto key = crypto::base64::decode_secret(out);
    if (!key) return mistake(std::string(name) + " is not base64");
    if (key->size() < 16 || key->size() > 64)
      mistake(std::string(name) + " is of " + std::to_string(key->size()) + " octets, not of 16 to 64");
  }

  void read_leafgate(const Members& members) {
    const auto value = json::find(members, "leafgate");
    if (!value) return;
    const auto ours = json::members(*value);
    if (!ours) return mistake("leafgate: " + ours.error().detail);
    for (const json::Member& member : *ours)
      if (std::find(ours_names.begin(), ours_names.end(), member.name) == ours_names.end())
        mistake("leafgate: knows only match, handout, bridge, offline_max_age and provisional");
    if (const auto match = json::find(*ours, "match")) read_match(*match);
    if (const auto handout = json::find(*ours, "handout")) read_handout(*handout);
    if (const auto bridge = json::find(*ours, "bridge")) read_bridge(*bridge);
    if (const auto age = json::find(*ours, "offline_max_age")) read_offline_max_age(*age);
    if (const auto provisional = json::find(*ours, "provisional")) read_provisional(*provisional);
  }

  void read_match(std::string_view value) {
    if (enrollment().kind != EnrollmentKind::group) return mistake("leafgate.match is for groups");
    const auto patterns = json::elements(value);
    if (!patterns) return mistake("leafgate.match is not an array");
    for (const std::string_view pattern : *patterns) read_pattern(pattern);
  }

  void read_handout(std::string_view value) {
    const auto handout = json::members(value);
    if (!handout) return mistake("leafgate.handout: " + handout.error().detail);
    for (const json::Member& member : *handout)
      if (member.name != "gateway_host_name") mistake("leafgate.handout: knows only gateway_host_name");
    const auto host = json::find(*handout, "gateway_host_name");
    if (!host) return;
    const auto name = json::text_of(*host);
    if (!name || !is_dns_name(*name))
      return mistake("leafgate.handout.gateway_host_name is not the DNS name of a host, like \"gw.site\"");
    enrollment().gateway_host_name = *name;
  }

  void read_offline_max_age(std::string_view value) {
    const auto text = json::text_of(value);
    const auto age = text ? parse_duration(*text) : Result<Millis>(Error(Errc::malformed, ""));
    if (!age) return mistake("leafgate.offline_max_age is not a duration like \"30d\"");
    enrollment().offline_max_age = *age;
  }

  // What the service will say must be known before, and nobody but the gateway can settle it later.
  void read_provisional(std::string_view value) {
    enrollment().provisional = value == "true";
    if (value != "true" && value != "false") return mistake("leafgate.provisional is neither true nor false");
    if (!enrollment().provisional) return;
    if (enrollment().mechanism != Mechanism::symmetric_key)
      mistake("leafgate.provisional is for leaves with a symmetric key");
    if (enrollment().only_hub.empty())
      mistake("leafgate.provisional needs iotHubs with exactly one hub: else nobody knows it ahead");
  }

  // Where its leaves go, as far as that is certain (service sheet 3.6, 3.9): `iotHubs` of one, or the older
  // `iotHubHostName`; not with a webhook, which may choose otherwise.
  void read_place(const Members& members) {
    if (enrollment().kind == EnrollmentKind::individual) enrollment().device_id = text(members, "deviceId");
    std::string hub = text(members, "iotHubHostName");
    if (const auto listed = json::find(members, "iotHubs")) {
      const auto hubs = json::elements(*listed);
      if (!hubs) return mistake("iotHubs is not an array");
      if (!hubs->empty()) hub.clear();
      if (hubs->size() == 1)
        if (auto only = json::text_of(hubs->front())) hub = std::move(*only);
    }
    const bool by_webhook = text(members, "allocationPolicy") == "custom";
    if (!by_webhook && is_dns_name(hub)) enrollment().only_hub = hub;
  }

  // Only of a symmetric key can a token be made for somebody else.
  void read_bridge(std::string_view value) {
    enrollment().bridge = value == "true";
    if (value != "true" && value != "false") return mistake("leafgate.bridge is neither true nor false");
    if (enrollment().bridge && enrollment().mechanism != Mechanism::symmetric_key)
      mistake("leafgate.bridge is for leaves with a symmetric key");
  }

  void read_pattern(std::string_view value) {
    const auto pattern = json::text_of(value);
    if (!pattern) return mistake("leafgate.match holds something that is not a string");
    const bool prefix = pattern->ends_with('*');
    const std::string_view fixed = std::string_view(*pattern).substr(0, pattern->size() - (prefix ? 1 : 0));
    // A prefix may end where an id may not: "pump." is no id, "pump.*" is a good pattern.
    if (prefix ? !RegistrationId::parse(std::string(fixed) + "0") : !RegistrationId::parse(fixed))
      return mistake("leafgate.match: \"" + printable(*pattern) +
                     "\" is no registrationId, nor one cut by '*'");
    enrollment().match.push_back(ascii_lower(*pattern));
  }

  static std::string printable(std::string_view text) {
    std::string out(text.substr(0, 64));
    std::replace_if(
        out.begin(), out.end(), [](char c) { return c < ' ' || c > '~' || c == '"'; }, '?');
    return out;
  }

  static std::string without_keys(const Members& members) {
    const auto keep = [](const json::Member& member) { return json::compacted(member.value); };
    const auto nothing = [](std::string_view) { return false; };
    const auto strip_keys = [&](const json::Member& member) {
      const auto inner = json::members(member.value);
      return member.name == "symmetricKey" && inner ? rewritten(*inner, is_key_name, keep) : keep(member);
    };
    const auto strip_attestation = [&](const json::Member& member) {
      const auto inner = json::members(member.value);
      return member.name == "attestation" && inner ? rewritten(*inner, nothing, strip_keys) : keep(member);
    };
    return rewritten(members, nothing, strip_attestation);
  }

  void read_etag(const Members& members) {
    enrollment().etag = text(members, "etag");
    if (!enrollment().etag.empty()) return;
    const std::string all =
        enrollment().record + '\n' + reading_.imported.primary_key + '\n' + reading_.imported.secondary_key;
    enrollment().etag = crypto::hex(crypto::sha256(as_bytes(all)));
  }

  ShownBy by_;
  RecordReading reading_;
};

}  // namespace

RecordReading read_record(std::string_view record, ShownBy by) { return RecordReader(by).read(record); }

}  // namespace leafgate::wire
