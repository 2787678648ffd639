#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Text that others wrote, for eyes: what is valid UTF-8 in it, what would not be seen, and how wide it is.
namespace leafgate {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t octets = 0;  // it takes; 0 where no valid one begins
};

// The one that begins at `at`, which is less than text.size() (RFC 3629: shortest forms, no surrogates).
[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t at);

// What a reader would not see, or what changes how he sees the rest: control characters, directional marks,
// characters without width, private and unassigned ends of the code space.
[[nodiscard]] bool is_unseen(std::uint32_t point);

// Columns of a terminal that it takes: 0 for combining marks, 2 for wide characters (Unicode TR 11), else 1.
[[nodiscard]] std::size_t columns_of(std::uint32_t point);

// "\u{202e}", "\xff": how what cannot be shown is named.
[[nodiscard]] std::string named_point(std::uint32_t point);
[[nodiscard]] std::string named_octet(char octet);

}  // namespace leafgate
