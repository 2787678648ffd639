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

}  // namespace leafgate
