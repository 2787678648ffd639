#include "gateway/flows/marks.hpp"

#include <algorithm>

namespace leafgate {

// From every certificate that is shown, and not from the last alone: a leaf may show more than its path,
// which judge_path() leaves aside.
std::vector<std::string> authorities_above(const crypto::CertificateChain& chain,
                                           std::span<const EnrolledAuthority> authorities) {
  std::vector<const crypto::Certificate*> below;
  for (const crypto::Certificate& certificate : chain.certificates) below.push_back(&certificate);
  std::vector<std::string> out;
  std::vector<bool> found(authorities.size());
  for (std::size_t i = 0; i < below.size(); ++i)
    for (std::size_t j = 0; j < authorities.size(); ++j) {
      const EnrolledAuthority& authority = authorities[j];
      const bool is_above = !found[j] && authority.certificate &&
                            below[i]->is_issued_by(*authority.certificate) &&
                            authority.sha256 != below[i]->sha256();
      if (!is_above) continue;
      found[j] = true;
      out.push_back(authority.sha256);
      below.push_back(&*authority.certificate);
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
