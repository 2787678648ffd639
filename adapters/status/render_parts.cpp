#include "adapters/status/render_parts.hpp"

#include "gateway/model/ids.hpp"

namespace leafgate::status {
namespace {

Json note_json(const AttemptNote& note) {
  Json out = Json::object();
  put_time(out, "at", note.at);
  put_text(out, "step", note.step);
  out["reason"] = reason_json(note.reason);
  put_text(out, "source", note.source);
  put_text(out, "client", note.client);
  put_text(out, "detail", note.detail);
  if (note.unverified) out["unverified"] = true;
  return out;
}

}  // namespace

std::string dumped(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

std::int64_t seconds(Millis duration) { return duration.count() / 1000; }

void put_time(Json& into, const char* name, WallTime at) {
  if (at != WallTime{}) into[name] = to_rfc3339(at);
}

void put_text(Json& into, const char* name, const std::string& text) {
  if (!text.empty()) into[name] = text;
}

void put_leaf(Json& into, const Labels* labels, const std::string& registration_id) {
  put_text(into, "registrationId", registration_id);
  put_label(into, labels, registration_id);
}

void put_label(Json& into, const Labels* labels, const std::string& registration_id, const char* name) {
  if (labels != nullptr) put_text(into, name, labels->label_of(ascii_lower(registration_id)));
}

std::string leaf_of(const AuditEntry& entry) {
  for (const std::string_view kind : {"registrationId ", "individual "})
    if (entry.object.starts_with(kind)) return entry.object.substr(kind.size());
  return entry.object;
}

std::string done_json(const Labels* labels, const std::string& registration_id, std::string_view done) {
  Json out = Json::object();
  put_leaf(out, labels, registration_id);
  out["done"] = done;
  return dumped(out);
}

Json reason_json(Reason reason, bool service_up) {
  const ReasonRow& known = row(reason);
  Json out = {{"code", known.code}, {"text", known.text}};
  if (const auto action = next_action(reason, service_up); !action.empty()) out["nextAction"] = action;
  return out;
}

Json notes_json(const std::vector<AttemptNote>& notes) {
  Json out = Json::array();
  for (const AttemptNote& note : notes) out.push_back(note_json(note));
  return out;
}

}  // namespace leafgate::status
