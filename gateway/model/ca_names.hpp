#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace leafgate {

// What a record calls the CAs that the service holds for it (attestation.x509.caReferences). The service
// shows no more of them than that.
struct CaNames {
  std::string primary;  // as it stands in the record; empty: none
  std::string secondary;
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(!primary.empty()) + static_cast<std::size_t>(!secondary.empty());
  }
  friend bool operator==(const CaNames&, const CaNames&) = default;
};

// Of Enrollment::record, which is JSON that was checked when it was read. Pure.
[[nodiscard]] CaNames ca_names(std::string_view record);

}  // namespace leafgate
