#include "adapters/leaf/program/identity.hpp"

#include <stdexcept>

#include "adapters/leaf/program/qr_code.hpp"
#include "adapters/leaf/program/text.hpp"

namespace leafgate::device {
namespace {

std::string type_of(const Identity& identity) {
  if (identity.tpm != nullptr) return "tpm";
  return identity.key != nullptr ? "x509" : "symmetricKey";
}

std::string evidence_of(const Identity& identity) {
  if (identity.tpm != nullptr)
    return JsonLine().add("endorsementKey", base64(identity.tpm->endorsement_key())).text();
  if (identity.key == nullptr) {
    const std::string key = base64(identity.device_key);
    return JsonLine().add("primaryKey", key).add("secondaryKey", key).text();
  }
  const std::string certificate = JsonLine().add("certificate", base64(identity.chain.front())).text();
  return JsonLine().raw("clientCertificates", JsonLine().raw("primary", certificate).text()).text();
}

}  // namespace

Identity open_identity(const Options& options) {
  Identity identity;
  if (!options.key_file.empty()) {
    const auto key = from_base64(read_line(options.key_file));
    if (!key || key->empty()) throw std::runtime_error("the key in " + options.key_file + " is not base64");
    identity.device_key = *key;
  } else if (!options.tcti.empty()) {
    identity.tpm = std::make_unique<Tpm>(options.tcti);
  } else {
    identity.chain = read_chain(options.certificate);
    identity.key = std::make_unique<SigningKey>(options.certificate_key);
    if (!identity.key->belongs_to(identity.chain.front()))
      throw std::runtime_error(options.certificate_key + " is not the key of " + options.certificate);
  }
  return identity;
}

std::string enrollment_json(const Options& options, const Identity& identity) {
  const std::string type = type_of(identity);
  const std::string attestation = JsonLine().add("type", type).raw(type, evidence_of(identity)).text();
  return JsonLine()
      .add("registrationId", options.registration_id)
      .raw("attestation", attestation)
      .add("provisioningStatus", "enabled")
      .text();
}

std::string enrollment_text(const Options& options, const Identity& identity) {
  if (identity.tpm == nullptr) return {};
  const std::string& key = identity.tpm->endorsement_key();
  return "registrationId    " + options.registration_id + "\nendorsementKey    " + base64(key) +
         "\nby DPS's rule a TPM with this key is named " + base32(sha256(key)) + "\n" +
         qr_code(enrollment_json(options, identity));
}

}  // namespace leafgate::device
