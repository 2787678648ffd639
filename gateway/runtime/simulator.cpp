#include "gateway/runtime/simulator.hpp"

#include <algorithm>

namespace leafgate {

// Virtual time starts well after zero, so that code may subtract from it.
Simulator::Simulator(std::uint64_t seed) : random_(seed) {
  if (virtual_time() != nullptr) throw std::logic_error("one simulator per thread");
  time_.now = TimePoint(std::chrono::hours(1));
  set_virtual_time(&time_);
}

Simulator::~Simulator() {
  // Frames that still sleep take themselves out of time_ while context_ is destroyed: it is still there.
  set_virtual_time(nullptr);
}

bool Simulator::advance(TimePoint limit) {
  bool ran = false;
  for (std::size_t count = 1; count != 0;) {
    context_.restart();
    count = context_.poll();
    ran = ran || count != 0;
  }
  const auto first = time_.sleepers.begin();
  if (first == time_.sleepers.end() || first->first > limit) return ran;
  time_.now = std::max(time_.now, first->first);
  // No timer of the reactor comes due: to set one costs the kernel more than all the rest of a step.
  const auto rest = time_.sleepers.upper_bound(time_.now);
  for (auto sleeper = first; sleeper != rest; ++sleeper) sleeper->second->cancel();
  return true;
}

void Simulator::run_until_idle() {
  bool more = true;
  while (more) more = advance(TimePoint::max());
}

void Simulator::run_for(LoopClock::duration span) {
  const TimePoint end = time_.now + span;
  bool more = true;
  while (more) more = advance(end);
  time_.now = end;
}

}  // namespace leafgate
