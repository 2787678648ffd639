#include "gateway/runtime/simulator.hpp"

namespace leafgate {

// Virtual time starts well after zero, so that code may subtract from it.
Simulator::Simulator(std::uint64_t seed) : random_(seed), kick_(context_.get_executor()) {
  if (virtual_time() != nullptr) throw std::logic_error("one simulator per thread");
  time_.now = TimePoint(std::chrono::hours(1));
  set_virtual_time(&time_);
}

Simulator::~Simulator() {
  // Frames that still sleep take their expiry out of time_ while context_ is destroyed: it is still there.
  set_virtual_time(nullptr);
}

bool Simulator::advance(TimePoint limit) {
  bool ran = false;
  for (std::size_t count = 1; count != 0;) {
    context_.restart();
    count = context_.poll();
    ran = ran || count != 0;
  }
  const auto first = time_.expiries.begin();
  if (first == time_.expiries.end() || *first > limit) return ran;
  if (*first > time_.now) time_.now = *first;
  // The reactor thinks its first timer is far away; one that is overdue makes it look at all of them again.
  kick_.expires_at(TimePoint::min());
  kick_.async_wait([](boost::system::error_code) {});
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
