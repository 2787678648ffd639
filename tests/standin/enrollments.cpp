#include "tests/standin/enrollments.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/standin/encoding.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

std::string text_or(const json& record, const char* name, std::string otherwise = {}) {
  const auto at = record.find(name);
  return at == record.end() || !at->is_string() ? otherwise : at->get<std::string>();
}

void read_certificates(const json& x509, Enrollment& e) {
  const json pair = x509.value(e.group ? "signingCertificates" : "clientCertificates", json::object());
  for (const char* slot : {"primary", "secondary"}) {
    const auto at = pair.find(slot);
    if (at == pair.end() || !at->is_object()) continue;
    const std::string text = text_or(*at, "certificate");
    const std::string by_info = text_or(at->value("info", json::object()), "sha256Thumbprint");
    if (!text.empty()) e.authorities.push_back(read_certificate(text));
    e.thumbprints.push_back(text.empty() ? lower(by_info) : thumbprint(*e.authorities.back()));
  }
}

Enrollment enrollment_of(const json& record) {
  Enrollment e;
  e.group = record.contains("enrollmentGroupId");
  e.id = text_or(record, e.group ? "enrollmentGroupId" : "registrationId");
  if (e.id.empty()) throw std::runtime_error("a record without registrationId or enrollmentGroupId");
  e.enabled = text_or(record, "provisioningStatus", "enabled") == "enabled";
  e.device_id = e.group ? std::string() : text_or(record, "deviceId");
  e.allocation_policy = text_or(record, "allocationPolicy");
  if (const auto hubs = record.find("iotHubs"); hubs != record.end() && hubs->is_array()) {
    e.hubs = hubs->get<std::vector<std::string>>();
  }
  // The legacy single-hub member means a static policy for that hub.
  if (const std::string legacy = text_or(record, "iotHubHostName"); e.hubs.empty() && !legacy.empty()) {
    e.hubs = {legacy};
    e.allocation_policy = "static";
  }
  if (e.allocation_policy == "static" && e.hubs.size() != 1) {
    throw std::runtime_error(e.id + ": allocationPolicy static needs exactly one of iotHubs");
  }
  const json attestation = record.value("attestation", json::object());
  e.symmetric = text_or(attestation, "type") == "symmetricKey";
  if (e.symmetric) {
    const json keys = attestation.value("symmetricKey", json::object());
    for (const char* name : {"primaryKey", "secondaryKey"}) {
      const std::string key = text_or(keys, name);
      if (key.empty()) continue;
      if (!base64_decode(key)) throw std::runtime_error(e.id + ": " + name + " is not base64");
      e.keys.push_back(key);
    }
    if (e.keys.empty()) throw std::runtime_error(e.id + ": symmetricKey without a key");
  }
  e.x509 = text_or(attestation, "type") == "x509";
  if (e.x509) read_certificates(attestation.value("x509", json::object()), e);
  e.tpm = text_or(attestation, "type") == "tpm";
  if (e.tpm) {
    if (e.group) throw std::runtime_error(e.id + ": a group cannot vouch for a TPM");
    const auto key = base64_decode(text_or(attestation.value("tpm", json::object()), "endorsementKey"));
    if (!key || key->empty()) throw std::runtime_error(e.id + ": endorsementKey is not base64");
    e.endorsement_key = *key;
  }
  e.extra = record.value("standin", json::object());
  if (e.x509) e.extra["x509"] = json::object();
  e.record = record;
  return e;
}

// Whether the service derives from the id as presented or from its lower-case form is not known
// (sheet §3.2), so both are tried, as is the spelling inside the token.
std::vector<std::string> derived_keys(const Enrollment& group, std::string_view id, const SasToken& token) {
  std::vector<std::string> spellings{std::string(id)};
  const std::string in_token = token.resource.substr(token.resource.rfind('/') + 1);
  for (const std::string& other : {in_token, lower(id)}) {
    if (std::find(spellings.begin(), spellings.end(), other) == spellings.end()) spellings.push_back(other);
  }
  std::vector<std::string> keys;
  for (const std::string& spelling : spellings) {
    for (const std::string& key : group.keys) {
      if (auto derived = derive_device_key(key, spelling)) keys.push_back(*derived);
    }
  }
  return keys;
}

void version(Enrollments::ById& records, const Enrollments::ById& before, WallTime now) {
  for (auto& [id, e] : records) {
    const auto old = before.find(id);
    const bool known = old != before.end();
    const bool same = known && old->second.record == e.record;
    const std::string brought = text_or(e.record, "etag");
    const bool stale = known && !same && text_or(old->second.record, "etag") == brought;
    e.created = known ? old->second.created : now;
    e.updated = same ? old->second.updated : now;
    if (same) {
      e.etag = old->second.etag;
    } else {
      // Unlike that of a registration it carries its quotes in clear (service sheet §2.4).
      e.etag = brought.empty() || stale ? "\"" + random_guid() + "\"" : brought;
    }
  }
}

bool has(const Enrollment& e, const X509& certificate) {
  return std::find(e.thumbprints.begin(), e.thumbprints.end(), thumbprint(certificate)) !=
         e.thumbprints.end();
}

}  // namespace

Enrollments Enrollments::parse(const std::string& text) {
  Enrollments all;
  try {
    const json records = json::parse(text);
    if (!records.is_array()) throw std::runtime_error("the enrollment list is not an array");
    for (const json& record : records) {
      Enrollment e = enrollment_of(record);
      ById& mine = e.group ? all.groups_ : all.individuals_;
      std::string key = lower(e.id);
      if (!mine.emplace(std::move(key), std::move(e)).second) throw std::runtime_error("an id stands twice");
    }
  } catch (const json::exception& error) {
    throw std::runtime_error(error.what());
  }
  return all;
}

Enrollments Enrollments::load(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error("cannot read " + file);
  return parse(text.str());
}

void Enrollments::succeed(const Enrollments& before, WallTime now) {
  version(individuals_, before.individuals_, now);
  version(groups_, before.groups_, now);
}

Proof Enrollments::prove(std::string_view id, const SasToken& token) const {
  if (const auto at = individuals_.find(lower(id)); at != individuals_.end()) {
    const Enrollment& e = at->second;
    if (e.symmetric && signed_by(token, e.keys)) return Proven{&e};
    // A disabled record of another kind blocks the id whatever is shown (service sheet §3.2).
    if (!e.enabled && !e.symmetric) return Proven{&e};
    return NotProven::unauthorized;
  }
  bool any_group = false;
  for (const auto& [key, group] : groups_) {
    if (!group.symmetric) continue;
    any_group = true;
    if (signed_by(token, derived_keys(group, id, token))) return Proven{&group};
  }
  return any_group ? NotProven::unauthorized : NotProven::unknown_id;
}

// Up what the device sent, the first certificate in a group decides; at its end the groups' own CAs.
Proof Enrollments::prove(std::string_view id, const Certificates& shown, WallTime now) const {
  X509& leaf = *shown.front();
  if (lower(common_name(leaf)) != lower(id)) return NotProven::unauthorized;
  if (const auto at = individuals_.find(lower(id)); at != individuals_.end()) {
    const Enrollment& e = at->second;
    if (e.x509 && has(e, leaf) && lives(leaf, now)) return Proven{&e};
    if (!e.enabled && !e.x509) return Proven{&e};
    return NotProven::unauthorized;
  }
  for (std::size_t i = 0; i < shown.size(); ++i) {
    for (const auto& [key, group] : groups_) {
      if (!group.x509) continue;
      if (i > 0 && has(group, *shown[i]))
        return leads_to(shown, *shown[i], now) ? Proof(Proven{&group}) : Proof(NotProven::unauthorized);
      for (const auto& authority : group.authorities)
        if (issued(*authority, *shown[i]) && leads_to(shown, *authority, now)) return Proven{&group};
    }
  }
  return NotProven::unauthorized;
}

}  // namespace leafgate::standin
