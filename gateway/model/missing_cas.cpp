#include "gateway/model/missing_cas.hpp"

#include "gateway/model/ca_names.hpp"

namespace leafgate {
namespace {

constexpr std::size_t groups_told = 3;

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out.append(out.empty() ? "" : ", ").append(name);
  return out;
}

// Which of its CAs are held by their thumbprints alone, as the service's list tells them: only a leaf that
// sends such a certificate too can be checked by it.
std::vector<std::string> only_printed(const Enrollment& group) {
  std::vector<std::string> prints;
  for (const auto* certificate : {&group.primary_certificate, &group.secondary_certificate}) {
    if (!*certificate || !(*certificate)->der.empty()) continue;
    const bool by_sha256 = !(*certificate)->sha256.empty();
    prints.push_back(by_sha256 ? "SHA-256 " + (*certificate)->sha256 : "SHA-1 " + (*certificate)->sha1);
  }
  return prints;
}

}  // namespace

std::vector<MissingCas> missing_cas(const std::vector<Enrollment>& groups) {
  std::vector<MissingCas> all;
  for (const Enrollment& group : groups) {
    const bool may_be_short =
        group.origin == EnrollmentOrigin::service && group.enabled && group.mechanism == Mechanism::x509;
    if (!may_be_short) continue;
    const std::vector<std::string> prints = only_printed(group);
    const bool both = group.primary_certificate && group.secondary_certificate;
    if (both && prints.empty()) continue;
    const CaNames names = ca_names(group.record);
    const std::size_t held = group.primary_certificate || group.secondary_certificate ? 1 : 0;
    if (held >= names.count() && prints.empty()) continue;
    MissingCas& out = all.emplace_back();
    out.group = group.id;
    const auto tell = [&out](const std::string& name, bool here) {
      if (name.empty()) return;
      out.names.push_back(name);
      if (!here) out.missing.push_back(name);
    };
    tell(names.primary, group.primary_certificate.has_value());
    tell(names.secondary, group.secondary_certificate.has_value());
    for (const std::string& print : prints) tell(print, false);
  }
  return all;
}

std::string consequence_of(const std::vector<MissingCas>& all) {
  if (all.empty()) return {};
  std::string out;
  for (std::size_t i = 0; i < all.size() && i < groups_told; ++i)
    out += (i == 0 ? "" : "; ") + all[i].group + " without " + listed(all[i].missing);
  if (all.size() > groups_told) out += "; and " + std::to_string(all.size() - groups_told) + " more";
  const MissingCas& first = all.front();
  const std::string whose = first.missing.size() > 1 ? "the certificates of " + listed(first.missing) +
                                                           " in this order, or with --ca NAME one of them"
                                                     : "the certificate of " + listed(first.missing);
  // One comes beside the other, and which one it is shows nothing but its name.
  const bool one_of_two = first.names.size() > 1 && first.missing.size() == 1;
  const std::string which = one_of_two ? " --ca " + first.missing.front() : "";
  return (all.size() == 1 ? "a group of the service's list is" : "groups of the service's list are") +
         std::string(" short of a CA that it only names: ") + out +
         "; leaves under that CA are not answered from here until leafgatectl enroll import --group " +
         first.group + which + " FILE has brought " + whose +
         "; a group that this site does not need is left out by sync.enrollments";
}

}  // namespace leafgate
