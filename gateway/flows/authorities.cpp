#include "gateway/flows/authorities.hpp"

#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

EnrolledAuthority authority_of(const EnrolledCertificate& enrolled, const std::string& group) {
  EnrolledAuthority authority;
  authority.sha256 = enrolled.sha256;
  authority.sha1 = enrolled.sha1;
  if (enrolled.der.empty()) return authority;
  auto certificate = crypto::Certificate::parse(enrolled.der);
  if (certificate) {
    authority.certificate = std::move(*certificate);
  } else {
    log::error("stored certificate does not parse",
               {{"enrollment", group}, {"error", certificate.error().detail}});
  }
  return authority;
}

}  // namespace

const std::vector<EnrolledAuthority>& Authorities::of(const Ledger::Groups& groups) {
  if (groups == read_from_) return list_;
  read_from_ = groups;
  list_.clear();
  for (std::size_t i = 0; i < groups->size(); ++i) {
    const Enrollment& group = (*groups)[i];
    if (group.mechanism != Mechanism::x509) continue;
    for (const auto* enrolled : {&group.primary_certificate, &group.secondary_certificate}) {
      if (!*enrolled) continue;
      EnrolledAuthority& authority = list_.emplace_back(authority_of(**enrolled, group.id));
      authority.group = i;
      authority.secondary = enrolled == &group.secondary_certificate;
    }
  }
  return list_;
}

}  // namespace leafgate
