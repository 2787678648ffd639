#include <utility>

#include "adapters/mqtt/broker/endpoint.hpp"
#include "adapters/mqtt/broker/topic.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::broker {
namespace {

constexpr std::size_t most_held = 256;

}  // namespace

void Endpoint::heard(Arrived message) {
  if (message.retained || message.too_large || message.payload.empty()) {
    ++dropped_;
  } else if (!gateway_of(message.topic).empty()) {
    heard_gateway(message);
  } else if (settled_) {
    pass_on(std::move(message));
  } else if (held_.size() < most_held) {
    held_.push_back(std::move(message));
  } else {
    ++dropped_;
  }
}

void Endpoint::heard_gateway(const Arrived& message) {
  const auto said = parse_announcement(gateway_of(message.topic), message.payload);
  if (!said) {
    ++dropped_;
    return;
  }
  const bool wants_answer = company_.is_me(*said) ? said->word == Word::gone : said->word == Word::hello;
  if (company_.is_me(*said)) {
    echoed_ = true;
  } else {
    const bool was_alone = company_.alone();
    company_.heard(*said, LoopClock::now());
    if (was_alone && !company_.alone())
      log::warning("another gateway on this broker", {{"gateway", said->name}});
  }
  // The will of a connection that we lost is heard when we are back: others forgot us by it.
  if (wants_answer && replies_left_ > 0) {
    --replies_left_;
    say(Word::here);
  }
  changed_.notify();
}

void Endpoint::pass_on(Arrived message) {
  if (company_.first()) return;  // that one answers
  const auto leaf = leaf_of(message.topic);
  if (!leaf) {
    ++dropped_;
    return;
  }
  ++heard_;
  const auto carrier = leaves_.at(*leaf);
  AnswerAt where{{}, std::move(message.correlation)};
  if (may_answer_at(message.response_topic, *leaf)) where.topic = std::move(message.response_topic);
  carrier->answer_at(std::move(where));
  ports_.leaf_link.hear(carrier, std::move(message.payload));
}

}  // namespace leafgate::broker
