#pragma once

#include <string_view>

#include "gateway/ports/registrations.hpp"

namespace leafgate {

constexpr std::size_t notes_kept = 8;             // attempts kept of each leaf
constexpr std::size_t unverified_notes_kept = 2;  // of those, at most so many that nobody verified
constexpr std::size_t client_kept = 120;          // octets of what a leaf says it is
constexpr std::size_t detail_kept = 200;          // octets of the detail of an event or a note

// False of what happened without the leaf.
[[nodiscard]] bool came_from_the_leaf(const AttemptNote& note);

// Adds a note and forgets the oldest beyond the bounds: a stranger who uses an id cannot push out what the
// true leaf did. The same thing from the same place again only moves its time on.
void add_note(std::vector<AttemptNote>& notes, AttemptNote note);

// What may be written: nothing unverified.
[[nodiscard]] std::vector<AttemptNote> verified_only(const std::vector<AttemptNote>& notes);

// Text of outside origin, cut to `most` octets.
[[nodiscard]] std::string bounded(std::string_view text, std::size_t most);

}  // namespace leafgate
