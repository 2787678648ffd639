#pragma once

#include <string>
#include <vector>

#include "gateway/app/config.hpp"
#include "gateway/ports/self_test.hpp"

namespace leafgate {

// The configuration in force and the certificates that are shown, as JSON for people who help: of a key that
// holds or names a secret only whether it is set, of an address nothing that lets anybody in.
[[nodiscard]] std::string config_told(const Config& config,
                                      const std::vector<ShownCertificate>& certificates);

}  // namespace leafgate
