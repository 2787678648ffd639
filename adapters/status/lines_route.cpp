// Serial lines and the site's broker: the ways to leaves without IP.
#include <algorithm>

#include "adapters/status/guard.hpp"
#include "adapters/status/render.hpp"
#include "adapters/status/render_parts.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/p256.hpp"
#include "gateway/ports/line_operator.hpp"

namespace leafgate::status {
namespace {

net::HttpResponse no_lines() {
  return error_reply(404, "no-route",
                     "this daemon has neither a serial line nor a broker: [[serial]] and [broker] name them");
}

std::string pin_of(ByteView key) { return crypto::hex(crypto::sha256(key)); }

// The key as leaves' firmware has it, as its pin, and as other tools read it.
std::string identity_json(ByteView key) {
  Bytes point(1 + key.size(), 0x04);  // whole at once: GCC 12 sees a vector of one grow beyond its bounds
  std::copy(key.begin(), key.end(), point.begin() + 1);
  Json out = {{"pin", pin_of(key)}, {"publicKey", crypto::hex(key)}};
  put_text(out, "pem", crypto::p256_pem(point));
  return dumped(out);
}

using LineChange = Task<Result<void>> (LineOperator::*)(std::string, Actor);

Task<net::HttpResponse> change_line(const RoutesPorts& ports, const net::HttpRequest& request,
                                    const net::HttpTarget& target, LineChange what, std::string_view done) {
  if (ports.lines == nullptr) co_return no_lines();
  const std::string name = target.path.at(2);
  Actor who = co_await who_asks(request, ports.users);
  auto changed = co_await (ports.lines->*what)(name, std::move(who));
  if (!changed) co_return error_reply(changed.error());
  co_return json_reply(wire::json::ObjectWriter().text("line", name).text("done", done).str());
}

}  // namespace

Task<net::HttpResponse> list_lines(const RoutesPorts& ports, const net::HttpRequest&,
                                   const net::HttpTarget& target) {
  if (ports.lines == nullptr) co_return no_lines();
  auto known = only_knows(target, "|");
  if (!known) co_return error_reply(known.error());
  const LineReport report = co_await ports.lines->line_report();
  const auto key = co_await ports.lines->link_key();
  const std::string pin = key ? pin_of(*key) : "";
  co_return json_reply(render(report, pin, ports.commissioning));
}

Task<net::HttpResponse> get_link_identity(const RoutesPorts& ports, const net::HttpRequest&,
                                          const net::HttpTarget& target) {
  if (ports.lines == nullptr) co_return no_lines();
  auto known = only_knows(target, "|");
  if (!known) co_return error_reply(known.error());
  const auto key = co_await ports.lines->link_key();
  if (!key) co_return error_reply(key.error());
  co_return json_reply(identity_json(*key));
}

Task<net::HttpResponse> release_line(const RoutesPorts& ports, const net::HttpRequest& request,
                                     const net::HttpTarget& target) {
  return change_line(ports, request, target, &LineOperator::release_line,
                     "given to the data application: its device is closed and unlocked");
}

Task<net::HttpResponse> claim_line(const RoutesPorts& ports, const net::HttpRequest& request,
                                   const net::HttpTarget& target) {
  return change_line(ports, request, target, &LineOperator::claim_line,
                     "the gateway's again: it is opened as soon as nobody else holds it");
}

}  // namespace leafgate::status
