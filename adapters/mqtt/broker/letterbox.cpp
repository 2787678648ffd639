#include "adapters/mqtt/broker/letterbox.hpp"

#include <optional>

#include <boost/asio/post.hpp>

namespace leafgate::broker {
namespace {

constexpr int most_per_turn = 32;  // so that a full queue does not hold up the loop

}  // namespace

Letterbox::Letterbox(Executor loop, std::function<void(Report&&)> tell)
    : loop_(std::move(loop)), tell_(std::move(tell)) {}

void Letterbox::put(std::uint64_t connection, Report report) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (!open_) return;
    if (const auto* message = std::get_if<Arrived>(&report)) {
      if (messages_ >= most_messages || octets_ + message->payload.size() > most_octets) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
      }
      ++messages_;
      octets_ += message->payload.size();
    }
    reports_.emplace_back(connection, std::move(report));
    if (posted_) return;
    boost::asio::post(loop_, [self = shared_from_this()] { self->deliver(); });
    posted_ = true;
  } catch (...) {  // no memory: as if the network had lost it
    dropped_.fetch_add(1, std::memory_order_relaxed);
  }
}

void Letterbox::deliver() {
  for (int i = 0; i < most_per_turn; ++i) {
    std::optional<std::pair<std::uint64_t, Report>> next;
    {
      const std::lock_guard lock(mutex_);
      if (reports_.empty()) {
        posted_ = false;
        return;
      }
      next.emplace(std::move(reports_.front()));
      reports_.pop_front();
      if (const auto* message = std::get_if<Arrived>(&next->second)) {
        --messages_;
        octets_ -= message->payload.size();
      }
    }
    const bool is_last_word = std::holds_alternative<Ended>(next->second);
    if (tell_ && (is_last_word || next->first == connection_)) tell_(std::move(next->second));
  }
  boost::asio::post(loop_, [self = shared_from_this()] { self->deliver(); });
}

void Letterbox::close() {
  tell_ = nullptr;
  const std::lock_guard lock(mutex_);
  open_ = false;
  reports_.clear();
  messages_ = 0;
  octets_ = 0;
}

}  // namespace leafgate::broker
