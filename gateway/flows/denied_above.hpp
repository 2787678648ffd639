#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/flows/authorities.hpp"
#include "gateway/flows/denied.hpp"
#include "gateway/flows/ledger.hpp"
#include "gateway/flows/lru.hpp"

namespace leafgate {

enum class DeniedPath { no, yes, unknown };

// What Denied::denies() will find of a leaf that is not there: by the certificates that are enrolled for it
// and the enrolled CAs above those. What it shows between is not known. Each certificate is looked at once
// while the groups are the same. First loop only.
class DeniedAbove {
 public:
  explicit DeniedAbove(const Ledger& ledger) : ledger_(ledger) {}

  // Of a leaf for which `by`, of X.509, would vouch. Unknown: one of the certificates by which it may come is
  // denied and another is not, of one only the thumbprint is here while a CA is denied that may stand above
  // it, a CA of its name is denied, or one of which only the thumbprint is here.
  [[nodiscard]] DeniedPath of(const Registration& registration, const Enrollment& by, const Denied& denied,
                              const WallReading& then);
  // Of all groups.
  [[nodiscard]] const std::vector<EnrolledAuthority>& authorities();

 private:
  using Held = std::vector<const EnrolledCertificate*>;
  Held comes_by(const Registration& registration, const Enrollment& by);
  const crypto::Certificate* parsed(const EnrolledCertificate& of);
  bool is_at_the_top(const EnrolledCertificate& of);
  bool has_namesake(const EnrolledCertificate& of, const std::function<bool(const std::string&)>& among);
  // Null where that is not known.
  const std::vector<std::string>* above(const EnrolledCertificate& certificate);

  const Ledger& ledger_;
  Ledger::Groups groups_ = std::make_shared<const std::vector<Enrollment>>();  // as they were read last
  Authorities authorities_;
  LruMap<std::vector<std::string>> above_{16'384};  // by SHA-256
};

}  // namespace leafgate
