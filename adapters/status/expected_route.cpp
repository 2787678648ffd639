// The commissioning list: which leaves the site shall have, and how far it is.
#include "adapters/status/guard.hpp"
#include "adapters/status/render_parts.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "adapters/wire/expected_leaves.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/ports/expectations.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate::status {
namespace {

net::HttpResponse no_list() {
  return error_reply(404, "no-route", "this daemon keeps no commissioning list");
}

// Types that a form of a web page cannot send without asking first.
bool is_list(const net::HttpRequest& request) {
  const std::string* type = request.headers.find("Content-Type");
  if (type == nullptr) return false;
  const std::string lower = ascii_lower(*type);
  return lower.starts_with("application/json") || lower.starts_with("text/csv");
}

Json row_json(const ExpectedRow& row, bool service_up, const Labels* labels) {
  Json out = Json::object();
  put_text(out, "registrationId", row.leaf.registration_id);
  put_text(out, "label", row.leaf.label);  // as it stands in this very list
  put_text(out, "place", row.leaf.place);
  put_text(out, "line", row.leaf.line);
  put_text(out, "note", row.leaf.note);
  out["state"] = to_text(row.state);
  if (row.reason != Reason::none) out["reason"] = reason_json(row.reason, service_up);
  put_text(out, "seenAt", row.seen_at);
  put_time(out, "lastSeen", row.last_seen);
  put_text(out, "nearestMissing", row.nearest);
  put_label(out, labels, row.nearest, "nearestMissingLabel");
  put_text(out, "missingHere", row.expected_here);
  put_label(out, labels, row.expected_here, "missingHereLabel");
  return out;
}

std::string page_json(const ExpectedPage& page, bool service_up, const Labels* labels) {
  const ExpectedCounts& counts = page.counts;
  Json out = {{"counts",
               {{"expected", counts.expected},
                {"done", counts.done},
                {"wrongPlace", counts.wrong_place},
                {"waiting", counts.waiting},
                {"missing", counts.missing},
                {"unknown", counts.unknown}}},
              {"leaves", Json::array()}};
  for (const ExpectedRow& row : page.rows) out["leaves"].push_back(row_json(row, service_up, labels));
  out["next"] = page.next.empty() ? Json(nullptr) : Json(page.next);
  return dumped(out);
}

}  // namespace

Task<net::HttpResponse> list_expected(const RoutesPorts& ports, const net::HttpRequest&,
                                      const net::HttpTarget& target) {
  if (ports.commissioning == nullptr) co_return no_list();
  auto known = only_knows(target, "|state|after|limit|");
  if (!known) co_return error_reply(known.error());
  const auto limit = limit_of(target);
  if (!limit) co_return error_reply(limit.error());
  ExpectedFilter filter;
  filter.limit = *limit;
  if (const std::string* state = target.parameter("state")) {
    filter.state = expected_state_from(*state);
    if (!filter.state)
      co_return error_reply(
          Error(Errc::malformed, "state is one of done, wrong-place, waiting, missing, unknown"));
  }
  if (const std::string* after = target.parameter("after")) filter.after = *after;
  auto page = co_await ports.commissioning->expected(std::move(filter));
  if (!page) co_return error_reply(page.error());
  const bool up = co_await service_is_up(ports);
  co_return json_reply(page_json(*page, up, ports.commissioning));
}

Task<net::HttpResponse> import_expected(const RoutesPorts& ports, net::HttpRequest request,
                                        const net::HttpTarget&) {
  if (ports.commissioning == nullptr) co_return no_list();
  if (!is_list(request))
    co_return error_reply(Error(Errc::unsupported, "send Content-Type: application/json or text/csv"));
  auto read = [&request] {
    const std::string text = std::move(request.body);
    return wire::read_expected_leaves(text);
  };
  wire::ExpectedLeaves list = co_await offload(ports.pool, read);
  if (list.mistakes.count() > 0) co_return mistakes_reply(list.mistakes);
  const auto count = static_cast<std::int64_t>(list.leaves.size());
  Actor who = co_await who_asks(request, ports.users);
  auto taken = co_await ports.commissioning->expect(std::move(list.leaves), std::move(who));
  if (!taken) co_return error_reply(taken.error());
  co_return json_reply(wire::json::ObjectWriter().number("expected", count).str());
}

Task<net::HttpResponse> clear_expected(const RoutesPorts& ports, const net::HttpRequest& request,
                                       const net::HttpTarget&) {
  if (ports.commissioning == nullptr) co_return no_list();
  Actor who = co_await who_asks(request, ports.users);
  auto cleared = co_await ports.commissioning->clear_expected(std::move(who));
  if (!cleared) co_return error_reply(cleared.error());
  co_return json_reply(wire::json::ObjectWriter().text("done", "the commissioning list is gone").str());
}

}  // namespace leafgate::status
