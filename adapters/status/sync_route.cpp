// The service's list of enrollments: how far it is taken in.
#include <cmath>

#include "adapters/status/guard.hpp"
#include "adapters/status/render_parts.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/ports/sync_operator.hpp"

namespace leafgate::status {
namespace {

net::HttpResponse no_sync() {
  return error_reply(404, "no-route",
                     "the service's list is not read here: service.api_connection_string_file is not set, "
                     "or could not be read at the start");
}

Json counts_json(const SyncCounts& counts) {
  return {{"read", counts.read},
          {"changed", counts.changed},
          {"keptOut", counts.kept_out},
          {"removed", counts.removed}};
}

std::string render(const SyncReport& report) {
  Json out = {
      {"phase", to_text(report.phase)},
      {"run", counts_json(report.counts)},
      {"pages", report.pages},
      {"keys", {{"left", report.keys_left}, {"fetched", report.keys_fetched}}},
      {"leaves", {{"confirmed", report.confirmed}, {"learnt", report.learnt}, {"rehomed", report.rehomed}}},
      {"runs", report.runs},
      {"failures", report.failures},
      {"perMinute", std::llround(report.per_minute)}};
  if (report.odd_states > 0) out["leaves"]["notUnderstood"] = report.odd_states;
  if (report.left_to_learn > 0) out["leaves"]["left"] = report.left_to_learn;
  if (report.again) out["run"]["again"] = true;
  if (report.missing > 0) out["run"]["missing"] = report.missing;
  if (report.of) out["run"]["of"] = *report.of;
  if (report.reading_ends_in) out["run"]["endsInSeconds"] = seconds(*report.reading_ends_in);
  if (!report.kept_out.empty()) out["run"]["notUnderstood"] = report.kept_out;
  for (const MissingCas& one : report.missing_cas)
    out["missingCas"].push_back({{"group", one.group}, {"named", one.names}, {"missing", one.missing}});
  if (report.ends_in) out["keys"]["endsInSeconds"] = seconds(*report.ends_in);
  if (report.waits_for) out["waitsForSeconds"] = seconds(*report.waits_for);
  if (report.waits_for_link) out["waitsForService"] = true;
  if (report.renewals) out["renewals"] = to_text(*report.renewals);
  if (report.next_in) out["nextInSeconds"] = seconds(*report.next_in);
  if (report.completed) {
    out["completed"] = counts_json(report.last);
    out["completed"]["at"] = to_rfc3339(*report.completed);
  }
  if (report.trouble != Reason::none) {
    out["trouble"] = reason_json(report.trouble);
    out["trouble"]["detail"] = report.detail;
    if (report.in_part) out["trouble"]["inPart"] = true;
    out["trouble"]["since"] = to_rfc3339(report.troubled_since);
  }
  return dumped(out);
}

}  // namespace

Task<net::HttpResponse> get_sync(const RoutesPorts& ports, const net::HttpRequest&, const net::HttpTarget&) {
  if (ports.sync == nullptr) co_return no_sync();
  const SyncReport report = co_await ports.sync->sync_report();
  co_return json_reply(render(report));
}

Task<net::HttpResponse> start_sync(const RoutesPorts& ports, const net::HttpRequest& request,
                                   const net::HttpTarget&) {
  if (ports.sync == nullptr) co_return no_sync();
  Actor who = co_await who_asks(request, ports.users);
  auto done = co_await ports.sync->sync_now(std::move(who));
  if (!done) co_return error_reply(done.error());
  co_return json_reply(wire::json::ObjectWriter().text("done", "the service's list is read now").str());
}

}  // namespace leafgate::status
