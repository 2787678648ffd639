#pragma once

#include <optional>

#include "adapters/https/request.hpp"
#include "gateway/model/time.hpp"
#include "gateway/ports/random.hpp"

namespace leafgate::https {

// What was asked, as far as its answer depends on it.
struct Question {
  explicit Question(const Attempt& attempt, std::string host_field = {})
      : scope(attempt.scope.text()),
        id(attempt.id.text()),
        host(std::move(host_field)),
        family(attempt.family),
        poll(attempt.operation.has_value()),
        lookup(attempt.lookup) {}
  std::string scope;
  std::string id;
  std::string host;  // as the Host field said
  ClientFamily family;
  bool poll;
  bool lookup;
};

// The one place where this door makes HTTP of an answer: bodies and fields as the service gives them (device
// protocol sheet §2.1, §2.3 to §2.5): JSON always, Retry-After in whole seconds, `Location` of a 202 is the
// register URL, `x-ms-request-id` equals an error's trackingId. `random` gives that id.
[[nodiscard]] net::HttpResponse reply(const Answer& answer, const Question& question, WallReading now,
                                      Random& random);

// The same for what never came before the Registrar.
[[nodiscard]] net::HttpResponse reply(const Refusal& refusal, WallReading now, Random& random);

}  // namespace leafgate::https
