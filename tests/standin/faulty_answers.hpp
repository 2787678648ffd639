#pragma once

#include <optional>
#include <string>

#include "tests/standin/faults.hpp"
#include "tests/standin/http.hpp"

namespace leafgate::standin {

// What a fault rule does to answers, whichever API it matched.

// The answer it puts in place of a judgement; nothing when the request goes on to one.
std::optional<Response> scripted_answer(const Action& fault, const std::string& request_id, WallTime now);

// What it makes of the answer that goes out, its own included.
void spoil(const Action& fault, Response& answer);

}  // namespace leafgate::standin
