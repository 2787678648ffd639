#include "adapters/wire/tpm_state.hpp"

#include <algorithm>

#include "adapters/wire/json_text.hpp"

namespace leafgate::wire {
namespace {

constexpr std::string_view of_tpm = "tpm";
constexpr std::string_view key_name = "authenticationKey";

using Members = std::vector<json::Member>;

Members::const_iterator named(const Members& members, std::string_view name) {
  return std::find_if(members.begin(), members.end(),
                      [name](const json::Member& member) { return member.name == name; });
}

std::size_t end_in(std::string_view text, std::string_view slice) {
  return static_cast<std::size_t>(slice.data() - text.data()) + slice.size();
}

// `text` without one member of `object`, a slice of it, and without the comma that parted it from its
// neighbour.
std::string cut(std::string_view text, std::string_view object, const Members& members,
                Members::const_iterator which) {
  const bool first = which == members.begin();
  const std::size_t begin = first ? text.find('"', end_in(text, object) - object.size())
                                  : text.find(',', end_in(text, (which - 1)->value));
  std::size_t end = end_in(text, which->value);
  if (first && members.size() > 1) end = text.find(',', end) + 1;
  return std::string(text.substr(0, begin)).append(text.substr(end));
}

// `text` with one more member at the end of `object`.
std::string added(std::string_view text, std::string_view object, bool empty, const std::string& member) {
  const std::size_t end = end_in(text, object) - 1;
  std::string out(text.substr(0, end));
  if (!empty) out += ',';
  return out.append(member).append(text.substr(end));
}

}  // namespace

std::string challenge_body(std::string_view message, std::string_view authentication_key) {
  return json::ObjectWriter()
      .text("message", message)
      .text(key_name, authentication_key)
      .text("keyName", "registration")
      .str();
}

Result<TpmState> without_tpm_key(std::string_view state) {
  const auto text = json::checked(state);
  if (!text) return text.error();
  const auto members = json::members(*text);
  if (!members) return members.error();
  TpmState out;
  out.state = *text;
  const auto tpm = json::find(*members, of_tpm);
  if (!tpm) return out;
  const auto inside = json::members(*tpm);
  if (!inside) return Error(Errc::malformed, "tpm: " + inside.error().detail);
  const auto found = named(*inside, key_name);
  if (found == inside->end() || json::kind_of(found->value) == json::Kind::null) return out;
  auto key = json::text_of(found->value);
  if (!key) return Error(Errc::malformed, "tpm.authenticationKey: " + key.error().detail);
  out.state = cut(*text, *tpm, *inside, found);
  out.key = std::move(*key);
  return out;
}

std::string with_tpm_key(std::string_view state, std::string_view key) {
  if (key.empty()) return std::string(state);
  const auto text = json::checked(state);
  if (!text) return std::string(state);
  const auto members = json::members(*text);
  if (!members) return std::string(state);
  const std::string made = json::quoted(key_name) + ":" + json::quoted(key);
  const auto tpm = named(*members, of_tpm);
  if (tpm == members->end())
    return added(*text, *text, members->empty(), json::quoted(of_tpm) + ":{" + made + "}");
  const auto inside = json::members(tpm->value);
  if (!inside || named(*inside, key_name) != inside->end()) return std::string(state);
  return added(*text, tpm->value, inside->empty(), made);
}

}  // namespace leafgate::wire
