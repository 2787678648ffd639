#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/standin/certificates.hpp"
#include "tests/standin/sas.hpp"

namespace leafgate::standin {

// One record of the enrollment list in the service's own JSON (individualEnrollment or enrollmentGroup).
struct Enrollment {
  std::string id;  // registrationId, or enrollmentGroupId for a group
  bool group = false;
  bool enabled = true;
  bool symmetric = false;         // other attestation kinds refuse every token
  std::vector<std::string> keys;  // primary, secondary; base64
  bool x509 = false;
  std::vector<std::string> thumbprints;  // SHA-256 of the leaf's certificates, or of the group's CAs
  Certificates authorities;              // of a group, those of them that were given whole
  bool tpm = false;                      // individual only
  std::string endorsement_key;           // its TPM2B_PUBLIC, decoded
  std::string device_id;                 // individual only; empty = registrationId
  std::string allocation_policy;         // "static", "hashed", or empty for the default
  std::vector<std::string> hubs;         // empty = all hubs of the stand-in
  nlohmann::json extra;                  // the member `standin`: merged into every registrationState
  nlohmann::json record;                 // as it came, with its keys
  std::string etag;                      // these three from succeed()
  WallTime created{};
  WallTime updated{};
};

// What the credential proves, in the service's order: an individual record always wins (service sheet §3.2).
struct Proven {
  const Enrollment* enrollment;
};
enum class NotProven { unknown_id, unauthorized };
using Proof = std::variant<Proven, NotProven>;

class Enrollments {
 public:
  using ById = std::map<std::string, Enrollment, std::less<>>;  // by the id in small letters

  // Takes the JSON text of an array of records. Throws std::runtime_error naming the record that is wrong.
  static Enrollments parse(const std::string& text);
  static Enrollments load(const std::string& file);

  // Gives the records of a list that takes the place of `before` their etags and dates: what did not change
  // keeps its own. The etag that a record brings counts, unless it is that of an older text.
  void succeed(const Enrollments& before, WallTime now);

  // `id` as it stood in the path. The token's expiry and resource were checked by the caller.
  // `unknown_id`: no individual record, and no group whose keys could have owned it.
  Proof prove(std::string_view id, const SasToken& token) const;
  // By the certificates of the TLS handshake; not empty.
  Proof prove(std::string_view id, const Certificates& shown, WallTime now) const;

  const ById& individuals() const { return individuals_; }
  const ById& groups() const { return groups_; }
  std::size_t size() const { return individuals_.size() + groups_.size(); }

 private:
  ById individuals_;
  ById groups_;
};

}  // namespace leafgate::standin
