#include "gateway/flows/denied_above.hpp"

#include <algorithm>

#include "gateway/flows/marks.hpp"

namespace leafgate {

const std::vector<EnrolledAuthority>& DeniedAbove::authorities() {
  const Ledger::Groups now = ledger_.held_groups();
  if (now && now != groups_) {
    groups_ = now;
    above_.clear();
  }
  return authorities_.of(groups_);
}

const crypto::Certificate* DeniedAbove::parsed(const EnrolledCertificate& of) {
  for (const EnrolledAuthority& authority : authorities())
    if (authority.certificate && authority.sha256 == of.sha256) return &*authority.certificate;
  return nullptr;
}

// Which of two CAs of a group stood above it is told by its end, unless a CA of the same name and key may go
// on in its place: above one that has signed itself such a one is found like any other.
DeniedAbove::Held DeniedAbove::comes_by(const Registration& registration, const Enrollment& by) {
  Held held;
  for (const auto* certificate : {&by.primary_certificate, &by.secondary_certificate})
    if (*certificate) held.push_back(&**certificate);
  if (held.size() < 2 || !registration.assignment) return held;
  const Assignment& earned = *registration.assignment;
  if (by.kind == EnrollmentKind::individual) {
    const auto is_shown = [&](const EnrolledCertificate* one) {
      return !earned.credential.empty() && one->sha256 == earned.credential;
    };
    const auto shown = std::find_if(held.begin(), held.end(), is_shown);
    return shown == held.end() ? held : Held{*shown};
  }
  const crypto::Certificate* const first = parsed(*held.front());
  const crypto::Certificate* const last = parsed(*held.back());
  const bool is_told = earned.ends && earned.ends->authority && first != nullptr && last != nullptr &&
                       first->not_after() != last->not_after();
  if (!is_told) return held;
  const bool is_first = first->not_after() == *earned.ends->authority;
  const crypto::Certificate& stood = is_first ? *first : *last;
  const bool is_one = stood.not_after() == *earned.ends->authority &&
                      (stood.is_self_signed() || first->subject() != last->subject());
  return is_one ? Held{is_first ? held.front() : held.back()} : held;
}

bool DeniedAbove::is_at_the_top(const EnrolledCertificate& of) {
  const crypto::Certificate* const known = parsed(of);
  return known != nullptr && known->is_self_signed();
}

// A CA that was renewed with its name, and may be with its key: what one has issued may be the other's.
bool DeniedAbove::has_namesake(const EnrolledCertificate& of,
                               const std::function<bool(const std::string&)>& among) {
  const crypto::Certificate* const known = parsed(of);
  if (known == nullptr) return false;
  const auto& all = authorities();
  return std::any_of(all.begin(), all.end(), [&](const EnrolledAuthority& other) {
    return other.certificate && other.sha256 != of.sha256 && among(other.sha256) &&
           other.certificate->subject() == known->subject();
  });
}

const std::vector<std::string>* DeniedAbove::above(const EnrolledCertificate& certificate) {
  if (certificate.der.empty() || certificate.sha256.empty()) return nullptr;
  if (const auto* known = above_.find(certificate.sha256)) return known;
  auto read = crypto::Certificate::parse(certificate.der);
  if (!read) return nullptr;
  crypto::CertificateChain chain;
  chain.certificates.push_back(std::move(*read));
  return &above_.put(certificate.sha256, authorities_above(chain, authorities()));
}

DeniedPath DeniedAbove::of(const Registration& registration, const Enrollment& by, const Denied& denied,
                           const WallReading& then) {
  const auto is_denied = [&](const std::string& sha256) {
    return denied.denies(DenyKind::certificate, sha256, then);
  };
  const auto& all = authorities();
  const bool may_be_above = std::any_of(all.begin(), all.end(), [&](const EnrolledAuthority& authority) {
    return authority.certificate && is_denied(authority.sha256);
  });
  const bool may_be_above_unseen =
      std::any_of(all.begin(), all.end(), [&](const EnrolledAuthority& authority) {
        return !authority.certificate && is_denied(authority.sha256);
      });
  const Held held = comes_by(registration, by);
  std::size_t yes = 0;
  std::size_t no = 0;
  for (const EnrolledCertificate* one : held) {
    const bool by_itself = is_denied(one->sha256);
    const auto* above_it = may_be_above && !by_itself ? above(*one) : nullptr;
    if (by_itself || (above_it != nullptr && std::any_of(above_it->begin(), above_it->end(), is_denied)))
      ++yes;
    else if ((!may_be_above || (above_it != nullptr && !has_namesake(*one, is_denied))) &&
             (!may_be_above_unseen || is_at_the_top(*one)))
      ++no;
  }
  if (no == held.size()) return DeniedPath::no;
  return yes == held.size() ? DeniedPath::yes : DeniedPath::unknown;
}

}  // namespace leafgate
