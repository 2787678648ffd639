#include "adapters/service/deny_fetch.hpp"

#include <unistd.h>

#include "adapters/wire/deny_list.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate::service {
namespace {

constexpr Millis first_within = std::chrono::seconds(30);
constexpr Millis patience = std::chrono::seconds(60);  // with a slow server or line
constexpr std::size_t longest_tag = 256;

}  // namespace

DenyFetch::DenyFetch(Executor loop, Ports ports, std::string target, Millis every)
    : ports_(std::move(ports)), target_(std::move(target)), every_(every), wakeup_(loop) {}

// A tenth to either side.
Millis DenyFetch::spread(Millis around) {
  const auto tenth = static_cast<std::uint64_t>(around.count() / 10);
  const auto add = static_cast<Millis::rep>(ports_.random.below(2 * tenth + 1));
  return around - Millis(static_cast<Millis::rep>(tenth)) + Millis(add);
}

Task<void> DenyFetch::run() {
  Millis wait(
      static_cast<Millis::rep>(ports_.random.below(static_cast<std::uint64_t>(first_within.count()))));
  while (!stopping_) {
    (void)co_await wakeup_.wait_until(LoopClock::now() + wait);
    if (stopping_) break;
    auto fetched = co_await fetch();
    if (stopping_) break;
    ports_.on_trouble(fetched ? std::string() : fetched.error().detail);
    wait = spread(every_);
  }
}

void DenyFetch::stop() {
  stopping_ = true;
  wakeup_.notify();
}

Task<Result<void>> DenyFetch::fetch() {
  net::HttpRequest get("GET", target_);
  get.headers.add("Accept", "application/json");
  if (!entity_tag_.empty()) get.headers.add("If-None-Match", entity_tag_);
  auto answer = co_await ports_.http.send(std::move(get), LoopClock::now() + patience);
  if (!answer) co_return answer.error();
  if (answer->status == 304 && !entity_tag_.empty()) co_return Result<void>();
  if (answer->status != 200)
    co_return Error(Errc::refused, "the server of deny.url answers " + std::to_string(answer->status));
  auto read = [body = std::move(answer->body)] { return wire::read_deny_list(body); };
  auto list = co_await offload(ports_.pool, std::move(read));
  if (!list)
    co_return Error(list.error().code, "what deny.url gives is no deny list: " + list.error().detail);
  Actor who;
  who.uid = ::getuid();  // the daemon itself
  who.pid = ::getpid();
  who.user = "deny.url";
  auto taken = co_await ports_.desk.import_denials(std::move(*list), std::move(who));
  if (!taken) co_return taken.error();
  const std::string* tag = answer->headers.find("ETag");
  entity_tag_ = tag != nullptr && tag->size() <= longest_tag ? *tag : std::string();
  co_return Result<void>();
}

}  // namespace leafgate::service
