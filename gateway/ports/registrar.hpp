#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/model/attestation.hpp"
#include "gateway/model/client_family.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/model/registration.hpp"
#include "gateway/ports/leaf_signer.hpp"
#include "gateway/ports/presence.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// By which way a leaf came.
enum class Transport { mqtt, mqtt_ws, https, serial, broker, tunnel };
[[nodiscard]] std::string_view to_text(Transport transport);

struct Source {
  Transport transport = Transport::mqtt;
  std::string address;  // numeric, without port: "192.0.2.7"; what `explain` can be asked for
};

// One register request or poll of a leaf, as its endpoint understood it. The wire is done with; nothing is
// judged yet.
struct Attempt {
  Attempt(IdScope s, RegistrationId i) : scope(std::move(s)), id(std::move(i)) {}
  IdScope scope;
  RegistrationId id;
  Evidence evidence;
  RegistrationRequest request;           // of a register request
  std::optional<OperationId> operation;  // of a poll: which operation; absent = register
  bool lookup = false;                   // asks for the state of its registration and nothing else
  bool knock = false;   // asks nothing yet: would it be answered here, or must it go elsewhere?
  bool direct = false;  // this client family takes the final answer to its register request
  ClientFamily family = ClientFamily::unknown;  // its SDK: how long it can be told to wait
  std::string client;                           // ClientVersion or User-Agent as received, bounded, unescaped
  std::string server_name;                      // SNI it came by, lower case; empty when none was sent
  Source source;
  std::shared_ptr<Presence> presence;  // null where the wire keeps no connection for a leaf
  // With a certificate: the leaf is there to sign for it, with these. Null: only its own connection can.
  std::shared_ptr<LeafSigner> signer;
  SchemeSet schemes;
};

// What the leaf is told. Endpoints put it into the words of their wire and add nothing.
struct Answer {
  int status = 500;  // class as DPS gives it: 202 assigning, 200 operation ended, 4xx/5xx request refused
  std::optional<OperationId> operation;  // with 202 and 200, but for a lookup
  RegistrationStatus registration_status = RegistrationStatus::assigning;
  std::string state;       // with 200: registrationState, a JSON object as text; with 202 empty
  int error_code = 0;      // with 4xx/5xx: DPS errorCode, six digits
  std::string message;     // with 4xx/5xx: what DPS would say; tells no internals
  Seconds retry_after{0};  // whole seconds; 0 = not said
  // For a leaf with a TPM, base64 (device protocol sheet §5.3). With 401: the challenge, which the wire says
  // as the service does, with keyName "registration"; with 200: its key for the hub, which goes into `state`.
  std::string authentication_key;
  bool proven = false;  // the evidence was found good here: the session counts as authenticated
  bool last = false;    // nothing more is heard on this connection: it ends behind this answer
  // The leaf must go to the service by its own connection, and its next ones are passed through: this one
  // ends without a word where the wire allows that (MQTT), else with a 503 that makes SDKs try again
  // (semantics §6).
  bool elsewhere = false;
  // Where devices find their hub here: goes into the payload as `gatewayHostName` when the service sent none.
  std::string gateway_host_name;
  Reason reason = Reason::none;  // for the endpoint's log; never on the wire
};

// Inward: the one way in for every endpoint. Safe to call from any loop; answers on the caller's loop.
class Registrar {
 public:
  virtual ~Registrar() = default;

  // Judges, decides and answers a register request or a poll. A 202 or 200 is given only after what it
  // promises is durable. Never waits for the TPM or the service (live relay apart, which is bounded to 5 s).
  // Always answers: trouble of ours is a 5xx/429 with retry_after and a reason.
  virtual Task<Answer> admit(Attempt attempt) = 0;
};

}  // namespace leafgate
