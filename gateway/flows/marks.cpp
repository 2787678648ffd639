#include "gateway/flows/marks.hpp"

#include <algorithm>

namespace leafgate {

std::vector<std::string> authorities_above(const crypto::CertificateChain& chain,
                                           std::span<const EnrolledAuthority> authorities) {
  std::vector<std::string> out;
  const crypto::Certificate* top = &chain.certificates.back();
  while (out.size() < crypto::CertificateChain::most) {
    const auto above = [top](const EnrolledAuthority& authority) {
      return authority.certificate && authority.sha256 != top->sha256() &&
             top->is_issued_by(*authority.certificate);
    };
    const auto found = std::find_if(authorities.begin(), authorities.end(), above);
    if (found == authorities.end()) break;
    out.push_back(found->sha256);
    top = &*found->certificate;
  }
  return out;
}

Marks marks_of(const Shown& shown, std::span<const EnrolledAuthority> authorities) {
  Marks out;
  out.id = shown.id;
  out.endorsement_key = shown.endorsement_key;
  if (!shown.chain) return out;
  for (const crypto::Certificate& certificate : shown.chain->certificates)
    out.certificates.push_back(certificate.sha256());
  for (std::string& above : authorities_above(*shown.chain, authorities))
    out.certificates.push_back(std::move(above));
  return out;
}

bool are_denied(const Denied& denied, const Marks& marks) {
  const auto is_denied = [&denied](const std::string& certificate) {
    return denied.denies(DenyKind::certificate, certificate);
  };
  return denied.denies_id(marks.id) || denied.denies(DenyKind::endorsement_key, marks.endorsement_key) ||
         std::any_of(marks.certificates.begin(), marks.certificates.end(), is_denied);
}

bool are_rejected(const OperatorWord& word, const Marks& marks) {
  if (word.approved || word.id != marks.id) return false;
  const bool shows_it = !marks.certificates.empty() && marks.certificates.front() == word.credential;
  return word.credential.empty() || shows_it || marks.endorsement_key == word.credential;
}

}  // namespace leafgate
