#include <algorithm>

#include "adapters/wire/dps_json.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"

namespace leafgate::wire {
namespace {

// The service's etags are base64 of a quoted GUID-like word; opaque to leaves, but why look different.
std::string etag_of(std::string_view content) {
  std::string word = crypto::hex(crypto::sha256(as_bytes(content))).substr(0, 32);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) word.insert(at, 1, '-');
  return crypto::base64::encode(as_bytes('"' + word + '"'));
}

// `object` without its null members; `inner` is done to each value that stays.
template <class Inner>
Result<std::string> without_nulls(std::string_view object, Inner inner) {
  const auto members = json::members(object);
  if (!members) return members.error();
  json::ObjectWriter out;
  for (const json::Member& member : *members) {
    if (json::kind_of(member.value) == json::Kind::null) continue;
    const Result<std::string> value = inner(member);
    if (!value) return value.error();
    out.raw(member.name, *value);
  }
  return out.str();
}

// `object`, a slice of `text`, with one more member; all of `text` around it.
std::string with_member(std::string_view text, std::string_view object, bool empty,
                        const std::string& member) {
  const auto end = static_cast<std::size_t>(object.data() - text.data()) + object.size() - 1;
  std::string out(text.substr(0, end));
  if (!empty) out += ',';
  return out.append(member).append(text.substr(end));
}

Result<std::string> keep(const json::Member& member) { return json::compacted(member.value); }

}  // namespace

std::string assigning_body(std::string_view operation_id) {
  return json::ObjectWriter().text("operationId", operation_id).text("status", "assigning").str();
}

std::string assigning_poll_body(std::string_view operation_id, std::string_view registration_id) {
  const std::string state =
      json::ObjectWriter().text("registrationId", registration_id).text("status", "assigning").str();
  return json::ObjectWriter()
      .text("operationId", operation_id)
      .text("status", "assigning")
      .raw("registrationState", state)
      .str();
}

std::string ended_body(std::string_view operation_id, RegistrationStatus status, std::string_view state) {
  return json::ObjectWriter()
      .text("operationId", operation_id)
      .text("status", to_text(status))
      .raw("registrationState", state)
      .str();
}

std::string with_gateway_host_name(std::string_view state, std::string_view host) {
  constexpr std::string_view name = "gatewayHostName";
  if (host.empty()) return std::string(state);
  const auto text = json::checked(state);
  if (!text) return std::string(state);
  const auto members = json::members(*text);
  if (!members) return std::string(state);
  const auto is_payload = [](const json::Member& member) { return member.name == "payload"; };
  const auto payload = std::find_if(members->begin(), members->end(), is_payload);
  if (payload == members->end()) {
    const std::string made = json::ObjectWriter().text(name, host).str();
    return with_member(*text, *text, members->empty(), R"("payload":)" + made);
  }
  const auto inside = json::members(payload->value);
  const auto is_host = [&](const json::Member& member) { return member.name == name; };
  if (!inside || std::any_of(inside->begin(), inside->end(), is_host)) return std::string(state);
  return with_member(*text, payload->value, inside->empty(), json::quoted(name) + ":" + json::quoted(host));
}

std::string write_state(const EndedState& state) {
  json::ObjectWriter out;
  out.text("registrationId", state.registration_id);
  out.text("createdDateTimeUtc", to_rfc3339(state.created));
  out.text("status", to_text(state.status));
  if (state.error_code != 0) out.number("errorCode", state.error_code);
  if (!state.message.empty()) out.text("errorMessage", state.message);
  out.text("lastUpdatedDateTimeUtc", to_rfc3339(state.updated));
  out.text("etag", state.etag.empty() ? etag_of(out.str()) : state.etag);
  return out.str();
}

std::string error_body(int error_code, std::string_view tracking_id, std::string_view message, WallTime at) {
  return json::ObjectWriter()
      .number("errorCode", error_code)
      .text("trackingId", tracking_id)
      .text("message", message)
      .text("timestampUtc", to_rfc3339(at))
      .str();
}

Result<std::string> clean_state(std::string_view state) {
  const auto text = json::checked(state);
  if (!text) return text.error();
  return without_nulls(*text, [](const json::Member& member) {
    const bool object = json::kind_of(member.value) == json::Kind::object;
    return object && member.name != "payload" ? without_nulls(member.value, keep) : keep(member);
  });
}

}  // namespace leafgate::wire
