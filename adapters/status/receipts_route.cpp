#include "adapters/status/render.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "adapters/wire/receipt_file.hpp"

namespace leafgate::status {

Task<net::HttpResponse> get_receipt(const RoutesPorts& ports, const net::HttpRequest&,
                                    const net::HttpTarget& target) {
  auto id = RegistrationId::parse(target.path.at(2));
  if (!id) co_return error_reply(id.error());
  auto proof = co_await ports.desk.receipt(std::move(*id));
  if (!proof) co_return error_reply(proof.error());
  std::string text = wire::write_receipt(*proof);
  text.pop_back();  // the line end comes with every answer
  co_return json_reply(std::move(text));
}

Task<net::HttpResponse> get_checkpoint(const RoutesPorts& ports, const net::HttpRequest&,
                                       const net::HttpTarget& target) {
  auto known = only_knows(target, "|");
  if (!known) co_return error_reply(known.error());
  auto newest = co_await ports.desk.checkpoint();
  if (!newest) co_return error_reply(newest.error());
  co_return json_reply(render(*newest));
}

}  // namespace leafgate::status
