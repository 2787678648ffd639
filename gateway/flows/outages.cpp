#include "gateway/flows/outages.hpp"

#include <algorithm>

#include "gateway/flows/forward.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t promises_at_once = 1000;
constexpr Millis worth_telling = std::chrono::minutes(5);  // where nothing was promised in it
constexpr auto again_after_trouble = std::chrono::seconds(30);
constexpr auto look_for_room_again = std::chrono::minutes(5);

}  // namespace

Task<Result<void>> Outages::load() {
  auto outages = co_await store_.outages();
  if (!outages) co_return outages.error();
  const auto left = std::find_if(outages->begin(), outages->end(), [](const Outage& o) { return !o.ended; });
  open_ = left != outages->end();
  if (open_ && !left->untimed) left_since_ = left->begun;
  co_return co_await load_concerned();
}

Task<Result<void>> Outages::load_concerned() {
  std::string after;
  while (true) {
    auto keys = co_await store_.concerned(after, promises_at_once);
    if (!keys) co_return keys.error();
    if (!keys->empty()) after = keys->back();
    for (std::string& key : *keys) concerned_[std::move(key)] = reading_;
    if (keys->size() < promises_at_once) co_return Result<void>();
  }
}

Task<void> Outages::run(Forwarder& forwarder) {
  if (open_) forwarder.doubt();
  while (!stopping_) {
    co_await follow();
    const bool behind = (away_ && !gathered_) || (!away_ && open_ && heard_);
    const TimePoint again = behind ? LoopClock::now() + again_after_trouble : TimePoint::max();
    const bool asked = co_await wakeup_.wait_until(again);
    (void)asked;
  }
  while (writing_ > 0) co_await wakeup_.wait();
}

void Outages::stop() {
  stopping_ = true;
  wakeup_.notify();
}

void Outages::promised(const std::string& registration_key, bool gather) {
  concerned_[registration_key] = reading_;
  if (!gather) return;
  gathered_ = false;
  wakeup_.notify();
}

void Outages::link_is(const LinkState& link, bool heard) {
  const bool news = away_ == link.up || (heard && !heard_);
  away_ = !link.up;
  if (link.up) heard_ = heard_ || heard;
  if (away_ && news) gathered_ = false;
  if (away_ && news) why_ = link.reason;
  if (away_ && news) noted_.clear();
  if (news) since_ = now();
  if (news) wakeup_.notify();
}

OutageMoment Outages::now() const {
  const WallReading reading = clock_.now();
  OutageMoment out;
  out.at = reading.at;
  out.powered = meter_.now();
  out.timed = reading.quality != ClockQuality::unsynced;
  return out;
}

// Into the store, what link_is has said meanwhile.
Task<void> Outages::follow() {
  if (away_ && !gathered_) {
    const OutageMoment since = since_;
    const Reason why = why_;
    gathered_ = true;
    auto begun = co_await store_.begin_outage(since, why);
    if (begun) open_ = true;
    if (!begun) gathered_ = false;
    if (begun) {
      auto loaded = co_await load_concerned();
      if (!loaded) log::warning("promises were not read", {{"detail", loaded.error().detail}});
    } else {
      log::warning("the beginning of an outage was not stored", {{"detail", begun.error().detail}});
    }
  } else if (!away_ && open_ && heard_) {
    auto ended = co_await store_.end_outage(since_, worth_telling);
    if (ended) open_ = false;
    if (!ended) log::warning("the end of an outage was not stored", {{"detail", ended.error().detail}});
  }
}

Task<void> Outages::needs_the_leaf(RegistrationId id) {
  const std::string key = id.key();
  if (noted_.contains(key) || stopping_ || LoopClock::now() < room_again_) co_return;
  noted_.insert(key);
  Promise promise(std::move(id));
  promise.reason = Reason::needs_the_leaf;
  promise.made_at = clock_.now().at;
  auto kept = co_await store_.remember(std::move(promise));
  if (kept && *kept) {
    concerned_[key] = reading_;
    co_return;
  }
  noted_.erase(key);
  if (LoopClock::now() < room_again_) co_return;  // another one has told it
  room_again_ = LoopClock::now() + look_for_room_again;
  log::warning(
      "leaves that must come themselves are not remembered",
      {{"registration_id", key}, {"detail", kept ? "there is no room for more" : kept.error().detail}});
}

Task<void> Outages::object(std::string registration_key, Reason why) {
  if (!concerned_.contains(registration_key)) co_return;
  auto kept = co_await store_.object(registration_key, why);
  if (!kept) log::warning("trouble with a promise was not stored", {{"detail", kept.error().detail}});
}

Task<void> Outages::passed(std::string registration_key) {
  if (!concerned_.contains(registration_key)) co_return;
  auto kept = co_await store_.passed(std::move(registration_key));
  if (!kept) log::warning("that a leaf went through was not stored", {{"detail", kept.error().detail}});
}

void Outages::heard_by(const std::string& registration_key) {
  if (away_ || stopping_ || !concerned_.contains(registration_key)) return;
  ++writing_;
  spawn(first_loop_, mark_told(registration_key));
}

void Outages::keeps_out(const std::string& registration_key, Reason why, bool told) {
  if (stopping_ || !concerned_.contains(registration_key)) return;
  ++writing_;
  spawn(first_loop_, refuse(registration_key, why, told));
}

void Outages::taken_back(const std::string& registration_key) {
  concerned_.erase(registration_key);
  noted_.erase(registration_key);
}

// Who is promised something while the store is read has the number of this reading too.
Task<Result<void>> Outages::cleared() {
  noted_.clear();
  const std::uint64_t reading = ++reading_;
  auto read = co_await load_concerned();
  if (!read) co_return read;
  std::erase_if(concerned_, [reading](const auto& entry) { return entry.second < reading; });
  co_return Result<void>();
}

Task<void> Outages::mark_told(std::string registration_key) {
  auto promise = co_await store_.find(registration_key);
  const bool is_over = promise && (!*promise || (*promise)->is_settled());
  if (is_over) {
    const bool has_heard_news =
        promise->has_value() && !(*promise)->told && (*promise)->state != PromiseState::confirmed;
    bool done = true;
    if (has_heard_news) {
      auto told = co_await store_.told(registration_key);
      done = told.has_value();
    }
    if (done) concerned_.erase(registration_key);
  }
  --writing_;
  wakeup_.notify();
}

// Looked at first: what waits in the outbox is ended there, and who is kept out may knock each second. Who is
// let in again is noted again when it comes.
Task<void> Outages::refuse(std::string registration_key, Reason why, bool told) {
  auto promise = co_await store_.find(registration_key);
  if (promise && *promise && waits_for_the_leaf(**promise)) {
    auto refused = co_await store_.refuse(registration_key, why, clock_.now().at, told);
    if (refused) noted_.erase(registration_key);
    if (refused && told) concerned_.erase(registration_key);
    if (!refused)
      log::warning("that a leaf is kept out was not stored", {{"detail", refused.error().detail}});
  }
  --writing_;
  wakeup_.notify();
}

}  // namespace leafgate
