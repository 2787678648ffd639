#include "gateway/app/metrics_export.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/runtime/log.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate {
namespace {

constexpr std::chrono::seconds write_every{15};
constexpr std::chrono::minutes open_every{1};  // its port may be held for as long as a machine runs

Error trouble_with(const std::string& file, int why) {
  const Errc code = why == EACCES || why == EPERM || why == EROFS ? Errc::refused : Errc::internal;
  return Error(code, file + ": " + std::generic_category().message(why));
}

bool write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

// The new file has a name that node_exporter does not read. It is not synced: figures of before a power cut
// are of no use.
Result<void> replace_file(const std::string& file, std::string_view content) {
  constexpr mode_t for_everybody = 0644;
  const std::string fresh = file + ".new";
  const net::OwnedDescriptor descriptor(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, for_everybody));
  if (descriptor.get() < 0) return trouble_with(fresh, errno);
  const bool good = ::fchmod(descriptor.get(), for_everybody) == 0 && write_all(descriptor.get(), content) &&
                    ::rename(fresh.c_str(), file.c_str()) == 0;
  if (good) return {};
  const Error error = trouble_with(fresh, errno);
  ::unlink(fresh.c_str());
  return error;
}

MetricsExport::MetricsExport(Executor loop, Executor pool, status::MetricsPorts ports)
    : loop_(loop),
      pool_(std::move(pool)),
      ports_(std::move(ports)),
      door_(ports_),
      server_(door_),
      wakeup_(loop),
      stopped_(loop) {}

void MetricsExport::write_to(std::string file) {
  if (file == file_) return;
  file_ = std::move(file);
  wakeup_.notify();
}

void MetricsExport::listen_on(net::OwnedDescriptor listening) {
  const auto answer = [this](net::PlainSocket& socket) -> Task<void> {
    return server_.serve(socket, net::PeerInfo());
  };
  listener_.emplace(loop_, std::move(listening), answer);
}

Task<void> MetricsExport::serve() {
  while (!listener_ && open_ && !stopping_) {
    co_await stopped_.wait_until(LoopClock::now() + open_every);
    if (stopping_) break;
    auto opened = open_();
    if (opened) listen_on(std::move(*opened));
  }
  if (listener_ && !stopping_) co_await listener_->run();
}

Task<void> MetricsExport::write() {
  while (!stopping_) {
    if (written_ != file_) co_await remove_former();
    if (!file_.empty()) co_await write_once();
    const TimePoint next = file_.empty() ? TimePoint::max() : LoopClock::now() + write_every;
    co_await wakeup_.wait_until(next);
  }
}

Task<void> MetricsExport::write_once() {
  const std::string text = co_await status::metrics_text(ports_);
  const std::string file = file_;
  const auto replace = [&file, &text] { return replace_file(file, text); };
  auto written = co_await offload(pool_, replace);
  if (written) written_ = file;
  const std::string trouble = written ? "" : written.error().detail;
  if (!trouble.empty() && trouble != trouble_)
    log::warning("the file of the metrics cannot be written", {{"detail", trouble}});
  trouble_ = trouble;
}

Task<void> MetricsExport::remove_former() {
  const std::string former = std::exchange(written_, std::string());
  if (former.empty()) co_return;
  const auto remove = [&former]() -> Result<void> {
    if (::unlink(former.c_str()) == 0 || errno == ENOENT) return {};
    return trouble_with(former, errno);
  };
  auto removed = co_await offload(pool_, remove);
  if (!removed) log::warning("the former file of the metrics stays", {{"detail", removed.error().detail}});
}

void MetricsExport::stop() {
  stopping_ = true;
  wakeup_.notify();
  stopped_.notify();
  if (listener_) listener_->stop();
}

}  // namespace leafgate
