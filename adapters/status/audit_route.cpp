#include <charconv>

#include "adapters/status/render.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "adapters/wire/rfc3339.hpp"

namespace leafgate::status {

Task<net::HttpResponse> list_audit(const RoutesPorts& ports, const net::HttpRequest&,
                                   const net::HttpTarget& target) {
  auto known = only_knows(target, "|since|after|limit|");
  if (!known) co_return error_reply(known.error());
  const auto limit = limit_of(target);
  if (!limit) co_return error_reply(limit.error());
  WallTime since{};
  if (const std::string* text = target.parameter("since")) {
    const auto at = wire::parse_rfc3339(*text);
    if (!at) co_return error_reply(Error(Errc::malformed, "since is " + at.error().detail));
    since = *at;
  }
  std::int64_t after = 0;
  if (const std::string* text = target.parameter("after")) {
    const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), after);
    if (failure != std::errc() || end != text->data() + text->size())
      co_return error_reply(Error(Errc::malformed, "after is the sequence of an entry"));
  }
  auto page = co_await ports.desk.audit(since, after, *limit);
  if (!page) co_return error_reply(page.error());
  co_return json_reply(render(*page, *limit, ports.commissioning));
}

}  // namespace leafgate::status
