#pragma once

#include <cstddef>
#include <string_view>

namespace leafgate {

// The first line (from 1) whose section head cannot be one, 0 when there is none: a name, and each part of it
// behind a dot, begins with a letter, a digit, '_', '-' or a quote (TOML 1.0). toml++ 3.3 takes that for
// granted and is undefined where it is not so, for example on "[#gateway]".
[[nodiscard]] std::size_t line_of_unreadable_head(std::string_view document);

// The first line with an octet outside ASCII that stands neither in quotes nor in a comment, 0 when there is
// none: no TOML, and toml++ 3.3 is undefined where it looks whether such a character is a blank.
[[nodiscard]] std::size_t line_of_stray_character(std::string_view document);

}  // namespace leafgate
