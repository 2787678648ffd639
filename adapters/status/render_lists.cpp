#include "adapters/status/render.hpp"
#include "adapters/status/render_parts.hpp"

namespace leafgate::status {
namespace {

Json audit_json(const AuditEntry& entry, const Labels* labels) {
  Json out = {{"sequence", entry.sequence}};
  put_time(out, "at", entry.at);
  out["clock"] = to_text(entry.clock);
  out["uid"] = entry.actor.uid;
  out["pid"] = entry.actor.pid;
  put_text(out, "user", entry.actor.user);
  put_text(out, "because", entry.actor.because);
  out["what"] = entry.what;
  out["object"] = entry.object;
  put_label(out, labels, leaf_of(entry));
  out["outcome"] = entry.outcome;
  return out;
}

}  // namespace

Json queue_json(const QueueRow& row, bool service_up, const Labels* labels) {
  Json out = Json::object();
  put_leaf(out, labels, row.registration_id);
  out["operationId"] = row.operation_id;
  out["class"] = to_text(row.forward_class);
  out["state"] = row.state;
  out["reason"] = reason_json(row.reason, service_up);
  put_text(out, "trouble", row.trouble);
  put_time(out, "queuedAt", row.queued_at);
  out["ageSeconds"] = seconds(row.age);
  out["tries"] = row.tries;
  out["durable"] = row.durable;
  if (row.next_try_in) out["nextTryInSeconds"] = seconds(*row.next_try_in);
  return out;
}

std::string render(const QueueList& queue, bool service_up, const Labels* labels) {
  Json rows = Json::array();
  for (const QueueRow& row : queue.rows) rows.push_back(queue_json(row, service_up, labels));
  return dumped({{"queue", std::move(rows)}, {"all", queue.all}});
}

std::string render(const SiteNames& names) {
  Json rows = Json::array();
  for (const SiteName& row : names.names) rows.push_back({{"name", row.name}, {"use", row.use}});
  return dumped({{"names", std::move(rows)}, {"addresses", names.addresses}});
}

std::string render(const Event& event, const Labels* labels) {
  Json out = Json::object();
  put_time(out, "at", event.at);
  out["event"] = to_text(event.kind);
  put_leaf(out, labels, event.registration_id);
  put_text(out, "object", event.object);
  put_text(out, "source", event.source);
  if (event.reason != Reason::none) out["reason"] = reason_json(event.reason);
  put_text(out, "step", event.step);
  put_text(out, "detail", event.detail);
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string render(const AuditPage& page, std::size_t limit, const Labels* labels) {
  Json rows = Json::array();
  for (const AuditEntry& entry : page.entries) rows.push_back(audit_json(entry, labels));
  Json out = {{"entries", std::move(rows)}, {"removed", page.removed}, {"kept", audit_kept}};
  const bool may_be_more = !page.entries.empty() && page.entries.size() >= limit;
  out["next"] = may_be_more ? Json(std::to_string(page.entries.back().sequence)) : Json(nullptr);
  return dumped(out);
}

}  // namespace leafgate::status
