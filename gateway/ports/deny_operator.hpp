#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/model/attestation.hpp"
#include "gateway/model/denial.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/ports/audit_log.hpp"
#include "gateway/ports/denials.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Who is kept out, for an engineer.
struct DenyReport {
  bool has_signer = false;  // else no list is taken
  std::optional<HeldDenyList> list;
  std::size_t listed_count = 0;
  std::size_t local_count = 0;
  std::optional<WallTime> now;  // by a synced clock: what ends before keeps nobody out any more
  std::vector<Denial> listed;   // the first of them, by kind and value
  std::vector<Denial> local;
  std::string fetch_trouble;  // why deny.url gave nothing; empty: all is well, or nothing is fetched
};

// What came of a change.
struct DenyEffect {
  bool changed = true;           // false: the very list is held already
  std::int64_t number = 0;       // of the list that is held now; 0: none
  std::size_t entries = 0;       // of it
  std::size_t connections = 0;   // that were ended
  std::size_t operations = 0;    // that waited for the service and were refused
  bool is_still_listed = false;  // of a local entry that went: the signed list denies it still
  bool seems_over = false;       // by a clock that does not say so: it counts until that is synced
};

// A leaf that waits for an operator (semantics §3, §6).
struct HeldLeaf {
  std::string registration_id;   // as it wrote it
  Reason reason = Reason::none;  // held_for_approval, credential_swapped, two_places_at_once
  std::string source;            // address
  std::string client;            // as received, bounded, unescaped
  Mechanism mechanism = Mechanism::none;
  std::string fingerprint;  // what it shows: hex SHA-256 of certificate, EK, or key; empty: cannot be told
  std::string earned_by;    // where another one earned the assignment: that one
  std::string endorsement_key;  // base64, of a TPM: for the enrollment in DPS
  std::string enrollment_id;    // the enrollment here that takes it; empty: none
  std::string other_place;      // two_places_at_once: the other address
  WallTime since{};
  WallTime last{};
  std::uint64_t times = 0;  // registrations and polls
};

// What an approval means, for who gave it.
struct Approval {
  std::string credential;          // that counts from now on; empty: it may go to the service
  std::vector<std::string> to_do;  // beside it, a line each: commands for DPS, imports
  std::vector<std::string> lifts;  // it is denied still: all of this is needed before it may come
};

// Inward: all that the engineer may ask about who is let in. Any loop; answers on the caller's. What changes
// something stands in the audit log before it is done.
class DenyOperator {
 public:
  virtual ~DenyOperator() = default;

  virtual Task<DenyReport> deny_report(std::size_t most) = 0;
  // Errors: refused (no signer is named, or another one has signed), conflict (for another scope; older than
  // the list that is held, or another one of the same number), throttled (another change is under way), the
  // store's.
  virtual Task<Result<DenyEffect>> import_denials(SignedDenyList list, Actor who) = 0;
  virtual Task<Result<DenyEffect>> deny(Denial entry, Actor who) = 0;
  // Errors: not_found; conflict (only a newer list lifts what the signed one says).
  virtual Task<Result<DenyEffect>> lift(DenyKind kind, std::string value, Actor who) = 0;

  virtual Task<std::vector<HeldLeaf>> held() = 0;  // longest first
  // `credential` says which one, where the leaf shows several. Errors: conflict (it shows several and none is
  // named), not_found (it shows no such).
  virtual Task<Result<Approval>> approve(RegistrationId id, std::string credential, Actor who) = 0;
  virtual Task<Result<void>> reject(RegistrationId id, Actor who) = 0;
};

}  // namespace leafgate
