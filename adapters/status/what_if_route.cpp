#include "adapters/status/render_outages.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"

namespace leafgate::status {
namespace {

constexpr Millis longest_span = std::chrono::days(3660);

Result<WhatIfQuestion> question_of(const net::HttpTarget& target) {
  if (auto known = only_knows(target, "|for|leaf|"); !known) return known.error();
  WhatIfQuestion question;
  if (const std::string* text = target.parameter("for")) {
    const auto span = parse_duration(*text);
    if (!span) return Error(Errc::malformed, "for is a duration like 21d: " + span.error().detail);
    if (*span > longest_span) return Error(Errc::malformed, "for is ten years at most");
    question.span = *span;
  }
  if (const std::string* leaf = target.parameter("leaf")) question.leaf = *leaf;
  return question;
}

}  // namespace

Task<net::HttpResponse> get_what_if(const RoutesPorts& ports, const net::HttpRequest&,
                                    const net::HttpTarget& target) {
  if (ports.outages == nullptr) co_return error_reply(404, "no-route", "no outages are followed here");
  auto question = question_of(target);
  if (!question) co_return error_reply(question.error());
  auto forecast = co_await ports.outages->what_if(std::move(*question));
  if (!forecast) co_return error_reply(forecast.error());
  const LinkState uplink = co_await ports.outages->uplink();
  co_return json_reply(render(*forecast, uplink, ports.commissioning));
}

}  // namespace leafgate::status
