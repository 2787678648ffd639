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
  e.extra = record.value("standin", json::object());
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

}  // namespace

Enrollments Enrollments::parse(const std::string& text) {
  Enrollments all;
  try {
    const json records = json::parse(text);
    if (!records.is_array()) throw std::runtime_error("the enrollment list is not an array");
    for (const json& record : records) {
      Enrollment e = enrollment_of(record);
      if (e.group) {
        all.groups_.push_back(std::move(e));
      } else {
        std::string key = lower(e.id);
        if (!all.individuals_.emplace(std::move(key), std::move(e)).second) {
          throw std::runtime_error("a registrationId stands twice");
        }
      }
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

Proof Enrollments::prove(std::string_view id, const SasToken& token) const {
  if (const auto at = individuals_.find(lower(id)); at != individuals_.end()) {
    const Enrollment& e = at->second;
    if (e.symmetric && signed_by(token, e.keys)) return Proven{&e};
    // A disabled record of another kind blocks the id whatever is shown (service sheet §3.2).
    if (!e.enabled && !e.symmetric) return Proven{&e};
    return NotProven::unauthorized;
  }
  bool any_group = false;
  for (const Enrollment& group : groups_) {
    if (!group.symmetric) continue;
    any_group = true;
    if (signed_by(token, derived_keys(group, id, token))) return Proven{&group};
  }
  return any_group ? NotProven::unauthorized : NotProven::unknown_id;
}

}  // namespace leafgate::standin
