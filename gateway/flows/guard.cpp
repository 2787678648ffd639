#include "gateway/flows/guard.hpp"

namespace leafgate {

bool is_false_proof(Reason reason) {
  switch (reason) {
    case Reason::denied:
    case Reason::rejected_by_operator:
    case Reason::wrong_key:
    case Reason::token_expired:
    case Reason::token_for_another_id:
    case Reason::token_malformed:
    case Reason::no_credential:
    case Reason::wrong_scope:
    case Reason::unknown_enrollment:
    case Reason::mechanism_mismatch:
    case Reason::leaf_certificate_for_another_id:
    case Reason::leaf_certificate_expired:
    case Reason::leaf_certificate_not_yet_valid:
    case Reason::leaf_certificate_unacceptable:
    case Reason::leaf_certificate_not_enrolled:
    case Reason::leaf_certificate_chain_unknown:
    case Reason::leaf_clock_wrong:
    case Reason::tpm_keys_malformed:
    case Reason::tpm_key_differs:
    case Reason::tpm_key_of_another_id:
    case Reason::tpm_proof_false:
    case Reason::tpm_round_unknown:
    case Reason::link_proof_false:
      return true;
    default:
      return false;
  }
}

}  // namespace leafgate
