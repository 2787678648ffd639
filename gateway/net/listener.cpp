#include "gateway/net/listener.hpp"

#include <cstdlib>

#include <fcntl.h>

#include "gateway/net/door.hpp"
#include "gateway/runtime/log.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::net {

Listener::Listener(const std::vector<Executor>& loops, ListenerLimits limits, AdmissionObserver& observer,
                   Penalties& penalties)
    : limits_(limits) {
  limits_.gate.per_second /= static_cast<double>(loops.size());
  for (std::size_t i = 0; i < loops.size(); ++i) {
    doors_.push_back(std::make_unique<Door>(loops[i], i, limits_, counts_, observer, penalties));
  }
}

Listener::~Listener() {
  if (counts_.tasks == 0) return;
  // A coroutine would go on in what is freed here.
  log::error("listener destroyed with connections", {{"tasks", std::uint64_t{counts_.tasks}}});
  std::abort();
}

Result<std::uint16_t> Listener::listen(std::string_view address, Router router,
                                       std::span<const int> inherited) {
  auto listening = open_listening(address, inherited, limits_.listening);
  if (!listening) return listening.error();
  const std::uint16_t port = bound_port(listening->get());
  for (const auto& door : doors_) {
    // Every reactor needs a descriptor of its own; the socket behind them is one, and is closed with the
    // last.
    OwnedDescriptor copy(::fcntl(listening->get(), F_DUPFD_CLOEXEC, 3));
    if (copy.get() < 0) return Error(Errc::internal, std::string(address) + ": out of descriptors");
    door->add(std::move(copy), port, router);
  }
  return port;
}

void Listener::start() {
  for (const auto& door : doors_) door->start();
}

Task<void> Listener::stop(LoopClock::duration grace) {
  constexpr std::chrono::milliseconds look(5);
  for (const auto& door : doors_) {
    const auto close = [&door] { door->close(); };
    co_await on(door->executor(), close);
  }
  const TimePoint end = LoopClock::now() + grace;
  while (counts_.tasks != 0 && LoopClock::now() < end) co_await sleep_for(look);
  while (counts_.tasks != 0) {
    // Again each time: a session may begin to linger after it was expired.
    for (const auto& door : doors_) {
      const auto expire = [&door] { door->expire_all(); };
      co_await on(door->executor(), expire);
    }
    co_await sleep_for(look);
  }
  for (auto& door : doors_) {
    const Executor home = door->executor();
    const auto destroy = [&door] { door.reset(); };  // its timers belong to its loop
    co_await on(home, destroy);
  }
  doors_.clear();
}

}  // namespace leafgate::net
