#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "adapters/serial/fragments.hpp"
#include "adapters/serial/frame_body.hpp"
#include "adapters/serial/frame_reader.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate::serial {

// A leaf as the line sees it: octets come, octets are said. The leaf library stands behind it as well as a
// model does.
class LeafEnd {
 public:
  virtual ~LeafEnd() = default;
  // Octets came; what it says at once, empty for nothing.
  virtual Bytes hear(ByteView octets, TimePoint now) = 0;
  // Between the end of the question and the begin of the answer.
  [[nodiscard]] virtual LoopClock::duration turn_round() const { return std::chrono::milliseconds(2); }
};

// What a leaf has to say, message by message, and what it does with what it hears.
class LeafScript {
 public:
  virtual ~LeafScript() = default;
  virtual std::optional<Bytes> next(TimePoint now) = 0;
  virtual void heard(Bytes message, TimePoint now) = 0;
  virtual void delivered() {}  // what it said last has arrived
  // How long it is busy with what it heard last; then it says NAK to a POLL.
  virtual LoopClock::duration busy_until_ready(TimePoint) { return {}; }
};

// A leaf that keeps to adapters/wire/leaf_link.cddl to the letter. Its boot nonce changes with restart().
class ModelLeaf final : public LeafEnd {
 public:
  ModelLeaf(const Uid& uid, std::uint8_t mtu, LeafScript& script) : uid_(uid), mtu_(mtu), script_(script) {}

  Bytes hear(ByteView octets, TimePoint now) override {
    Bytes said;
    while (!octets.empty()) {
      const auto heard = reader_.next(octets);
      if (heard.kind != FrameReader::Kind::frame || is_off) continue;
      if (address_ != 0 && now - addressed_ > std::chrono::seconds(60)) forget();
      const auto answer = answer_to(heard.frame, now);
      if (answer) said = encode(*answer);
    }
    return said;
  }

  void restart() {
    forget();
    ++boot_nonce_;
  }
  [[nodiscard]] std::uint8_t address() const { return address_; }
  [[nodiscard]] bool is_muted() const { return is_muted_; }
  [[nodiscard]] const Uid& uid() const { return uid_; }

  bool is_off = false;
  LoopClock::duration turn{std::chrono::milliseconds(2)};
  [[nodiscard]] LoopClock::duration turn_round() const override { return turn; }

 private:
  void forget() {
    address_ = 0;
    is_muted_ = false;
    forget_half();
    last_number_.reset();
  }
  void forget_half() {
    hearing_.clear();
    saying_.reset();
    is_flying_ = false;
  }

  std::optional<Frame> answer_to(const Frame& frame, TimePoint now) {
    if (frame.address == to_all) return answer_to_all(frame, now);
    if (address_ == 0 || frame.address != address_) return std::nullopt;
    addressed_ = now;
    switch (frame.type) {
      case FrameType::mute:
        is_muted_ = true;
        return make(FrameType::ack, frame.number);
      case FrameType::reset:
        forget_half();
        return make(FrameType::ack, frame.number);
      case FrameType::poll:
      case FrameType::data:
        if (last_number_ != frame.number) {
          last_ = frame.type == FrameType::poll ? poll(frame.number, now) : take(frame, now);
          last_number_ = frame.number;
        }
        return last_;
      default:
        return std::nullopt;
    }
  }

  std::optional<Frame> answer_to_all(const Frame& frame, TimePoint now) {
    switch (frame.type) {
      case FrameType::discover: {
        if (is_muted_ || !begins_with(uid_, prefix_of(frame))) return std::nullopt;
        Frame hello = make(FrameType::hello, frame.number);
        hello.address = address_ != 0 ? address_ : no_address;
        hello.payload.assign(uid_.begin(), uid_.end());
        hello.payload.push_back(mtu_);
        for (unsigned shift = 32; shift > 0; shift -= 8)
          hello.payload.push_back(static_cast<std::uint8_t>(boot_nonce_ >> (shift - 8)));
        return hello;
      }
      case FrameType::assign: {
        const Assignment assignment = assignment_of(frame);
        if (assignment.uid != uid_) return std::nullopt;
        forget_half();
        last_number_.reset();
        address_ = assignment.address;
        addressed_ = now;
        return make(FrameType::ack, frame.number);
      }
      case FrameType::reset:
        forget();
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

  Frame poll(std::uint8_t number, TimePoint now) {
    if (is_flying_) {
      is_flying_ = false;
      if (!saying_->advance()) {
        saying_.reset();
        script_.delivered();
      }
    }
    const LoopClock::duration busy = script_.busy_until_ready(now);
    if (busy > LoopClock::duration::zero() && !saying_) {
      Frame nak = make(FrameType::nak, number);
      const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(busy).count() + 1;
      nak.payload = {1, static_cast<std::uint8_t>(wait), static_cast<std::uint8_t>(wait >> 8)};
      return nak;
    }
    if (!saying_) {
      auto message = script_.next(now);
      if (!message) return make(FrameType::ack, number);
      saying_.emplace(std::move(*message));
    }
    Frame data = make(FrameType::data, number);
    saying_->put_into(data, mtu_);
    is_flying_ = true;
    return data;
  }

  Frame take(const Frame& data, TimePoint now) {
    if (data.fragment == 0) hearing_.clear();
    if (data.payload.size() > mtu_ || data.fragment != next_of(data)) {
      Frame nak = make(FrameType::nak, data.number);
      nak.payload = {3};
      return nak;
    }
    hearing_.insert(hearing_.end(), data.payload.begin(), data.payload.end());
    next_ = data.fragment + 1U;
    if (!data.more) script_.heard(std::exchange(hearing_, Bytes()), now);
    return make(FrameType::ack, data.number);
  }
  [[nodiscard]] unsigned next_of(const Frame& data) const { return data.fragment == 0 ? 0 : next_; }

  [[nodiscard]] Frame make(FrameType type, std::uint8_t number) const {
    Frame frame = make_question(type, address_, number);
    frame.direction = Direction::to_gateway;
    return frame;
  }

  const Uid uid_;
  const std::uint8_t mtu_;
  LeafScript& script_;
  FrameReader reader_{Direction::to_leaf};
  std::uint32_t boot_nonce_ = 1;
  std::uint8_t address_ = 0;
  bool is_muted_ = false;
  TimePoint addressed_{};
  std::optional<std::uint8_t> last_number_;
  Frame last_;
  Bytes hearing_;
  unsigned next_ = 0;
  std::optional<Cut> saying_;
  bool is_flying_ = false;
};

}  // namespace leafgate::serial
