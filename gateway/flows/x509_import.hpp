#pragma once

#include <string>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/model/result.hpp"

namespace leafgate {

// What certificates that were carried in alone make of the x509 enrollment that is held.
struct CertificateImport {
  Enrollment enrollment;
  std::vector<std::string> notes;  // in words: what was here already, and what is trusted no more
};

// `imported` is held's, with one or two certificates; of held's all else stays. Two are its primary and its
// secondary. One that is held already stays in its place beside the other one, and only its octets may be
// new. Another one that comes alone is from then on the only one, but where the service names the CAs of the
// group: it stands for the one that `ca` names (empty: none), else for the one of two that is not here.
// Errors: conflict (which of two it is nobody said), not_found (the service names no such CA for it),
// malformed (`ca` for two certificates). Pure.
[[nodiscard]] Result<CertificateImport> import_certificates(Enrollment imported, const Enrollment& held,
                                                            const std::string& ca);

}  // namespace leafgate
