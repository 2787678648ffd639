// A backup, as one envelope to a public key that comes with the question.
#include "adapters/status/guard.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "gateway/ports/backups.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate::status {
namespace {

constexpr std::size_t longest_key = 16 * 1024;
constexpr auto backup_patience = std::chrono::seconds(60);  // with who does not read

// In pieces, so that it costs no memory. A piece that is missing at the end shows by Content-Length, and in
// the envelope itself.
Task<void> send(std::shared_ptr<BackupSource> source, Executor pool, net::Stream& stream) {
  for (;;) {
    auto read = [source] { return source->next(); };
    const auto piece = co_await offload(pool, std::move(read));
    if (!piece || piece->empty()) break;
    stream.expires_at(LoopClock::now() + backup_patience);
    const auto written = co_await stream.write(*piece);
    if (!written) break;
  }
}

}  // namespace

Task<net::HttpResponse> make_backup(const RoutesPorts& ports, const net::HttpRequest& request,
                                    const net::HttpTarget&) {
  if (ports.backups == nullptr) co_return error_reply(404, "no-route", "this daemon makes no backups");
  if (request.body.empty() || request.body.size() > longest_key)
    co_return error_reply(400, "malformed", "the body is the PEM of the public key the backup is for");
  Actor who = co_await who_asks(request, ports.users);
  auto made = co_await ports.backups->back_up(request.body, std::move(who));
  if (!made) co_return error_reply(made.error());
  const std::shared_ptr<BackupSource> source = std::move(*made);
  net::HttpResponse out(200, "application/octet-stream", {});
  out.headers.add("Cache-Control", "no-store");
  out.headers.add("Content-Length", std::to_string(source->size()));
  out.takeover = [source, pool = ports.pool](net::Stream& stream, std::string) {
    return send(source, pool, stream);
  };
  co_return out;
}

}  // namespace leafgate::status
