#include "adapters/serial/primary.hpp"

#include <algorithm>
#include <utility>

#include "gateway/runtime/log.hpp"

namespace leafgate::serial {
namespace {

using std::chrono::seconds;

// All must hear it: a leaf that keeps an address which another is given disturbs that one.
constexpr int most_line_resets = 3;
constexpr int most_insistence = 3;
// Searches behind an opening until all leaves are found: whom these miss counts as lost.
constexpr int first_searches = 2;
// Between polls of a leaf that has nothing open, but never more than a quarter of the line for it.
constexpr seconds rare_interval{1};
constexpr int idle_share = 4;
// A line on which nobody answers is searched more often at first.
constexpr seconds first_empty_pause{1};
constexpr seconds longest_empty_pause{5};
// A search waits for what is open, but not for ever.
constexpr seconds longest_delay{20};
// hold = window: how long one may be held while leaves always have something open.
constexpr seconds longest_window{120};
// What is no babble when we only listen: some noise.
constexpr seconds quiet_look{1};
constexpr std::size_t most_noise = 16;

LineTiming timing_of(const LineConfig& config) {
  LineTiming timing;
  timing.baud = config.baud;
  if (config.multidrop) timing.turn_round = timing.of(2);
  return timing;
}

}  // namespace

Primary::Primary(const LineConfig& config, LeafLink& link, NameOf name_of, std::function<void()> wake)
    : config_(config),
      link_(link),
      name_of_(std::move(name_of)),
      timing_(timing_of(config)),
      stations_(config.name, link, std::move(wake)) {}

Primary::Step Primary::failed(const Error& error) {
  trouble_ = error.detail;
  return error.code == Errc::timed_out ? End::stalled : End::gone;
}

LoopClock::duration Primary::rare() const {
  const auto exchange = timing_.of(2 * frame_overhead) + 2 * timing_.turn_round;
  return std::max<LoopClock::duration>(rare_interval,
                                       idle_share * static_cast<int>(stations_.size()) * exchange);
}

Task<Primary::End> Primary::converse(BytePort& port) {
  is_to_end_ = false;
  trouble_.clear();
  Asker asker(port, timing_, counts_);
  Step end = co_await begin(asker);
  while (!end) end = co_await take_turn(asker);
  discovery_.end();
  co_return *end;
}

Task<Primary::Step> Primary::begin(Asker& asker) {
  for (int i = 0; i < most_line_resets; ++i) {
    const Frame reset = make_question(FrameType::reset, to_all, ++stations_.number(to_all));
    const auto said = co_await asker.tell(reset);
    if (!said) co_return failed(said.error());
  }
  begun_at_ = LoopClock::now();
  empty_pause_ = first_empty_pause;
  searched_last_ = false;
  stations_.unseat_all();
  to_recall_.clear();  // all have forgotten their addresses
  discovery_.begin();
  next_search_ = begun_at_;
  first_searches_left_ = first_searches;
  co_return Step();
}

Task<Primary::Step> Primary::take_turn(Asker& asker) {
  const TimePoint now = LoopClock::now();
  if (is_to_end_) co_return End::asked;
  if (asker.is_babbling()) co_return End::babbling;
  if (config_.hold == Hold::window && is_work_done(now)) co_return End::idle;
  // Turn by turn, so that neither a search nor many leaves hold up the other.
  const bool may_search = is_search_due(now);
  if (may_search && !searched_last_) {
    searched_last_ = true;
    co_return co_await search(asker);
  }
  searched_last_ = false;
  Station* const station = stations_.next(now, rare());
  if (station != nullptr) co_return co_await serve(asker, *station);
  if (may_search) co_return Step();
  const TimePoint search_at = stations_.is_any_open(now) ? next_search_ + longest_delay : next_search_;
  const auto listened = co_await asker.listen(std::min(search_at, stations_.first_due(rare())));
  if (!listened) co_return failed(listened.error());
  co_return Step();
}

bool Primary::is_work_done(TimePoint now) const {
  if (now - begun_at_ > longest_window) return true;
  return first_searches_left_ == 0 && !stations_.is_any_open(now);
}

bool Primary::is_search_due(TimePoint now) const {
  // Many leaves are found while those that were found speak; one alone speaks first.
  if (discovery_.is_under_way() && (config_.multidrop || !stations_.is_any_seated())) return true;
  if (now < next_search_) return false;
  return !stations_.is_any_open(now) || now >= next_search_ + longest_delay;
}

Task<Primary::Step> Primary::serve(Asker& asker, Station& station) {
  const std::uint8_t address = station.address();
  const std::uint64_t retries = station.retries();
  const Frame question = station.ask(stations_.number(address));
  retries_ += station.retries() - retries;
  const auto answer = co_await asker.ask(question, station.longest_answer());
  if (!answer) co_return failed(answer.error());
  if (asker.is_babbling()) co_return End::babbling;
  const TimePoint now = LoopClock::now();
  if (*answer) {
    last_good_ = now;
    auto message = station.answered(**answer, now);
    if (message) hear(station, std::move(*message));
    if (station.is_broken()) stations_.lose(address, now);
    co_return Step();
  }
  if (station.unanswered()) co_return Step();
  stations_.lose(address, now);
  // Perhaps it only started again: then it is found at once.
  next_search_ = std::min(next_search_, now);
  empty_pause_ = first_empty_pause;
  co_return Step();
}

void Primary::hear(Station& station, Bytes message) {
  ++messages_heard_;
  if (message.empty()) return;
  if (name_of_) {
    std::string name = name_of_(message);
    if (!name.empty()) stations_.name(station.address(), std::move(name));
  }
  link_.hear(station.carrier(), std::move(message));
}

Task<Primary::Step> Primary::search(Asker& asker) {
  if (!discovery_.is_under_way()) {
    discovery_.begin();
    to_recall_ = stations_.lately_lost(LoopClock::now());
  }
  if (!to_recall_.empty()) {
    const std::uint8_t address = to_recall_.back();
    to_recall_.pop_back();
    co_return co_await recall(asker, address);
  }
  const Prefix prefix = discovery_.next();
  const Frame question = make_discover(prefix, ++stations_.number(to_all));
  const auto replies = co_await asker.probe(question);
  if (!replies) co_return failed(replies.error());
  if (asker.is_babbling()) co_return End::babbling;
  for (const Asker::Greeting& greeting : replies->greetings) {
    const Step end = co_await enlist(asker, greeting);
    if (end) co_return end;
  }
  discovery_.heard(replies->greetings.size(), replies->garbled);
  if (!discovery_.is_under_way()) search_over(LoopClock::now());
  co_return Step();
}

// A leaf that only was not heard for a while sits where it sat, muted: no search finds it, its UID does.
Task<Primary::Step> Primary::recall(Asker& asker, std::uint8_t address) {
  const Hello hello = stations_.last_hello(address);
  if (stations_.find(address) != nullptr || stations_.find(hello.uid) != nullptr) co_return Step();
  Assignment assignment;
  assignment.uid = hello.uid;
  assignment.address = address;
  const Frame assign = make_assign(assignment, ++stations_.number(address));
  const auto assigned = co_await asker.ask(assign, frame_overhead);
  if (!assigned) co_return failed(assigned.error());
  if (!*assigned) co_return Step();
  stations_.seat(address, hello);
  last_good_ = LoopClock::now();
  co_return co_await mute(asker, address);
}

void Primary::search_over(TimePoint now) {
  if (discovery_.is_unclear() && !std::exchange(told_of_twins_, true)) {
    log::warning("two leaves of a line seem to have one uid", {{"line", config_.name}});
  } else if (!discovery_.is_unclear()) {
    told_of_twins_ = false;
  }
  if (first_searches_left_ > 0 && --first_searches_left_ > 0) {
    next_search_ = now;
    return;
  }
  // Of the leaves that were known before the port was opened, those that are still there have been found.
  stations_.lose_unseated(now);
  if (stations_.size() != 0) {
    next_search_ = now + config_.discover_every;
    return;
  }
  next_search_ = now + std::min<LoopClock::duration>(empty_pause_, config_.discover_every);
  empty_pause_ = std::min<LoopClock::duration>(2 * empty_pause_, longest_empty_pause);
}

Task<Result<std::optional<Frame>>> Primary::insist(Asker& asker, Frame question) {
  std::optional<Frame> answer;
  for (int i = 0; i < most_insistence && !answer && !asker.is_babbling(); ++i) {
    if (i != 0) ++retries_;
    auto came = co_await asker.ask(question, frame_overhead + 1);
    if (!came) co_return came.error();
    answer = std::move(*came);
  }
  co_return answer;
}

Task<Primary::Step> Primary::enlist(Asker& asker, Asker::Greeting greeting) {
  const TimePoint now = LoopClock::now();
  const Hello hello = greeting.hello;
  Station* known = stations_.find(hello.uid);
  const auto address = stations_.address_for(hello, greeting.from, now);
  if (!address) {
    log::warning("a line has no address left for a leaf",
                 {{"line", config_.name}, {"uid", to_text(hello.uid)}});
    co_return Step();
  }
  if (known != nullptr && known->hello().boot_nonce != hello.boot_nonce) {
    stations_.lose(*address, now);  // it started anew, and knows nothing of what was said to it
    known = nullptr;
  }
  // One that answers from where it sits only missed the MUTE.
  const bool is_seated = known != nullptr && known->is_seated() && greeting.from == *address;
  if (!is_seated) {
    Assignment assignment;
    assignment.uid = hello.uid;
    assignment.address = *address;
    const Frame assign = make_assign(assignment, ++stations_.number(*address));
    const auto assigned = co_await insist(asker, assign);
    if (!assigned) co_return failed(assigned.error());
    if (!*assigned) co_return Step();  // it is found again
    stations_.seat(*address, hello);
    last_good_ = LoopClock::now();
  }
  co_return co_await mute(asker, *address);
}

Task<Primary::Step> Primary::mute(Asker& asker, std::uint8_t address) {
  const Frame question = make_question(FrameType::mute, address, ++stations_.number(address));
  const auto muted = co_await insist(asker, question);
  if (!muted) co_return failed(muted.error());
  co_return Step();
}

Task<Primary::End> Primary::look_whether_quiet(BytePort& port) {
  is_to_end_ = false;
  port.discard();
  Bytes scratch(256);
  std::size_t came = 0;
  const TimePoint until = LoopClock::now() + quiet_look;
  while (LoopClock::now() < until && came <= most_noise) {
    if (is_to_end_) co_return End::asked;
    const auto got = co_await port.read_some(scratch, until);
    if (!got) {
      trouble_ = got.error().detail;
      co_return End::gone;
    }
    came += *got;
  }
  co_return came > most_noise ? End::babbling : End::idle;
}

void Primary::tell(LineFacts& facts) const {
  const TimePoint now = LoopClock::now();
  stations_.tell(facts, now);
  facts.frames_sent = counts_.sent;
  facts.frames_received = counts_.received;
  facts.frames_bad = counts_.bad;
  facts.retries = retries_;
  facts.messages_heard = messages_heard_;
  if (last_good_) facts.last_good = std::chrono::duration_cast<Millis>(now - *last_good_);
}

}  // namespace leafgate::serial
