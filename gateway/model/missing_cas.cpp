#include "gateway/model/missing_cas.hpp"

#include <algorithm>

#include "gateway/model/ca_names.hpp"
#include "gateway/model/listed.hpp"

namespace leafgate {
namespace {

constexpr std::size_t groups_told = 3;

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

// The options of the import that helps it, and which certificates it takes. Of those that are named one comes
// beside the other, and which one it is shows nothing but its name; a thumbprint tells that by itself.
std::string import_of(const MissingCas& one) {
  const std::string all = listed(one.missing);
  const bool is_one = one.missing.size() == 1;
  const bool is_named = one.is_short_of_named();
  const std::string which = is_named && is_one && one.names.size() > 1 ? " --ca " + one.missing.front() : "";
  std::string whose = "the certificate of " + all;
  if (!is_one)
    whose = "the certificates of " + all +
            (is_named ? " in this order, or with --ca NAME one of them" : ", both or each alone");
  return one.group + which + " FILE has brought " + whose;
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
    out.printed = prints.size();
  }
  return all;
}

std::string consequence_of(const std::vector<MissingCas>& all) {
  if (all.empty()) return {};
  std::string out;
  for (std::size_t i = 0; i < all.size() && i < groups_told; ++i)
    out += (i == 0 ? "" : "; ") + all[i].group + " without " + listed(all[i].missing);
  if (all.size() > groups_told) out += "; and " + std::to_string(all.size() - groups_told) + " more";
  const bool any_printed =
      std::any_of(all.begin(), all.end(), [](const auto& one) { return one.printed > 0; });
  return (all.size() == 1 ? "a group of the service's list is" : "groups of the service's list are") +
         std::string(" short of a CA that it only names") +
         (any_printed ? " or tells the thumbprint of: " : ": ") + out + "; leaves under that CA" +
         (any_printed ? ", but for those that send one that is told by its thumbprint," : "") +
         " are not answered from here until leafgatectl enroll import --group " + import_of(all.front()) +
         "; a group that this site does not need is left out by sync.enrollments";
}

}  // namespace leafgate
