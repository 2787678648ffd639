#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/result.hpp"

// JSON that keeps its text. What is unknown here must reach the other side as it came (numbers above 2^53,
// spelling of escapes), so values are slices of the checked text and never a parsed tree. A library judges
// the grammar once, in checked(); everything else walks text that is known to be good. Pure; any thread.
namespace leafgate::wire::json {

// Asked again and again while a long text is read: whether that goes on. Empty: it does. Whoever is asked may
// let other threads go first.
using GoesOn = std::function<bool()>;

struct Bounds {
  std::size_t octets = 96 * 1024;  // largest message DPS takes (azure-docs iot-dps-limits)
  int depth = 16;                  // of objects and arrays in each other
  GoesOn goes_on{};                // asked with each object
};

// One JSON document (RFC 8259) in UTF-8, without white space around it; a slice of `text`. Errors: too_large,
// malformed, stopped; the detail names the place and never repeats the text.
Result<std::string_view> checked(std::string_view text, Bounds bounds = {});

enum class Kind { object, array, string, number, boolean, null };
[[nodiscard]] Kind kind_of(std::string_view value);

struct Member {
  std::string name;        // unescaped
  std::string_view value;  // its text
};

// The members of an object in their order. `value` must be a slice of checked text. Errors: malformed when it
// is no object, or a name stands in it twice: readers differ on which of the two counts.
Result<std::vector<Member>> members(std::string_view value);
// The elements of an array. `goes_on` is asked with each. Errors: malformed when it is none; stopped.
Result<std::vector<std::string_view>> elements(std::string_view value, const GoesOn& goes_on = {});

// The member of this name, unless it is absent or null.
[[nodiscard]] std::optional<std::string_view> find(const std::vector<Member>& members, std::string_view name);

// Unescaped. Errors: malformed when it is no string.
Result<std::string> text_of(std::string_view value);
// Errors: malformed when it is no number without fraction that fits into 32 bits.
Result<int> integer_of(std::string_view value);

// A string with its quotes and escapes; octets that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string quoted(std::string_view text);
// Without the white space between tokens; else octet for octet.
[[nodiscard]] std::string compacted(std::string_view value);

// Writes an object member by member. Absent things are left out by not calling: null breaks some SDKs.
class ObjectWriter {
 public:
  ObjectWriter& text(std::string_view name, std::string_view value);
  ObjectWriter& number(std::string_view name, std::int64_t value);
  ObjectWriter& raw(std::string_view name, std::string_view json);  // JSON already
  [[nodiscard]] std::string str() const { return out_ + '}'; }
  [[nodiscard]] bool empty() const { return out_.size() == 1; }

 private:
  std::string out_ = "{";
};

}  // namespace leafgate::wire::json
