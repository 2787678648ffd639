#include "gateway/flows/leaf_walk.hpp"

#include <algorithm>

#include "gateway/runtime/sleep.hpp"

namespace leafgate {
namespace {

constexpr std::size_t waited_for_page = 100;
constexpr std::size_t beside_leaves_page = 30;
constexpr Millis shortest_rest{3};  // of what nobody waits for
constexpr Millis longest_step_rest{500};

LoopClock::duration rest_after(LoopClock::duration worked, LeafWalk::Gait gait) {
  if (gait == LeafWalk::Gait::waited_for) return std::min<LoopClock::duration>(worked, longest_step_rest);
  return std::clamp<LoopClock::duration>(worked * 3, shortest_rest, longest_step_rest);
}

}  // namespace

LeafWalk::LeafWalk(Ports ports, Gait gait, std::string after)
    : ports_(ports),
      gait_(gait),
      after_(std::move(after)),
      exchanges_(ports.ledger.exchanges()),
      cursor_(ports.enrollments) {}

Task<Result<const RegistrationRecord*>> LeafWalk::next() {
  if (next_ == read_.size() && !at_end_) {
    auto more = co_await read_page();
    if (!more) co_return more.error();
  }
  const RegistrationRecord* record = next_ < read_.size() ? &read_[next_++] : nullptr;
  co_return record;
}

Task<Result<const Enrollment*>> LeafWalk::individual() {
  co_return co_await cursor_.find(read_[next_ - 1].registration.id.key());
}

Task<Result<void>> LeafWalk::read_page() {
  if (!read_.empty()) {
    const LoopClock::duration rest = rest_after(LoopClock::now() - page_begun_, gait_);
    if (rest > LoopClock::duration::zero()) co_await sleep_for(rest);
  }
  page_begun_ = LoopClock::now();
  const std::size_t most = gait_ == Gait::waited_for ? waited_for_page : beside_leaves_page;
  auto records = co_await ports_.registrations.list(after_, most);
  if (!records) co_return records.error();
  read_ = std::move(*records);
  next_ = 0;
  at_end_ = read_.size() < most;
  if (!read_.empty()) after_ = read_.back().registration.id.key();
  co_return Result<void>();
}

}  // namespace leafgate
