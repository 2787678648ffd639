#include "tests/standin/http_talk.hpp"

#include "tests/standin/web_socket_opening.hpp"

namespace leafgate::standin {
namespace {

struct Ways {
  Handler handler;
  Speak upgraded;
};

class HttpTalk final : public Talk {
 public:
  HttpTalk(const Ways& ways, Peer peer) : ways_(ways), peer_(std::move(peer)) {}

  std::optional<Step> next(std::string& input) override {
    if (upgraded_) return upgraded_->next(input);
    switch (reader_.feed(input)) {
      case RequestReader::State::more:
        return std::nullopt;
      case RequestReader::State::complete:
        return answer();
      case RequestReader::State::malformed:
        return turn_away(400);
      case RequestReader::State::too_big:
        return turn_away(413);
    }
    return std::nullopt;
  }

  std::chrono::milliseconds patience() const override {
    return upgraded_ ? upgraded_->patience() : Talk::patience();
  }

 private:
  Step answer() {
    Request request = reader_.take();
    if (ways_.upgraded) {
      if (auto opening = open_web_socket(request)) return open(std::move(*opening));
    }
    request.shown = peer_.shown;
    request.tls = peer_.tls;
    const Response response = ways_.handler(request);
    const bool keep = request.keep_alive && response.ending != Ending::close;
    const Ending ending = !keep && response.ending == Ending::keep ? Ending::close : response.ending;
    return {{}, response.delay, wire_text(response, keep), ending};
  }

  Step open(WebSocketOpening opening) {
    if (!opening.accepted) return {{}, {}, std::move(opening.answer), Ending::close};
    upgraded_ = ways_.upgraded(peer_);
    return {{}, {}, std::move(opening.answer), Ending::keep};
  }

  static Step turn_away(int status) {
    Response response;
    response.status = status;
    return {{}, {}, wire_text(response, false), Ending::close};
  }

  const Ways& ways_;
  Peer peer_;
  RequestReader reader_;
  std::unique_ptr<Talk> upgraded_;  // speaks once the client has left HTTP
};

}  // namespace

Speak http_talk(Handler handler, Speak upgraded) {
  const auto ways = std::make_shared<Ways>(Ways{std::move(handler), std::move(upgraded)});
  return [ways](Peer peer) -> std::unique_ptr<Talk> {
    return std::make_unique<HttpTalk>(*ways, std::move(peer));
  };
}

}  // namespace leafgate::standin
