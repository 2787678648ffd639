#include "gateway/flows/proof_end.hpp"

#include <algorithm>
#include <array>

#include "gateway/crypto/x509.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/model/ca_names.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t kept_at_once = 500;

// Of the certificates of an enrollment the last to end: by which of them a leaf comes is not known. Absent
// where one is held of which that cannot be said.
std::optional<WallTime> last_of(const Enrollment& by, EnrolledEnds& enrolled) {
  std::optional<WallTime> last;
  for (const auto* certificate : {&by.primary_certificate, &by.secondary_certificate}) {
    if (!*certificate) continue;
    const auto end = enrolled.of(**certificate);
    if (!end) return std::nullopt;
    last = last ? std::max(*last, *end) : end;
  }
  return last;
}

ProofEnd end_of_enrolled(const Registration& registration, const Enrollment& by, EnrolledEnds& enrolled) {
  ProofEnd end;
  end.whose = WhoseEnd::enrolled;
  end.enrollment = reference(by);
  if (registration.assignment && registration.assignment->ends) {
    end.at = registration.assignment->ends->own;
    return end;
  }
  const std::string shown = registration.assignment ? registration.assignment->credential : std::string();
  for (const auto* certificate : {&by.primary_certificate, &by.secondary_certificate})
    if (*certificate && !shown.empty() && (*certificate)->sha256 == shown)
      end.at = enrolled.of(**certificate);
  if (end.at) return end;
  end.at = last_of(by, enrolled);
  const bool is_one_of_two = by.primary_certificate && by.secondary_certificate;
  end.own_unknown = !end.at || is_one_of_two;
  return end;
}

ProofEnd end_under_group(const Registration& registration, const Enrollment& by, EnrolledEnds& enrolled) {
  ProofEnd end;
  end.enrollment = reference(by);
  if (!registration.assignment || !registration.assignment->ends) {
    end.whose = WhoseEnd::authority;
    end.at = last_of(by, enrolled);
    end.own_unknown = true;
    return end;
  }
  const ProofEnds& ends = *registration.assignment->ends;
  end.at = ends.own;
  if (!ends.authority || *ends.authority >= ends.own) return end;
  end.whose = WhoseEnd::authority;
  end.at = ends.authority;
  return end;
}

}  // namespace

std::optional<WallTime> EnrolledEnds::of(const EnrolledCertificate& certificate) {
  if (certificate.der.empty() || certificate.sha256.empty()) return std::nullopt;
  if (const auto* known = known_.find(certificate.sha256)) return *known;
  const auto parsed = crypto::Certificate::parse(certificate.der);
  std::optional<WallTime> end;
  if (parsed) end = parsed->not_after();
  return known_.put(certificate.sha256, end);
}

bool EnrolledEnds::is_short(const Enrollment& group) {
  std::size_t held = 0;
  for (const auto* certificate : {&group.primary_certificate, &group.secondary_certificate}) {
    if (!*certificate) continue;
    if (!of(**certificate)) return true;
    ++held;
  }
  if (held == 2) return false;
  const auto* known = named_.find(group.record);
  return held < (known != nullptr ? *known : named_.put(group.record, ca_names(group.record).count()));
}

Reason untaken(const Registration& registration, const Enrollment* by, Reason came, EnrolledEnds& enrolled) {
  const bool may_be = by != nullptr && by->mechanism == Mechanism::x509 &&
                      by->kind == EnrollmentKind::group && registration.assignment;
  if (!may_be || registration.assignment->ends || !registration.assignment->credential.empty())
    return Reason::none;
  if (came != Reason::none) return came;
  return enrolled.is_short(*by) ? Reason::leaf_certificate_chain_unknown : Reason::none;
}

ProofEnd proof_end(const Registration& registration, const Enrollment* by, EnrolledEnds& enrolled) {
  if (by == nullptr || by->mechanism != Mechanism::x509) return {};
  return by->kind == EnrollmentKind::individual ? end_of_enrolled(registration, *by, enrolled)
                                                : end_under_group(registration, *by, enrolled);
}

bool has_ended(const ProofEnd& end, const WallReading& now) {
  return end.at && now.quality != ClockQuality::unsynced && now.at > *end.at;
}

Task<void> keep_noted_ends(Ledger& ledger, Confirmations& store) {
  while (true) {
    std::vector<ShownEnds> those = ledger.take_noted_ends(kept_at_once);
    if (those.empty()) co_return;
    std::vector<ShownEnds> copy = those;
    auto kept = co_await store.keep_ends(std::move(copy));
    if (kept) continue;
    ledger.put_back_noted_ends(std::move(those));
    log::warning("when certificates of leaves end was not saved", {{"detail", kept.error().detail}});
    co_return;
  }
}

}  // namespace leafgate
