#pragma once

#include <string>

#include "gateway/model/ids.hpp"
#include "gateway/model/time.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate::mqtt {

// The body that says an answer in DPS's words: the one place where this door makes wire text of an error.
// `poll` tells which request is answered; `random` gives an error its trackingId.
[[nodiscard]] std::string reply_body(const Answer& answer, const RegistrationId& id, bool poll, WallTime now,
                                     Random& random);

}  // namespace leafgate::mqtt
