#pragma once

#include <vector>

#include "gateway/attestation/x509_path.hpp"
#include "gateway/flows/ledger.hpp"

namespace leafgate {

// The CAs of the x509 groups, each parsed once until an enrollment changes: parsing one costs more than
// checking a signature with it. First loop only.
class Authorities {
 public:
  // EnrolledAuthority::group counts in `groups`. Valid until it is asked with other groups.
  const std::vector<EnrolledAuthority>& of(const Ledger::Groups& groups);

 private:
  Ledger::Groups read_from_;  // held, so that its address names nothing else
  std::vector<EnrolledAuthority> list_;
};

}  // namespace leafgate
