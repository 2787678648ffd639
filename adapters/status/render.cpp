#include "adapters/status/render.hpp"

#include "adapters/status/render_outages.hpp"
#include "adapters/status/render_parts.hpp"

namespace leafgate::status {
namespace {

Json device_json(const DeviceRow& device, bool service_up, const Labels* labels) {
  Json out = Json::object();
  put_leaf(out, labels, device.registration_id);
  out["status"] = to_text(device.status);
  put_text(out, "assignedHub", device.assigned_hub);
  put_text(out, "deviceId", device.device_id);
  out["reason"] = reason_json(device.reason, service_up);
  out["offline"] = device.offline;
  put_time(out, "lastSeen", device.last_seen);
  if (device.trust_left) out["trustLeftSeconds"] = seconds(*device.trust_left);
  return out;
}

Json next_json(const std::string& next) { return next.empty() ? Json(nullptr) : Json(next); }

Json assignment_json(const Assignment& assignment) {
  Json out = {{"assignedHub", assignment.assigned_hub}, {"deviceId", assignment.device_id}};
  put_text(out, "enrollment", assignment.enrollment_id);
  if (assignment.provisional) out["provisional"] = true;
  put_time(out, assignment.provisional ? "toldAt" : "confirmedAt", assignment.confirmed_wall);
  return out;
}

Json outcome_json(const Outcome& outcome) {
  Json out = {{"operationId", outcome.operation_id}, {"status", to_text(outcome.status)}};
  if (outcome.error_code != 0) out["errorCode"] = outcome.error_code;
  put_text(out, "message", outcome.message);
  out["reason"] = reason_json(outcome.reason);
  put_time(out, "at", outcome.at);
  return out;
}

Json enrollment_json(const Enrollment& enrollment, const Labels* labels) {
  const bool is_group = enrollment.kind == EnrollmentKind::group;
  Json out = {{"kind", is_group ? "group" : "individual"}, {"id", enrollment.id}};
  if (!is_group) put_label(out, labels, enrollment.id);
  out["mechanism"] = to_text(enrollment.mechanism);
  out["enabled"] = enrollment.enabled;
  out["keyHeld"] = enrollment.primary_key || enrollment.secondary_key || enrollment.primary_certificate ||
                   enrollment.secondary_certificate || !enrollment.endorsement_key.empty();
  if (!enrollment.match.empty()) out["match"] = enrollment.match;
  put_text(out, "endorsementKey", enrollment.endorsement_key);
  put_text(out, "gatewayHostName", enrollment.gateway_host_name);
  if (enrollment.bridge) out["bridge"] = true;
  if (enrollment.offline_max_age) out["offlineMaxAgeSeconds"] = seconds(*enrollment.offline_max_age);
  if (enrollment.provisional) out["provisional"] = true;
  put_text(out, "onlyHub", enrollment.only_hub);
  if (enrollment.origin == EnrollmentOrigin::service) out["origin"] = "service";
  put_text(out, "etag", enrollment.etag);
  return out;
}

Json stranger_json(const StrangerRow& stranger, const Labels* labels) {
  Json out = {{"address", stranger.address}};
  if (labels != nullptr) put_text(out, "expectedHere", labels->label_at(stranger.address));
  out["events"] = stranger.events;
  out["attempts"] = notes_json(stranger.notes);
  return out;
}

}  // namespace

std::string render(const StatusReport& report, const LineReport* lines) {
  Json out = {{"version", report.version},  {"name", report.name},
              {"site", report.site},        {"labels", report.labels},
              {"idScope", report.id_scope}, {"upForSeconds", seconds(report.up_for)}};
  out["offline"] = {{"wouldBeAnswered", report.offline_ready}, {"wouldNot", report.offline_not_ready}};
  out["offline"]["countedSecondsAgo"] = seconds(report.counted_ago);
  out["service"] = {{"address", report.service},
                    {"up", report.service_up},
                    {"registrationsPerMinute", static_cast<std::int64_t>(report.pace_per_minute)}};
  put_time(out["service"], "since", report.service_since);
  out["clock"] = report.clock;
  out["secrets"] = report.secrets;
  out["enrollments"] = report.enrollments;
  out["registrations"] = report.registrations;
  out["assigned"] = report.assigned;
  out["outbox"] = {{"rows", report.outbox}, {"oldestSeconds", seconds(report.outbox_oldest)}};
  out["connections"] = report.connections;
  out["sinceStart"] = {{"answeredFromCache", report.answered_from_cache},
                       {"forwarded", report.forwarded},
                       {"refused", report.refused},
                       {"storeWrites", report.store_writes}};
  out["storeOctets"] = report.store_size;
  out["listening"] = report.listening;
  if (lines != nullptr) put_lines(out, *lines);
  out["certificates"] = Json::array();
  for (const auto& [name, left] : report.certificates_left)
    out["certificates"].push_back({{"name", name}, {"secondsLeft", seconds(left)}});
  out["degraded"] = Json::array();
  for (const DegradedMode& mode : report.degraded) {
    Json entry = {{"reason", reason_json(mode.reason)}, {"consequence", mode.consequence}};
    put_time(entry, "since", mode.since);
    out["degraded"].push_back(std::move(entry));
  }
  return dumped(out);
}

std::string render(const DevicePage& page, bool service_up, const Labels* labels) {
  Json rows = Json::array();
  for (const DeviceRow& device : page.rows) rows.push_back(device_json(device, service_up, labels));
  return dumped({{"registrations", std::move(rows)}, {"next", next_json(page.next)}});
}

std::string render(const Explanation& explanation, const Beside& beside, const Labels* labels) {
  const bool service_up = beside.uplink != nullptr && beside.uplink->up;
  Json out = device_json(explanation.device, service_up, labels);
  put_text(out, "enrollment", explanation.enrollment);
  out["mechanism"] = to_text(explanation.mechanism);
  if (explanation.without_uplink != Reason::none)
    out["withoutUplink"] = reason_json(explanation.without_uplink, service_up);
  if (explanation.assignment) out["assignment"] = assignment_json(*explanation.assignment);
  if (explanation.outcome) out["outcome"] = outcome_json(*explanation.outcome);
  if (explanation.queued) out["queued"] = queue_json(*explanation.queued, service_up, labels);
  if (explanation.receipt) out["receipt"] = receipt_json(*explanation.receipt);
  if (beside.uplink != nullptr) out["uplink"] = uplink_json(*beside.uplink);
  if (beside.promise != nullptr) {
    Json& promise = out["promise"] = promise_json(*beside.promise, service_up, labels);
    const bool is_overcome = explanation.device.status == RegistrationStatus::assigned;
    if (is_overcome && beside.promise->state == PromiseState::refused) promise["state"].erase("nextAction");
  }
  if (explanation.hub_seen) put_time(out, "hubSeenAt", *explanation.hub_seen);
  if (explanation.toward_hub != Reason::none) out["towardHub"] = reason_json(explanation.toward_hub);
  if (beside.lines != nullptr)
    if (Json links = links_json(*beside.lines, explanation); !links.empty()) out["links"] = std::move(links);
  out["attempts"] = notes_json(explanation.notes);
  return dumped(out);
}

std::string render(const StrangerRow& stranger, const Labels* labels) {
  return dumped(stranger_json(stranger, labels));
}

std::string render(const std::vector<StrangerRow>& strangers, const Labels* labels) {
  Json rows = Json::array();
  for (const StrangerRow& stranger : strangers) rows.push_back(stranger_json(stranger, labels));
  return dumped({{"strangers", std::move(rows)}});
}

std::string render(const std::vector<Enrollment>& enrollments, const std::string& next,
                   const Labels* labels) {
  Json rows = Json::array();
  for (const Enrollment& enrollment : enrollments) rows.push_back(enrollment_json(enrollment, labels));
  return dumped({{"enrollments", std::move(rows)}, {"next", next_json(next)}});
}

std::string render_whole(const std::vector<Enrollment>& enrollments, const Labels* labels) {
  Json rows = Json::array();
  for (const Enrollment& enrollment : enrollments) {
    Json row = enrollment_json(enrollment, labels);
    row["primaryKeyHeld"] = enrollment.primary_key.has_value();
    row["secondaryKeyHeld"] = enrollment.secondary_key.has_value();
    const Json record = Json::parse(enrollment.record, nullptr, false);
    if (!record.is_discarded()) row["record"] = record;
    rows.push_back(std::move(row));
  }
  return dumped({{"enrollments", std::move(rows)}});
}

}  // namespace leafgate::status
