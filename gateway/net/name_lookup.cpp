#include "gateway/net/name_lookup.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "gateway/runtime/aside.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {
namespace asio = boost::asio;

struct NameLookup::Waiter final : Expiring {
  explicit Waiter(const Executor& loop) : done(loop) {}
  void expire(Errc why) override {
    if (expired) return;
    expired = why;
    done.notify();
  }
  Wakeup done;
  std::optional<Errc> expired;
  std::optional<Result<Addresses>> answer;
};

struct NameLookup::Core {
  Core(const Executor& l, Resolve r) : loop(l), resolve(std::move(r)) {}

  // On the loop: hands an answer to all who wait for this name.
  void answer(const std::string& host, const Result<Addresses>& found) {
    const auto entry = waiting.find(host);
    if (entry == waiting.end()) return;
    for (Waiter* waiter : entry->second) {
      waiter->answer = found;
      waiter->done.notify();
    }
    waiting.erase(entry);
  }

  const Executor loop;
  const Resolve resolve;
  std::map<std::string, std::vector<Waiter*>> waiting;  // a name stands here while its thread runs
  std::mutex mutex;
  bool open = true;  // the loop still stands; under the mutex
};

NameLookup::NameLookup(const Executor& loop, Resolve resolve)
    : core_(std::make_shared<Core>(loop, std::move(resolve))) {}

// Also waits for a thread that is just posting: the loop may be gone right after this.
NameLookup::~NameLookup() {
  const std::lock_guard lock(core_->mutex);
  core_->open = false;
}

void NameLookup::start(const std::shared_ptr<Core>& core, std::string host) {
  auto ask = [core, host]() noexcept {
    auto found = core->resolve(host);
    const std::lock_guard lock(core->mutex);
    if (!core->open) return;
    asio::post(core->loop, [core, host, answer = std::move(found)] { core->answer(host, answer); });
  };
  auto started = start_aside("name-lookup", std::move(ask));
  if (!started)
    core->answer(host,
                 Error(Errc::unreachable, host + ": no thread to ask for it: " + started.error().detail));
}

Task<Result<Addresses>> NameLookup::find(std::string host, TimePoint deadline, Deadlines& waiting) {
  boost::system::error_code no_address;
  const auto literal = asio::ip::make_address(host, no_address);
  if (!no_address) co_return Addresses(1, literal);
  Waiter waiter(core_->loop);
  waiter.set_deadline(deadline);
  waiting.add(waiter);
  const bool first = !core_->waiting.contains(host);
  core_->waiting[host].push_back(&waiter);
  if (first) start(core_, host);
  co_await waiter.done.wait();
  if (waiter.answer) co_return std::move(*waiter.answer);
  std::erase(core_->waiting[host], &waiter);  // the name stays: its thread still runs
  if (waiter.expired == Errc::stopped) co_return Error(Errc::stopped, "stopping");
  co_return Error(Errc::timed_out, host + ": the name server does not answer");
}

Result<Addresses> resolve_here(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), nullptr, &wanted, &list);
  if (failed != 0) return Error(Errc::unreachable, host + ": " + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(list, ::freeaddrinfo);
  Addresses out;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET) {
      const auto* v4 = reinterpret_cast<const sockaddr_in*>(entry->ai_addr);
      out.emplace_back(asio::ip::address_v4(ntohl(v4->sin_addr.s_addr)));
    } else if (entry->ai_family == AF_INET6) {
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(entry->ai_addr);
      asio::ip::address_v6::bytes_type octets{};
      std::copy_n(std::begin(v6->sin6_addr.s6_addr), octets.size(), octets.begin());
      out.emplace_back(asio::ip::address_v6(octets, v6->sin6_scope_id));
    }
  }
  if (out.empty()) return Error(Errc::unreachable, host + ": has no address");
  return out;
}

}  // namespace leafgate::net
