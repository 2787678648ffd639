#pragma once

#include <functional>
#include <optional>
#include <string>

#include "adapters/status/metrics_text.hpp"
#include "gateway/net/plain_listener.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate {

// The figures of the gateway for agents that cannot read a Unix socket: a file that node_exporter collects,
// and a listener on a loopback address. First loop only.
class MetricsExport {
 public:
  // `pool` writes the file.
  MetricsExport(Executor loop, Executor pool, status::MetricsPorts ports);

  // Where the file goes, empty for nowhere. At the next turn, also while running: the file that was written
  // elsewhere before is then removed, so that nobody collects figures that stand still.
  void write_to(std::string file);
  // Before serve(). `listening` comes from open_listening.
  void listen_on(net::OwnedDescriptor listening);
  // Instead of it: serve() asks for one every minute until there is.
  using Open = std::function<Result<net::OwnedDescriptor>()>;
  void listen_by(Open open) { open_ = std::move(open); }

  // Writes the file every 15 s until stop(), whole each time: who reads sees the old or the new one. At the
  // end it is left: its leafgate_rendered_timestamp_seconds tells that it grows old.
  Task<void> write();
  // Answers on the listener until stop(); returns at once without one or a way to open it.
  Task<void> serve();
  void stop();

 private:
  Task<void> write_once();
  Task<void> remove_former();

  Executor loop_;
  Executor pool_;
  status::MetricsPorts ports_;
  status::MetricsDoor door_;
  net::HttpServer server_;
  Open open_;
  std::optional<net::PlainListener> listener_;
  Wakeup wakeup_;
  Wakeup stopped_;
  std::string file_;
  std::string written_;  // the file that stands there of ours; empty: none
  std::string trouble_;  // of the last writing
  bool stopping_ = false;
};

// Replaces `file` by one with this content that everybody may read. Blocking. Errors: refused, internal.
Result<void> replace_file(const std::string& file, std::string_view content);

}  // namespace leafgate
