#include "tests/standin/http_talk.hpp"

namespace leafgate::standin {
namespace {

class HttpTalk final : public Talk {
 public:
  HttpTalk(const Handler& handler, Peer peer) : handler_(handler), shown_(std::move(peer.shown)) {}

  std::optional<Step> next(std::string& input) override {
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

 private:
  Step answer() {
    Request request = reader_.take();
    request.shown = shown_;
    const Response response = handler_(request);
    const bool keep = request.keep_alive && response.ending != Ending::close;
    const Ending ending = !keep && response.ending == Ending::keep ? Ending::close : response.ending;
    return {{}, response.delay, wire_text(response, keep), ending};
  }

  static Step turn_away(int status) {
    Response response;
    response.status = status;
    return {{}, {}, wire_text(response, false), Ending::close};
  }

  const Handler& handler_;
  Certificates shown_;
  RequestReader reader_;
};

}  // namespace

Speak http_talk(Handler handler) {
  return [kept = std::make_shared<Handler>(std::move(handler))](Peer peer) -> std::unique_ptr<Talk> {
    return std::make_unique<HttpTalk>(*kept, std::move(peer));
  };
}

}  // namespace leafgate::standin
