#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/standin/encoding.hpp"
#include "tests/standin/enrollments.hpp"
#include "tests/standin/tpm_rounds.hpp"

namespace leafgate::standin {

struct Assignment {
  std::string hub;  // empty = none yet
  std::string device_id;
  bool operator==(const Assignment&) const = default;
};

// How an operation ends, fixed when it is accepted.
struct Outcome {
  enum class Kind { assigned, failed, disabled, never };
  Kind kind = Kind::assigned;
  int error_code = 0;
  std::string error_message;
  bool operator==(const Outcome&) const = default;
};
// "assigned", "failed", "disabled"; for one that never ends "assigning".
std::string_view status_word(Outcome::Kind kind);

struct Operation {
  std::string id;
  std::string key;              // lower-case registrationId it belongs to
  std::string registration_id;  // as presented by the PUT
  int polls_left = 0;           // polls still answered `assigning`
  Outcome outcome;
  std::string group_id;                 // enrollmentGroupId; empty for an individual record
  nlohmann::json extra;                 // members merged into registrationState
  std::shared_ptr<const TpmRound> tpm;  // of the device that opened it; null: it showed no TPM
};

struct Registration {
  std::string id;  // as first presented
  std::uint64_t puts = 0;
  std::uint64_t accepted = 0;
  std::uint64_t polls = 0;
  // Of the last PUT, accepted or not: "https", "mqtt" or "mqtt-ws", the family of its sr, the SHA-256 of its
  // certificate.
  std::string last_transport;
  std::string last_sr;
  std::string last_certificate;
  std::string last_tls;               // version
  std::string status = "unassigned";  // that is: none was ever accepted
  std::string substatus;
  Outcome last_outcome;    // of the last operation; it shows once that has ended
  std::string group_id;    // that vouched last; empty for an individual record
  nlohmann::json payload;  // null: none
  TpmRounds tpm;
  Assignment assigned;
  bool moved = false;             // placed by a fault rule; allocation leaves it alone
  std::vector<Assignment> given;  // distinct results told to the device, oldest first
  std::deque<std::string> operations;
  WallTime created{};  // accepted for the first time
  WallTime updated{};  // when what the service tells of it last changed; each change has an etag of its own
  std::string etag;

  // Then it only stands here because somebody asked for it: the service has no record.
  bool accepted_never() const { return status == "unassigned"; }
};

// Every registration since the start, or since the state file was begun. One thread.
class Registrations {
 public:
  // `state_file` empty = memory only; else assignments are appended there when they are told, one JSON line
  // each, and lines already there are taken over. Throws std::runtime_error when it cannot be read or
  // written.
  Registrations(std::vector<std::string> hubs, const std::string& state_file);
  ~Registrations();
  Registrations(const Registrations&) = delete;
  Registrations& operator=(const Registrations&) = delete;

  Registration& touch(std::string_view id);
  const Registration* find(std::string_view id) const;

  // Allocates on first registration; a known device keeps its hub while that is still allowed.
  void allocate(Registration& registration, const Enrollment& enrollment);
  void move(Registration& registration, std::string hub, WallTime now);

  Operation& open(Registration& registration, Operation operation, WallTime now);
  Operation* operation(std::string_view id);
  // The device was told that its operation ended so.
  void end(Registration& registration, const Outcome& outcome, WallTime now);

  void forget_all();
  const std::map<std::string, Registration, std::less<>>& all() const { return by_key_; }
  // Ids that were told more than one result.
  std::vector<std::string> told_differently() const;

 private:
  void replay(const std::string& file);
  void append(const Registration& registration);

  std::vector<std::string> hubs_;
  std::map<std::string, Registration, std::less<>> by_key_;
  std::map<std::string, Operation, std::less<>> operations_;
  int journal_ = -1;
};

}  // namespace leafgate::standin
