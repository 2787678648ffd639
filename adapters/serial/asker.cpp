#include "adapters/serial/asker.hpp"

#include <algorithm>
#include <utility>

#include "gateway/runtime/sleep.hpp"

namespace leafgate::serial {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t hello_frame_size = frame_overhead + 13;
// A device that takes no octet for so long beyond their time on the wire is stalled.
constexpr milliseconds write_time{1000};
// Silence after which a DISCOVER is answered: what is held back by a USB adapter has come by then.
constexpr milliseconds quiet_time{30};

bool is_answer_to(const Frame& question, const Frame& frame) {
  if (frame.number != question.number) return false;
  switch (question.type) {
    case FrameType::poll:
      if (frame.type == FrameType::data) return frame.address == question.address;
      [[fallthrough]];
    case FrameType::data:
    case FrameType::mute:
    case FrameType::reset:
      return frame.address == question.address &&
             (frame.type == FrameType::ack || frame.type == FrameType::nak);
    case FrameType::assign:
      return frame.type == FrameType::ack && frame.address == assignment_of(question).address;
    case FrameType::discover:
      return frame.type == FrameType::hello && begins_with(hello_of(frame).uid, prefix_of(question));
    default:
      return false;
  }
}

}  // namespace

Asker::Asker(BytePort& port, const LineTiming& timing, FrameCounts& counts)
    : port_(port), timing_(timing), counts_(counts), babble_(timing) {}

LoopClock::duration Asker::quiet() const { return quiet_time + timing_.of(4); }

Task<Result<void>> Asker::say(const Frame& frame) {
  if (timing_.turn_round > LoopClock::duration::zero()) co_await sleep_for(timing_.turn_round);
  const Bytes wire = encode(frame);
  const auto took = timing_.of(wire.size());
  const auto put = co_await port_.write(wire, LoopClock::now() + took + write_time);
  if (!put) co_return put.error();
  ++counts_.sent;
  free_at_ = std::max(free_at_, LoopClock::now()) + took;
  babble_.asked();
  co_return Result<void>();
}

Task<Result<std::size_t>> Asker::hear(TimePoint until) {
  heard_.clear();
  faults_ = 0;
  const auto got = co_await port_.read_some(buffer_, until);
  if (!got) co_return got.error();
  if (*got == 0) co_return std::size_t{0};
  babble_.heard(LoopClock::now(), *got);
  ByteView octets = ByteView(buffer_).first(*got);
  while (!octets.empty()) {
    auto found = reader_.next(octets);
    if (found.kind == FrameReader::Kind::frame) {
      ++counts_.received;
      Heard& heard = heard_.emplace_back();
      heard.frame = std::move(found.frame);
      heard.octets = found.octets + 1;
    } else if (found.kind == FrameReader::Kind::fault && found.fault == Fault::direction) {
      babble_.sound(found.octets + 1);  // our own echo
    } else if (found.kind == FrameReader::Kind::fault) {
      ++faults_;
      ++counts_.bad;
    }
  }
  co_return *got;
}

Task<Result<std::optional<Frame>>> Asker::ask(const Frame& question, std::size_t longest_answer) {
  const auto said = co_await say(question);
  if (!said) co_return said.error();
  const TimePoint until = free_at_ + timing_.of(longest_answer) + answer_time;
  std::optional<Frame> answer;
  while (!answer && !is_babbling() && LoopClock::now() < until) {
    const auto got = co_await hear(until);
    if (!got) co_return got.error();
    for (Heard& heard : heard_) {
      if (answer || !is_answer_to(question, heard.frame)) continue;
      babble_.sound(heard.octets);
      answer = std::move(heard.frame);
    }
  }
  co_return answer;
}

Task<Result<Asker::Replies>> Asker::probe(const Frame& discover) {
  Replies replies;
  reader_.forget();
  const auto said = co_await say(discover);
  if (!said) co_return said.error();
  const TimePoint silent_at = free_at_ + timing_.of(hello_frame_size) + answer_time;
  const TimePoint over_at = silent_at + 2 * timing_.longest_frame();
  TimePoint until = silent_at;
  while (!is_babbling() && LoopClock::now() < until) {
    const auto got = co_await hear(until);
    if (!got) co_return got.error();
    if (faults_ != 0) replies.garbled = true;
    for (const Heard& heard : heard_) {
      if (!is_answer_to(discover, heard.frame)) continue;
      babble_.sound(heard.octets);
      Greeting greeting;
      greeting.from = heard.frame.address;
      greeting.hello = hello_of(heard.frame);
      const auto is_same = [&](const Greeting& other) { return other.hello.uid == greeting.hello.uid; };
      auto& all = replies.greetings;
      if (std::none_of(all.begin(), all.end(), is_same)) all.push_back(greeting);
    }
    const bool answered = replies.garbled || !replies.greetings.empty() || reader_.is_within_block();
    if (*got == 0) continue;
    until = silent_at;
    if (answered) until = std::min(over_at, LoopClock::now() + quiet());
  }
  if (reader_.is_within_block()) replies.garbled = true;
  reader_.forget();
  co_return replies;
}

Task<Result<void>> Asker::tell(const Frame& frame) {
  const auto said = co_await say(frame);
  if (!said) co_return said.error();
  while (!is_babbling() && LoopClock::now() < free_at_ + quiet()) {
    const auto got = co_await hear(free_at_ + quiet());
    if (!got) co_return got.error();
  }
  co_return Result<void>();
}

Task<Result<void>> Asker::listen(TimePoint until) {
  while (!is_babbling() && LoopClock::now() < until) {
    const auto got = co_await hear(until);
    if (!got) co_return got.error();
    if (*got == 0) break;
  }
  co_return Result<void>();
}

}  // namespace leafgate::serial
