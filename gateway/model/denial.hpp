#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/bytes.hpp"
#include "gateway/model/document_algorithm.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// By what a leaf is kept out.
enum class DenyKind {
  registration_id,  // its registrationId, in lower case
  endorsement_key,  // hex SHA-256 of its TPM2B_PUBLIC, its size included
  certificate,      // hex SHA-256 of its certificate, or of a CA above it
};
[[nodiscard]] std::string_view to_text(DenyKind kind);  // "registrationId", "endorsementKey", "certificate"
[[nodiscard]] std::optional<DenyKind> deny_kind_from(std::string_view text);

// One entry of a deny list.
struct Denial {
  DenyKind kind = DenyKind::registration_id;
  std::string value;
  std::optional<WallTime> until;  // by true time; absent: for good
  friend bool operator==(const Denial&, const Denial&) = default;
};

// With its value as it is compared. Errors: malformed.
Result<Denial> make_denial(DenyKind kind, std::string_view value);

// What a deny list says.
struct DenyList {
  static constexpr std::size_t most_entries = 20'000;

  std::string id_scope;
  std::int64_t number = 0;  // rises: an older one is refused
  std::vector<Denial> entries;
  friend bool operator==(const DenyList&, const DenyList&) = default;
};

// The same as it was carried here.
struct SignedDenyList {
  std::string payload;  // the octets that are signed
  DocumentAlgorithm algorithm = DocumentAlgorithm::es256;
  Bytes signature;
  DenyList list;  // what the payload says; believed by nobody before the signature is good
};

// What an operator said about one registrationId by hand.
struct OperatorWord {
  std::string id;         // in lower case
  bool approved = false;  // else rejected
  // Approved: this credential (as Verdict names it) counts instead of the one that earned the assignment;
  // empty: it may only go to the service. Rejected: this one alone is; empty: whatever the leaf shows.
  std::string credential;
  WallTime at{};
  std::string accepted{};  // rejected: the credential that was approved before, and is still; empty: none

  // Whether it may go to the service by whatever is not rejected.
  [[nodiscard]] bool lets_in() const { return approved || !accepted.empty(); }
  // That counts instead of the one that earned the assignment; empty: none does.
  [[nodiscard]] const std::string& accepts() const { return approved ? credential : accepted; }
  friend bool operator==(const OperatorWord&, const OperatorWord&) = default;
};

}  // namespace leafgate
