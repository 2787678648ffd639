#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/model/attestation.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/sealed_key.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// A certificate an enrollment trusts: the leaf's own (individual), or that of a CA (group). Thumbprints are
// in lower-case hex; at least one is there, and sha256 decides where it is. The service never gives a
// certificate back, so `der` is there only for what an operator carried in.
struct EnrolledCertificate {
  std::string sha256;
  std::string sha1;
  Bytes der;
  friend bool operator==(const EnrolledCertificate&, const EnrolledCertificate&) = default;
};

enum class EnrollmentKind { individual, group };

// Who brought it here: an operator, or the service's own list. What the list brought goes when it goes from
// the list; what was carried in stays, though the list may bring it up to date.
enum class EnrollmentOrigin { carried, service };

// The record that says who may register (DPS individualEnrollment or enrollmentGroup).
struct Enrollment {
  EnrollmentKind kind = EnrollmentKind::individual;
  std::string id;  // registrationId in lower case, or the enrollmentGroupId as written
  Mechanism mechanism = Mechanism::none;
  bool enabled = true;
  std::string etag;  // as the service gives it, else a digest of the record; a new one means "changed"
  std::optional<SealedKey> primary_key;
  std::optional<SealedKey> secondary_key;
  std::optional<EnrolledCertificate> primary_certificate;
  std::optional<EnrolledCertificate> secondary_certificate;
  // Of a tpm enrollment: base64 of the endorsement key's TPM2B_PUBLIC, as DPS has it.
  std::string endorsement_key;
  // Which registrationIds a group may serve, in lower case: exact ids, or prefixes ending in '*'. Empty: any
  // id.
  std::vector<std::string> match;
  // Where devices of this enrollment find their hub here: told to them as `gatewayHostName`. A DNS name;
  // empty: nothing is told.
  std::string gateway_host_name;
  // Whether a program on the box may speak for its leaves at their hub (semantics §6, hub-token).
  bool bridge = false;
  // How long its leaves are answered without a word of the service, in powered time; absent: offline.max_age.
  std::optional<Millis> offline_max_age;
  // Whether a new leaf may be told its hub while the service is away, where only one is possible (semantics
  // §3). Of symmetric keys alone.
  bool provisional = false;
  std::string
      only_hub;  // the one hub that DPS can choose for it (iotHubs of one); empty: several, or unknown
  std::string device_id;  // at its hub, of an individual one; empty: its id
  EnrollmentOrigin origin = EnrollmentOrigin::carried;
  // The etag of the record that its keys belong to, where the service's list brought it: another one than
  // `etag` means that they have yet to be asked for, and until then the held ones count.
  std::string keys_etag;
  std::string record;  // the DPS JSON it came from, without its keys, so that unknown members survive

  friend bool operator==(const Enrollment&, const Enrollment&) = default;
};

// True when a group's `match` admits this registrationId (given in lower case).
[[nodiscard]] bool matches(const Enrollment& group, std::string_view registration_key);

}  // namespace leafgate
