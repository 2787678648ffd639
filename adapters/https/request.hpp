#pragma once

#include <string>
#include <variant>

#include "gateway/net/http_message.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate::https {

// A request that cannot be put before the Registrar, and why.
struct Refusal {
  int status = 400;     // its class; the error code is status * 1000
  std::string message;  // for the leaf
  Reason reason = Reason::request_malformed;
  std::string detail;      // for the engineer
  std::string claimed_id;  // where one could be read
  std::string allowed;     // with 405: the methods of this path
};

// What a leaf asks for, from an HTTP request of the DPS device API (device protocol sheet §2.1, §2.2):
//   PUT  /{idScope}/registrations/{registrationId}/register?api-version={v}                   register
//   GET  /{idScope}/registrations/{registrationId}/operations/{operationId}?api-version={v}   poll
//   POST /{idScope}/registrations/{registrationId}?api-version={v}                            lookup
// The words of the path compare ignoring case. Any api-version is taken, none is refused; a body of a GET is
// passed over (Node.js sends one), `Content-Encoding: utf-8` and `identity` too (Microsoft's own curl
// samples), and the user agent is read from `User-Agent` or `UserAgent` (C). Pure.
[[nodiscard]] std::variant<Attempt, Refusal> read_request(const net::HttpRequest& request);

// What the server refused before it was whole, by its status and in its words; `request` is what it could
// read of it. Pure.
[[nodiscard]] Refusal refusal_of(const net::HttpRequest& request, int status, std::string_view why);

// The SDK of this User-Agent. Node.js polls as its application set it, whatever it is told: it stays unknown.
[[nodiscard]] ClientFamily client_family(std::string_view user_agent);

// Whether this client takes the end of its operation as the answer to its register request: by its User-Agent
// those for Node.js and C; C# and iot-identity-service demand exactly 202 (semantics §3).
[[nodiscard]] bool takes_direct_answer(std::string_view user_agent);

}  // namespace leafgate::https
