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
};

struct Operation {
  std::string id;
  std::string key;              // lower-case registrationId it belongs to
  std::string registration_id;  // as presented by the PUT
  int polls_left = 0;           // polls still answered `assigning`
  Outcome outcome;
  std::string group_id;  // symmetricKey.enrollmentGroupId; empty for an individual record
  nlohmann::json extra;  // members merged into registrationState
};

struct Registration {
  std::string id;  // as first presented
  std::uint64_t puts = 0;
  std::uint64_t accepted = 0;
  std::uint64_t polls = 0;
  std::string last_sr;
  std::string last_certificate;  // SHA-256 of the last one shown for it, accepted or not
  std::string status = "unassigned";
  std::string substatus;
  Outcome last_outcome;
  Assignment assigned;
  bool moved = false;             // placed by a fault rule; allocation leaves it alone
  std::vector<Assignment> given;  // distinct results told to the device, oldest first
  std::deque<std::string> operations;
  WallTime created{};
  WallTime updated{};
  std::string etag;
};

// Every registration since the start, or since the state file was begun. One thread.
class Registrations {
 public:
  // `state_file` empty = memory only; else results told are appended there at once, one JSON line each,
  // and lines already there are taken over. Throws std::runtime_error when it cannot be read or written.
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

  // Notes that the device was told its present assignment.
  void told(Registration& registration);

  void forget_all();
  const std::map<std::string, Registration, std::less<>>& all() const { return by_key_; }
  // Ids that were told more than one result.
  std::vector<std::string> told_differently() const;

 private:
  void replay(const std::string& file);

  std::vector<std::string> hubs_;
  std::map<std::string, Registration, std::less<>> by_key_;
  std::map<std::string, Operation, std::less<>> operations_;
  int journal_ = -1;
};

}  // namespace leafgate::standin
