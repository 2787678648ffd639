#include "tests/standin/web_socket_talk.hpp"

#include "tests/standin/web_socket_frames.hpp"

namespace leafgate::standin {
namespace {

using Opcode = WebSocketFrame::Opcode;

constexpr std::chrono::milliseconds goodbye_time{5'000};

std::string message_text(const std::string& octets) {
  return octets.empty() ? octets : frame_text(Opcode::binary, octets);
}

class WebSocketTalk final : public Talk {
 public:
  explicit WebSocketTalk(std::unique_ptr<Talk> carried) : carried_(std::move(carried)) {}

  std::optional<Step> next(std::string& input) override {
    std::optional<CloseCode> defect;
    while (true) {
      if (auto step = said()) return step;
      const auto frame = take_frame(input, defect);
      if (defect) return fail(*defect);
      if (!frame) return std::nullopt;
      if (auto step = take(*frame)) return step;
    }
  }

  std::chrono::milliseconds patience() const override {
    return leaving_ ? goodbye_time : carried_->patience();
  }

 private:
  std::optional<Step> said() {
    if (leaving_) return std::nullopt;
    auto step = carried_->next(heard_);
    if (!step) return std::nullopt;
    step->at_once = message_text(step->at_once);
    step->output = message_text(step->output);
    if (step->ending == Ending::close) {
      step->output += close_text(CloseCode::normal);
      step->ending = Ending::keep;
      leaving_ = true;
    }
    return step;
  }

  std::optional<Step> take(const WebSocketFrame& frame) {
    switch (frame.opcode) {
      case Opcode::continuation:
      case Opcode::binary:
        return hear(frame);
      case Opcode::text:
        return fail(CloseCode::unsupported_data);  // MQTT 3.1.1 §6.0
      case Opcode::close:
        return Step{{}, {}, leaving_ ? std::string() : close_answer(frame), Ending::close};
      case Opcode::ping:
        if (leaving_) return std::nullopt;
        return Step{frame_text(Opcode::pong, frame.payload), {}, {}, {}};
      case Opcode::pong:
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<Step> hear(const WebSocketFrame& frame) {
    const bool continues = frame.opcode == Opcode::continuation;
    if (continues != within_message_) return fail(CloseCode::protocol_error);
    within_message_ = !frame.last;
    if (!leaving_) heard_ += frame.payload;
    return std::nullopt;
  }

  Step fail(CloseCode code) const {
    return {{}, {}, leaving_ ? std::string() : close_text(code), Ending::close};
  }

  std::unique_ptr<Talk> carried_;
  std::string heard_;            // and not yet taken by `carried_`
  bool within_message_ = false;  // its last frame is still to come
  bool leaving_ = false;         // our Close is sent, the client's is still to come
};

}  // namespace

Speak web_socket_talk(Speak carried) {
  return [carried = std::move(carried)](Peer peer) -> std::unique_ptr<Talk> {
    return std::make_unique<WebSocketTalk>(carried(std::move(peer)));
  };
}

}  // namespace leafgate::standin
