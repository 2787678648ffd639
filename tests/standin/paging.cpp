#include "tests/standin/paging.hpp"

#include "tests/standin/encoding.hpp"

namespace leafgate::standin {

using nlohmann::json;

std::string continuation(std::string_view query, const Cursor& cursor) {
  return base64_encode(json{{"query", query}, {"after", cursor.after}, {"empty", cursor.empty}}.dump());
}

std::optional<Cursor> cursor_of(std::string_view query, const std::string& token) {
  const json read = json::parse(base64_decode(token).value_or(""), nullptr, false);
  if (!read.is_object() || read.value("query", "") != query) return std::nullopt;
  return Cursor{read.value("after", ""), read.value("empty", 0)};
}

}  // namespace leafgate::standin
