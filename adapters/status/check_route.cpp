// The self test, and what is configured: for whoever hands a site over, or asks for help.
#include "adapters/status/render.hpp"
#include "adapters/status/render_parts.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"

namespace leafgate::status {
namespace {

constexpr std::size_t most_events = 4096;

Json finding_json(const Finding& finding) {
  Json out = {{"check", finding.check}, {"health", to_text(finding.health)}, {"what", finding.what}};
  put_text(out, "why", finding.why);
  put_text(out, "nextAction", finding.next);
  return out;
}

}  // namespace

Task<net::HttpResponse> run_check(const RoutesPorts& ports, const net::HttpRequest&,
                                  const net::HttpTarget& target) {
  if (ports.self_test == nullptr) co_return error_reply(404, "no-route", "this daemon has no self test");
  auto known = only_knows(target, "|");
  if (!known) co_return error_reply(known.error());
  auto findings = co_await ports.self_test->check();
  if (!findings) co_return error_reply(findings.error());
  Json rows = Json::array();
  Health worst = Health::ok;
  for (const Finding& finding : *findings) {
    rows.push_back(finding_json(finding));
    worst = std::max(worst, finding.health);
  }
  const Json out = {{"health", to_text(worst)}, {"findings", std::move(rows)}};
  co_return json_reply(dumped(out));
}

Task<net::HttpResponse> list_kept_events(const RoutesPorts& ports, const net::HttpRequest&,
                                         const net::HttpTarget& target) {
  auto known = only_knows(target, "|");
  if (!known) co_return error_reply(known.error());
  std::string rows;
  if (ports.events != nullptr)
    for (const Event& event : ports.events->after(0, most_events).events)
      rows.append(rows.empty() ? "" : ",\n").append(render(event, ports.commissioning));
  co_return json_reply("{\"events\":[" + rows + "]}");
}

Task<net::HttpResponse> get_config(const RoutesPorts& ports, const net::HttpRequest&,
                                   const net::HttpTarget& target) {
  if (!ports.config) co_return error_reply(404, "no-route", "this daemon does not tell its configuration");
  auto known = only_knows(target, "|");
  if (!known) co_return error_reply(known.error());
  co_return json_reply(ports.config());
}

}  // namespace leafgate::status
