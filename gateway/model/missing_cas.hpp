#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/model/enrollment.hpp"

namespace leafgate {

// A group of the service's list that is short of CAs: the service only names them, or tells their
// thumbprints, and not as many were carried in. Leaves under those are not answered from here, whether the
// certificate was never here or was let go of because the service names another CA now: what helps is the
// same.
struct MissingCas {
  std::string group;
  std::vector<std::string> names;    // of the CAs, as the service has them; "SHA-256 HEX" by its thumbprint
  std::vector<std::string> missing;  // of those, whose certificates are not here
  // Of the missing, that are told by their thumbprints: the last ones. Leaves that send such a certificate
  // are checked by it all the same.
  std::size_t printed = 0;
  [[nodiscard]] bool is_short_of_named() const { return missing.size() > printed; }
  friend bool operator==(const MissingCas&, const MissingCas&) = default;
};

// Of groups that are enabled, in their order. Pure.
[[nodiscard]] std::vector<MissingCas> missing_cas(const std::vector<Enrollment>& groups);

// What that means, and which file helps, in words; empty where nothing is missing. Pure.
[[nodiscard]] std::string consequence_of(const std::vector<MissingCas>& all);

}  // namespace leafgate
