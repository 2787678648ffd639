#pragma once

#include <optional>
#include <vector>

#include "gateway/model/result.hpp"

namespace leafgate {

// Exit codes of the daemon (interfaces §2; sysexits.h). The unit starts it again after each but `usage` and
// `configuration`, which nothing but a hand mends.
enum class Exit { stopped = 0, usage = 64, store_fault = 74, not_now = 75, configuration = 78 };

// How a start ends that met this error: `configuration` for what stays as it is until somebody mends it,
// `not_now` for what passes by itself, such as a port or a folder that another process still holds, or
// descriptors that are used up.
[[nodiscard]] Exit exit_of(const Error& error);
// The same where it met all of these: while one is left for a hand, starting again helps nothing. None: it
// met none.
[[nodiscard]] std::optional<Exit> exit_of(const std::vector<Error>& errors);

}  // namespace leafgate
