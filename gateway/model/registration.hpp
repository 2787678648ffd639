#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/model/ids.hpp"
#include "gateway/model/reason.hpp"
#include "gateway/model/sealed_key.hpp"
#include "gateway/model/time.hpp"
#include "gateway/model/tpm.hpp"

namespace leafgate {

// DPS spelling of the state of a registration.
enum class RegistrationStatus { unassigned, assigning, assigned, failed, disabled };
[[nodiscard]] std::string_view to_text(RegistrationStatus status);
[[nodiscard]] std::optional<RegistrationStatus> registration_status_from(std::string_view text);

// What a leaf asks for; empty members were absent. Payload and csr travel to the service unread.
struct RegistrationRequest {
  std::string payload;  // any JSON value, as text
  std::string csr;      // base64 DER PKCS#10 (api-version 2026-04-01)
  TpmKeys tpm{};        // who asks, not what for: never stored, and in no digest of the request
  friend bool operator==(const RegistrationRequest&, const RegistrationRequest&) = default;
};

// When what a leaf with a certificate has shown stops being good by its dates alone.
struct ProofEnds {
  WallTime own{};  // the earliest of its certificate and of those between that and the enrolled CA
  // Of that CA, or of the one of its group that goes on in its place; absent: an individual enrollment takes
  // the certificate by itself.
  std::optional<WallTime> authority;
  friend bool operator==(const ProofEnds&, const ProofEnds&) = default;
};

// Where the service put a leaf, and what earned it: enough to answer the leaf without asking, and to see that
// something changed since. One that was earned out of sight (by a relay, or by the leaf's own connection to
// the service) has neither credential nor request_digest: nothing is known of what the leaf showed or asked
// for. It names the enrollment that would vouch, or none.
struct Assignment {
  std::string assigned_hub;
  std::string device_id;
  std::string state;  // registrationState as the service gave it: a JSON object as text, unknown members kept
  std::string etag;   // the service's, else a digest of `state`
  std::string credential;       // Verdict::credential that earned it; empty: earned out of sight
  std::string request_digest;   // of the RegistrationRequest that earned it; empty also for a bare one
  std::string enrollment_id;    // the enrollment that vouched
  std::string enrollment_etag;  // and its version then
  PoweredTime confirmed_at{};   // powered time when the service last confirmed it
  WallTime confirmed_wall{};    // the same for people, and for ages across a power-off
  // Of a leaf with a TPM: the authenticationKey that goes into `state`, which does not hold it, as Trust
  // sealed it; and for which storage root key it is: hex SHA-256 of that TPM2B_PUBLIC.
  std::optional<SealedKey> tpm_key;
  std::string tpm_storage;
  std::int64_t receipt = 0;  // the entry of the log that earned it; 0: none
  // Told here while the service was away, because no other hub is possible; it has not confirmed it yet.
  bool provisional = false;
  std::optional<ProofEnds> ends;  // of what it showed last; absent: no certificate, or not known
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

// How the newest operation of a leaf ended; kept so that a poll after a restart still finds it.
struct Outcome {
  std::string operation_id;
  RegistrationStatus status = RegistrationStatus::unassigned;
  std::string state;    // registrationState for the answer, a JSON object as text
  int error_code = 0;   // DPS errorCode of a refused or failed operation, 0 when none
  std::string message;  // its message
  Reason reason = Reason::none;
  WallTime at{};
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// What is remembered of one registrationId.
struct Registration {
  explicit Registration(RegistrationId registration_id) : id(std::move(registration_id)) {}
  RegistrationId id;
  std::optional<Assignment> assignment;
  std::optional<Outcome> outcome;
  friend bool operator==(const Registration&, const Registration&) = default;
};

// Order of the outbox (semantics §4): lower goes first.
enum class ForwardClass : std::uint8_t { waiting_now, backlog, relay, refresh };
[[nodiscard]] std::string_view to_text(ForwardClass c);

// One registration the service still has to hear about; at most one per registrationId, the newest attempt
// wins. Holds no token and no deadline: tokens are minted when the row is sent.
struct OutboxRow {
  OutboxRow(RegistrationId registration_id, OperationId operation)
      : id(std::move(registration_id)), operation_id(std::move(operation)) {}
  RegistrationId id;
  OperationId operation_id;
  std::int64_t sequence = 0;  // given by the store: order of arrival
  ForwardClass forward_class = ForwardClass::waiting_now;
  bool first_registration = true;  // no assignment was known when it was accepted
  RegistrationRequest request;
  std::string request_digest;
  std::string credential;
  std::string enrollment_id;
  std::string enrollment_etag;
  Reason reason = Reason::none;  // why it was queued
  WallTime queued_at{};
  std::int32_t tries = 0;
  friend bool operator==(const OutboxRow&, const OutboxRow&) = default;
};

}  // namespace leafgate
