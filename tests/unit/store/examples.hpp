#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/registrations.hpp"

namespace leafgate::example {

inline RegistrationId id(const std::string& text) { return RegistrationId::parse(text).value(); }
inline OperationId operation(const std::string& text) { return OperationId::parse(text).value(); }
inline WallTime wall(std::int64_t milliseconds) { return WallTime(Millis(milliseconds)); }

inline AttemptNote note(std::int64_t at, Reason reason = Reason::queued_offline) {
  AttemptNote out;
  out.at = wall(at);
  out.reason = reason;
  out.step = "register";
  out.source = "192.0.2.7";
  out.client = "azure-iot-device-provisioning-py/1.2.3";
  return out;
}

inline std::vector<AttemptNote> notes(std::int64_t at) { return {note(at), note(at + 5, Reason::wrong_key)}; }

inline OutboxRow outbox_row(const std::string& registration_id, const std::string& operation_id) {
  OutboxRow row(id(registration_id), operation(operation_id));
  row.forward_class = ForwardClass::backlog;
  row.first_registration = false;
  row.request.payload = R"({"model":"a \u00e4 'quoted'"})";
  row.request.csr = "TUlJ";
  row.request_digest = "d1";
  row.credential = "c1";
  row.enrollment_id = "line-a";
  row.enrollment_etag = "e1";
  row.reason = Reason::queued_offline;
  row.queued_at = wall(1'790'000'000'123);
  row.tries = 2;
  return row;
}

inline Registration registration(const std::string& registration_id) {
  Registration out(id(registration_id));
  Assignment assignment;
  assignment.assigned_hub = "hub1.azure-devices.net";
  assignment.device_id = registration_id;
  assignment.state = R"({"assignedHub":"hub1.azure-devices.net","substatus":"initialAssignment"})";
  assignment.etag = "a1";
  assignment.credential = "c1";
  assignment.request_digest = "d1";
  assignment.enrollment_id = "line-a";
  assignment.enrollment_etag = "e1";
  assignment.confirmed_at = PoweredTime(77);
  assignment.confirmed_wall = wall(1'790'000'000'200);
  assignment.tpm_key = SealedKey{std::string("\0\x02sealed\xfe", 9)};
  assignment.tpm_storage = "5e0c";
  assignment.provisional = true;
  assignment.ends = ProofEnds{wall(1'795'000'000'003), wall(1'799'000'000'004)};
  Outcome outcome;
  outcome.operation_id = "5.00.op";
  outcome.status = RegistrationStatus::assigned;
  outcome.state = assignment.state;
  outcome.reason = Reason::assigned_by_service;
  outcome.at = wall(1'790'000'000'201);
  out.assignment = assignment;
  out.outcome = outcome;
  return out;
}

inline std::optional<Receipt> receipt(Ruling ruling = Ruling::assigned) {
  Receipt out;
  out.ruling = ruling;
  out.reason = Reason::assigned_by_service;
  out.at = wall(1'790'000'000'201);
  out.clock = ClockQuality::synced;
  out.operation_id = "5.00.op";
  return out;
}

inline Enrollment enrollment(EnrollmentKind kind, const std::string& enrollment_id,
                             const std::string& etag = "1") {
  Enrollment out;
  out.kind = kind;
  out.id = enrollment_id;
  out.mechanism = Mechanism::symmetric_key;
  out.etag = etag;
  out.primary_key = SealedKey{std::string("\0\x01key\xff", 6)};
  out.record = R"({"attestation":{"type":"symmetricKey"}})";
  if (kind == EnrollmentKind::group) out.match = {"line-a-*", "pump-7"};
  return out;
}

// The same octets in every run.
class CountingRandom : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& octet : out) octet = ++next_;
  }

 private:
  std::uint8_t next_ = 0;
};

}  // namespace leafgate::example
