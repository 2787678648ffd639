#pragma once

#include <span>
#include <string>
#include <vector>

#include "gateway/flows/denied.hpp"

namespace leafgate {

// What is kept of one that has shown itself and is no longer there to be asked. Digests only: the chains of
// thousands would take too much room.
struct Marks {
  std::string id;                         // in lower case
  std::string endorsement_key;            // as in Shown
  std::vector<std::string> certificates;  // hex SHA-256: its own first, then the others; CAs above
};

// The CAs enrolled here that stand above any certificate of a chain, from below; each has verifiably issued
// one that is shown, or another of these.
[[nodiscard]] std::vector<std::string> authorities_above(const crypto::CertificateChain& chain,
                                                         std::span<const EnrolledAuthority> authorities);

[[nodiscard]] Marks marks_of(const Shown& shown, std::span<const EnrolledAuthority> authorities);

// As Denied::denies() says it of who shows the same now.
[[nodiscard]] bool are_denied(const Denied& denied, const Marks& marks);
// Whether an operator's word that says no is about them.
[[nodiscard]] bool are_rejected(const OperatorWord& word, const Marks& marks);

}  // namespace leafgate
