#pragma once

#include "tests/bench/talk.hpp"

namespace leafgate::bench {

// One register request, whose answer has to be the assignment: for leaves that the gateway knows. Beast
// stands behind this function alone. `script` must outlive it.
std::unique_ptr<Talk> make_https_talk(const Script& script);

}  // namespace leafgate::bench
