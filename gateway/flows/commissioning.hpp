#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/ports/expectations.hpp"
#include "gateway/ports/registrations.hpp"

namespace leafgate {

// What is known of one registrationId that was seen, or is remembered.
struct Sighting {
  std::string registration_id;  // as it was written
  bool assigned = false;        // by the service's word, not by a provisional one
  Reason reason = Reason::none;
  // Where its newest attempts came from: of those it proved itself in, and of any.
  std::string proved_at;
  std::string seen_at;
  WallTime last_seen{};
};

// Adds what a leaf's own notes tell, which stand in the order in which they were made: a clock that was set
// back in between makes no older one the newest.
void add_own_notes(Sighting& sighting, const std::vector<AttemptNote>& notes);
// Adds what a note from elsewhere tells, in whichever order these come.
void add_note(Sighting& sighting, const AttemptNote& note);

// A source that named no registrationId.
struct NamelessSighting {
  std::string source;
  Reason reason = Reason::none;
  WallTime last_seen{};
};

// One of the list, and its place as it is compared.
struct PlacedLeaf {
  PlacedLeaf() = default;
  explicit PlacedLeaf(ExpectedLeaf l) : leaf(std::move(l)) {
    if (leaf.place.empty()) return;
    if (auto parsed = SitePlace::parse(leaf.place)) place = std::move(*parsed);
  }
  ExpectedLeaf leaf;
  std::optional<SitePlace> place;
};

using ExpectedByKey = std::map<std::string, PlacedLeaf, std::less<>>;
using SightingsByKey = std::map<std::string, Sighting, std::less<>>;

// The list against what was seen: the page that `filter` asks for, and the counts of all. Pure. What looks
// most like an unknown id is looked for as long as the list and the page are small enough: some 50 ms, so
// call by offload.
[[nodiscard]] ExpectedPage compare(const ExpectedByKey& expected, const SightingsByKey& seen,
                                   const std::vector<NamelessSighting>& nameless,
                                   const ExpectedFilter& filter);

// How many letters must be changed, added or taken away to make one of the other; `most + 1` when more.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);

// Who is expected at an address that these share, the first of them first: "Press 1", "one of Press 1, Press
// 2".
[[nodiscard]] std::string expected_among(const std::vector<std::string>& labels);

}  // namespace leafgate
