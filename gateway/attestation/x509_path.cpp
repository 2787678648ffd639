#include "gateway/attestation/x509_path.hpp"

#include <algorithm>
#include <vector>

namespace leafgate {
namespace {

using crypto::Certificate;
using crypto::CertificateChain;
using crypto::PathFault;
using Path = std::vector<const Certificate*>;

Verdict not_good(Proof proof, Reason reason, std::string detail) {
  Verdict verdict;
  verdict.proof = proof;
  verdict.reason = reason;
  verdict.detail = std::move(detail);
  return verdict;
}

Verdict false_because(Reason reason, std::string detail) {
  return not_good(Proof::proven_false, reason, std::move(detail));
}

Verdict good(const Certificate& leaf, bool secondary, WallReading now) {
  Verdict verdict;
  verdict.proof = now.quality == ClockQuality::unsynced ? Proof::good_by_untrusted_clock : Proof::good;
  verdict.credential = leaf.sha256();
  verdict.secondary = secondary;
  return verdict;
}

// What no enrollment of this id could accept; absent when there is nothing of it.
std::optional<Verdict> flaw_of(const Certificate& leaf, const RegistrationId& id) {
  const auto& name = leaf.common_name();
  if (!name)
    return false_because(Reason::leaf_certificate_for_another_id, "not exactly one CN that can be read");
  if (!equal_ignoring_case(*name, id.key()))
    return false_because(Reason::leaf_certificate_for_another_id, "CN is " + *name);
  const auto unacceptable = [](const char* what) {
    return false_because(Reason::leaf_certificate_unacceptable, what);
  };
  if (!leaf.has_acceptable_key()) return unacceptable("the leaf's key is too weak, or of no kind for TLS");
  if (!leaf.has_acceptable_signature()) return unacceptable("signed over a digest that is not of SHA-2");
  if (!leaf.has_understood_extensions())
    return unacceptable("an extension that is critical and unknown, or broken");
  if (!leaf.is_for_clients()) return unacceptable("its key usage is not that of a TLS client");
  return std::nullopt;
}

std::optional<Verdict> out_of_time(const Certificate& leaf, WallReading now) {
  if (now.quality == ClockQuality::unsynced) return std::nullopt;
  if (now.at > leaf.not_after())
    return false_because(Reason::leaf_certificate_expired, "ended " + to_rfc3339(leaf.not_after()));
  if (now.at < leaf.not_before())
    return false_because(Reason::leaf_certificate_not_yet_valid, "begins " + to_rfc3339(leaf.not_before()));
  return std::nullopt;
}

bool is_enrolled(const std::optional<EnrolledCertificate>& enrolled, const Certificate& leaf) {
  return enrolled && has_thumbprint(leaf, enrolled->sha256, enrolled->sha1);
}

// Goes from the leaf upward, one issuer at a time.
class Climb {
 public:
  Climb(const CertificateChain& chain, std::span<const EnrolledAuthority> authorities, WallReading now)
      : chain_(chain), authorities_(authorities), now_(now), path_{&chain.leaf()} {}

  // The first enrolled authority above the leaf; path() then ends with it. Absent when there is none.
  std::optional<std::size_t> to_authority() {
    while (path_.size() <= CertificateChain::most) {
      const Certificate* issuer = choose(candidates());
      if (issuer == nullptr || on_path(*issuer)) return std::nullopt;
      path_.push_back(issuer);
      if (is_next_presented(*issuer)) ++presented_;
      if (const auto authority = enrolled_as(*issuer)) return authority;
    }
    return std::nullopt;
  }

  [[nodiscard]] const Path& path() const { return path_; }

 private:
  [[nodiscard]] bool is_next_presented(const Certificate& certificate) const {
    return presented_ < chain_.certificates.size() &&
           chain_.certificates[presented_].sha256() == certificate.sha256();
  }
  [[nodiscard]] bool on_path(const Certificate& certificate) const {
    return std::ranges::any_of(path_,
                               [&](const Certificate* c) { return c->sha256() == certificate.sha256(); });
  }
  [[nodiscard]] std::optional<std::size_t> enrolled_as(const Certificate& certificate) const {
    for (std::size_t i = 0; i < authorities_.size(); ++i)
      if (has_thumbprint(certificate, authorities_[i].sha256, authorities_[i].sha1)) return i;
    return std::nullopt;
  }

  // Who may have issued the last of the path, by name and key identifier: enrolled ones before the presented.
  [[nodiscard]] Path candidates() const {
    Path found;
    const Certificate& last = *path_.back();
    for (const EnrolledAuthority& authority : authorities_)
      if (authority.certificate && last.names_as_issuer(*authority.certificate))
        found.push_back(&*authority.certificate);
    if (presented_ < chain_.certificates.size()) {
      const Certificate& next = chain_.certificates[presented_];
      const bool held =
          std::ranges::any_of(found, [&](const auto* c) { return c->sha256() == next.sha256(); });
      if (!held && last.names_as_issuer(next)) found.push_back(&next);
    }
    return found;
  }

  // One candidate is taken at its name, verify_path() looks at the signature; among namesakes it is the one
  // that signed, and of those rather one in its time (a CA renewed with its key).
  [[nodiscard]] const Certificate* choose(const Path& candidates) const {
    if (candidates.size() < 2) return candidates.empty() ? nullptr : candidates.front();
    const Certificate* signer = nullptr;
    for (const Certificate* candidate : candidates) {
      if (!path_.back()->is_issued_by(*candidate)) continue;
      if (now_.at >= candidate->not_before() && now_.at <= candidate->not_after()) return candidate;
      if (signer == nullptr) signer = candidate;
    }
    return signer;
  }

  const CertificateChain& chain_;
  std::span<const EnrolledAuthority> authorities_;
  WallReading now_;
  Path path_;
  std::size_t presented_ = 1;  // the next of the presented ones
};

// A CA that was renewed with its key takes the place of the one of before, where both are enrolled.
ProofEnds ends_of(const Path& path, std::span<const EnrolledAuthority> authorities, std::size_t authority) {
  ProofEnds ends;
  ends.own = path.front()->not_after();
  for (const Certificate* below : std::span(path).first(path.size() - 1))
    ends.own = std::min(ends.own, below->not_after());
  WallTime last = path.back()->not_after();
  for (const EnrolledAuthority& other : authorities) {
    if (other.group != authorities[authority].group || !other.certificate) continue;
    const bool goes_on = other.certificate->not_before() <= last && other.certificate->not_after() > last;
    if (goes_on && path[path.size() - 2]->is_issued_by(*other.certificate))
      last = other.certificate->not_after();
  }
  ends.authority = last;
  return ends;
}

Verdict verdict_of(const crypto::PathCheck& check) {
  switch (check.fault) {
    case PathFault::signature:
      // It names an enrolled CA that did not sign it; a CA of that name may be enrolled at the service.
      return not_good(Proof::not_checkable, Reason::leaf_certificate_chain_unknown, check.detail);
    case PathFault::expired:
      return false_because(Reason::leaf_certificate_expired, check.detail);
    case PathFault::not_yet_valid:
      return false_because(Reason::leaf_certificate_not_yet_valid, check.detail);
    case PathFault::unacceptable:
      return false_because(Reason::leaf_certificate_unacceptable, check.detail);
    case PathFault::none:
      break;
  }
  return {};
}

}  // namespace

bool has_thumbprint(const Certificate& certificate, std::string_view sha256, std::string_view sha1) {
  return sha256.empty() ? certificate.sha1() == sha1 : certificate.sha256() == sha256;
}

Verdict judge_enrolled_leaf(const CertificateChain& chain, const RegistrationId& id,
                            const std::optional<EnrolledCertificate>& primary,
                            const std::optional<EnrolledCertificate>& secondary, WallReading now) {
  const Certificate& leaf = chain.leaf();
  if (auto flaw = flaw_of(leaf, id)) return *flaw;
  const bool is_primary = is_enrolled(primary, leaf);
  if (!is_primary && !is_enrolled(secondary, leaf))
    return false_because(Reason::leaf_certificate_not_enrolled, "it shows SHA-256 " + leaf.sha256());
  if (auto flaw = out_of_time(leaf, now)) return *flaw;
  return good(leaf, !is_primary, now);
}

PathVerdict judge_path(const CertificateChain& chain, const RegistrationId& id,
                       std::span<const EnrolledAuthority> authorities, WallReading now) {
  const Certificate& leaf = chain.leaf();
  if (auto flaw = flaw_of(leaf, id)) return {*flaw, std::nullopt};
  if (leaf.is_authority())
    return {false_because(Reason::leaf_certificate_unacceptable, "the leaf's certificate is that of a CA"),
            {}};
  Climb climb(chain, authorities, now);
  const auto authority = climb.to_authority();
  if (!authority)
    return {not_good(Proof::not_checkable, Reason::leaf_certificate_chain_unknown,
                     "neither enrolled here nor presented: " + climb.path().back()->issuer()),
            std::nullopt};
  const bool timely = now.quality != ClockQuality::unsynced;
  const auto check = crypto::verify_path(climb.path(), timely ? std::optional(now.at) : std::nullopt);
  if (check.fault == PathFault::signature) return {verdict_of(check), std::nullopt};
  if (check.fault != PathFault::none) return {verdict_of(check), authority};
  return {good(leaf, authorities[*authority].secondary, now), authority,
          ends_of(climb.path(), authorities, *authority)};
}

}  // namespace leafgate
