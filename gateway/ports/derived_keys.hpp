#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gateway/model/result.hpp"
#include "gateway/model/sealed_key.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// A device key as a group key in the TPM has derived it, sealed by Trust for the row sealed_rows::derived()
// names.
struct DerivedKey {
  std::string enrollment;  // "group ID"
  std::string id;          // the registrationId as it was derived for: case matters
  std::string group_key;   // SHA-256 of the sealed group key it came from, 32 octets
  SealedKey sealed;
  friend bool operator==(const DerivedKey&, const DerivedKey&) = default;
};

// Outward: what the TPM has derived for leaves that proved it, so that none of them costs it a command again.
// First loop only. Errors: store_full, store_fault, stopped.
class DerivedKeys {
 public:
  virtual ~DerivedKeys() = default;

  // Those of these ids under these enrollments, in their order: one read for all that may vouch for a leaf.
  virtual Task<Result<std::vector<DerivedKey>>> find(std::vector<std::string> enrollments,
                                                     std::vector<std::string> ids) = 0;
  // Adds or replaces.
  virtual Task<Result<void>> put(DerivedKey key) = 0;
  // Takes out those of an enrollment that came from none of these group keys (two at most). Gives how many.
  virtual Task<Result<std::size_t>> keep_only(std::string enrollment,
                                              std::vector<std::string> group_keys) = 0;
};

}  // namespace leafgate
