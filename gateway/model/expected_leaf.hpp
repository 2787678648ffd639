#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "gateway/model/result.hpp"

namespace leafgate {

// What may stand in a commissioning list.
inline constexpr std::size_t expected_most = 20'000;
inline constexpr std::size_t expected_label_limit = 64;  // octets of label, place and line
inline constexpr std::size_t expected_note_limit = 200;

// A leaf that a site shall have when it is handed over: a row of the commissioning list.
struct ExpectedLeaf {
  std::string registration_id;  // as it was written; compared ignoring case
  std::string label;            // what stands on the door of its cabinet
  std::string place;            // where it shall be seen; see SitePlace. Empty: anywhere
  std::string line;             // the site's own grouping, a production line; not looked at
  std::string note;
  friend bool operator==(const ExpectedLeaf&, const ExpectedLeaf&) = default;
};

// Where a leaf shall be seen: an address ("192.0.2.7"), a network ("192.0.2.0/24"), a serial line ("line1"),
// one station of it ("line1/5"), or the broker ("broker"). As sources of attempts are written.
class SitePlace {
 public:
  // Errors: malformed; what looks like an address must be one.
  static Result<SitePlace> parse(std::string_view text);

  [[nodiscard]] bool contains(std::string_view source) const;
  // It is one address or station and nothing else, so that whoever comes from there is meant.
  [[nodiscard]] bool is_single() const;

 private:
  enum class Kind { network, link };
  Kind kind_ = Kind::link;
  std::string text_;    // of a link, lower case
  std::string octets_;  // of a network: its first address, 4 or 16 octets
  unsigned prefix_ = 0;
};

}  // namespace leafgate
