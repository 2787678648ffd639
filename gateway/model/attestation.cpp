#include "gateway/model/attestation.hpp"

namespace leafgate {

std::string_view to_text(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::none:
      return "none";
    case Mechanism::symmetric_key:
      return "symmetricKey";
    case Mechanism::x509:
      return "x509";
    case Mechanism::tpm:
      return "tpm";
  }
  return "none";
}

std::string_view proof_of(const Evidence& evidence) {
  if (const auto* sas = std::get_if<SasEvidence>(&evidence)) return sas->token;
  if (const auto* mac = std::get_if<MacEvidence>(&evidence)) return as_text(mac->mac);
  const auto* shown = std::get_if<CertificateEvidence>(&evidence);
  return shown && shown->signature ? as_text(shown->signature->octets) : std::string_view();
}

}  // namespace leafgate
