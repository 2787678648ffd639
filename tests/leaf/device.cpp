#include "tests/leaf/device.hpp"

#include <ctime>
#include <utility>

#include <openssl/rand.h>

namespace leafgate::leaf {
namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;
using Verdict = Outcome::Verdict;
namespace {

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value);
  return value;
}

constexpr int server_unavailable = 3;  // CONNACK return code

}  // namespace

Device::Device(const asio::any_io_executor& executor, asio::ssl::context& context, const Link& link,
               asio::ip::address local, LeafSettings settings, Watcher& watcher, Done done)
    : executor_(executor),
      context_(context),
      link_(link),
      local_(std::move(local)),
      settings_(std::move(settings)),
      watcher_(watcher),
      done_(std::move(done)),
      timer_(executor),
      ping_(executor),
      deadline_(executor) {}

std::int64_t Device::now_ms() const {
  return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void Device::start() {
  begin_ = std::chrono::steady_clock::now();
  outcome_.status = "no-answer";
  deadline_.expires_after(link_.timeout);
  deadline_.async_wait([self = shared_from_this()](error_code ec) {
    if (ec) return;
    if (self->outcome_.message.empty()) self->outcome_.message = "timeout";
    self->finish();
  });
  connect();
}

void Device::connect() {
  conversation_ = std::make_unique<Conversation>(settings_, std::time(nullptr), random_u64);
  transport_ = std::make_shared<Transport>(executor_, context_, link_.server_name);
  transport_->open(link_.gateway, local_, shared_from_this());
}

void Device::opened() {
  act(conversation_->connected());
  ping_later();
}

void Device::packet(const Packet& packet) { act(conversation_->received(packet, now_ms())); }

void Device::act(const Step& step) {
  if (over_) return;
  if (!step.accepted.empty()) watcher_.accepted(settings_.registration_id, step.accepted);
  if (step.outcome && step.outcome->connack == server_unavailable && link_.retry) {
    transport_->close();
    return try_again("CONNACK 3");
  }
  if (step.outcome) settle(*step.outcome);
  if (!step.send.empty()) {
    transport_->send(step.send);
    conversation_->sent(now_ms());
  }
  if (step.timer_ms >= 0) arm(step.timer_ms);
  if (step.close) finish();
}

void Device::settle(const Outcome& outcome) {
  if (!settled_) {
    took_ = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin_);
  }
  settled_ = true;
  outcome_ = outcome;
  watcher_.settled(settings_.registration_id, outcome_);
}

void Device::arm(int wait) {
  timer_.cancel();
  if (wait == 0) return;
  timer_.expires_after(milliseconds(wait));
  timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec && !self->over_ && self->conversation_) self->act(self->conversation_->timer(self->now_ms()));
  });
}

void Device::ping_later() {
  if (settings_.family->keep_alive == 0) return;
  ping_.expires_after(std::chrono::seconds(settings_.family->keep_alive) / 2);
  ping_.async_wait([self = shared_from_this()](error_code ec) {
    if (ec || self->over_) return;
    self->transport_->send(encode_pingreq());
    self->ping_later();
  });
}

void Device::lost(const std::string& why) {
  if (over_) return;
  // After the outcome only the farewell was cut short.
  if (settled_) return finish();
  watcher_.lost(settings_.registration_id, why);
  outcome_.message = why;
  if (!link_.retry) return finish();
  try_again(why);
}

void Device::try_again(const std::string& why) {
  outcome_.message = why;
  // A timer that had fired for the old connection finds nobody.
  conversation_.reset();
  ping_.cancel();
  const auto base = link_.retry_delay.count();
  timer_.expires_after(
      milliseconds(base / 2 + static_cast<long>(random_u64() % static_cast<unsigned long>(base + 1))));
  timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec && !self->over_) self->connect();
  });
}

void Device::finish() {
  if (std::exchange(over_, true)) return;
  timer_.cancel();
  ping_.cancel();
  deadline_.cancel();
  transport_->close();
  if (!settled_) settle(outcome_);
  std::exchange(done_, nullptr)(outcome_, took_);
}

}  // namespace leafgate::leaf
