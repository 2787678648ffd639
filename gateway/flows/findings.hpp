#pragma once

#include "gateway/crypto/digest.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/operation_ids.hpp"

namespace leafgate {

// Where the service put a leaf, as it told that: a ServiceAnswer or a RegistrationState. Nothing of what the
// leaf showed for itself: that proves nothing here.
template <class Told>
[[nodiscard]] Assignment assignment_of(const Told& told, PoweredTime powered, WallTime wall) {
  Assignment a;
  a.assigned_hub = told.assigned_hub;
  a.device_id = told.device_id;
  a.state = told.state;
  a.etag = told.etag.empty() ? crypto::hex(crypto::sha256(as_bytes(told.state))) : told.etag;
  a.confirmed_at = powered;
  a.confirmed_wall = wall;
  return a;
}

// What is found out about a leaf without an operation of it here: by a relay, or from the service's list of
// registrations. First loop only.
class Findings {
 public:
  explicit Findings(ForwardPorts ports) : ports_(ports), operation_ids_(ports.trust, ports.random) {}

  // The service has put it there. Where it was there already, and `assignment` names no enrollment, what
  // earned it stays. Stored when this returns; what cannot be stored is logged.
  Task<void> assigned(RegistrationId id, Assignment assignment, Reason reason);
  // A connection that claimed this id was answered by the service: into what `explain` tells, in memory only,
  // and to whom keeps what was promised.
  Task<void> passed(RegistrationId id, std::string address, std::string server_name);
  // What the leaf itself did, which the service is about to vouch for: before assigned().
  Task<void> came(RegistrationId id, AttemptNote note);
  // The service has taken it back. Nothing is written where nothing was known.
  Task<void> withdrawn(RegistrationId id, Reason reason);

 private:
  Task<void> settle(Registration registration, AttemptNote note, Ruling ruling);

  ForwardPorts ports_;
  OperationIds operation_ids_;
};

}  // namespace leafgate
