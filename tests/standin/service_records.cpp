#include "tests/standin/service_records.hpp"

#include "tests/standin/answers.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

// The certificate itself never comes back. A test that gave a thumbprint alone gets its own info.
json slot_of(const json& given) {
  if (!given.is_object()) return nullptr;
  const auto text = given.find("certificate");
  if (text != given.end() && text->is_string())
    return {{"info", certificate_info(*read_certificate(text->get<std::string>()))}};
  return {{"info", given.value("info", json())}};
}

json pair_of(const json& x509, const char* name) {
  const auto given = x509.find(name);
  if (given == x509.end() || !given->is_object()) return nullptr;
  return {{"primary", slot_of(given->value("primary", json()))},
          {"secondary", slot_of(given->value("secondary", json()))}};
}

// Members without a use come back as null (sheet §2.3).
json x509_of(const json& x509) {
  return {{"clientCertificates", pair_of(x509, "clientCertificates")},
          {"signingCertificates", pair_of(x509, "signingCertificates")},
          {"caReferences", x509.value("caReferences", json())}};
}

json attestation_of(const Enrollment& e, bool with_keys) {
  json attestation = e.record.value("attestation", json::object());
  if (e.symmetric && !with_keys) attestation.erase("symmetricKey");
  if (e.x509) attestation["x509"] = x509_of(attestation.value("x509", json::object()));
  return attestation;
}

}  // namespace

json enrollment_record(const Enrollment& e, const Registration* last) {
  json record = e.record;
  record.erase("standin");
  record["attestation"] = attestation_of(e, false);
  record["provisioningStatus"] = e.enabled ? "enabled" : "disabled";
  record["etag"] = e.etag;
  record["createdDateTimeUtc"] = service_date(e.created);
  record["lastUpdatedDateTimeUtc"] = service_date(e.updated);
  if (last != nullptr) record["registrationState"] = registration_record(*last);
  return record;
}

json attestation_mechanism(const Enrollment& e) { return attestation_of(e, true); }

json registration_record(const Registration& registration) {
  json state = registration_state(registration);
  if (state["status"] == "assigned" && !registration.payload.is_null())
    state["payload"] = registration.payload;
  return state;
}

}  // namespace leafgate::standin
