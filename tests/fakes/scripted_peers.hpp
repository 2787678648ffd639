#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/net/http_client.hpp"
#include "tests/fakes/scripted_stream.hpp"

namespace leafgate {

// Hands out scripted connections in order to an HttpClient, and knows of each what was written to it and
// whether the client still has it. Must outlive the client.
class ScriptedPeers {
 public:
  struct Log {
    std::string written;
    bool alive = true;
  };
  std::deque<ScriptedStream> scripts;      // the next ones
  std::vector<std::shared_ptr<Log>> made;  // those handed out

  // A connection whose peer says `reads`, one after each other, and then ends.
  void script(std::deque<std::string> reads, ScriptedStream::End end = ScriptedStream::End::orderly) {
    scripts.emplace_back(std::move(reads), end);
  }

  // Nothing left to hand out: unreachable.
  net::HttpConnect connect() {
    return [this](TimePoint) -> Task<Result<std::unique_ptr<net::Stream>>> { return next(); };
  }

 private:
  class Watched : public ScriptedStream {
   public:
    Watched(ScriptedStream script, std::shared_ptr<Log> log)
        : ScriptedStream(std::move(script)), log_(std::move(log)) {}
    ~Watched() override { log_->alive = false; }
    Task<Result<void>> write(ByteView octets) override {
      log_->written.append(as_text(octets));
      return ScriptedStream::write(octets);
    }

   private:
    std::shared_ptr<Log> log_;
  };

  Task<Result<std::unique_ptr<net::Stream>>> next() {
    if (scripts.empty()) co_return Error(Errc::unreachable, "no route");
    made.push_back(std::make_shared<Log>());
    std::unique_ptr<net::Stream> stream = std::make_unique<Watched>(std::move(scripts.front()), made.back());
    scripts.pop_front();
    co_return stream;
  }
};

}  // namespace leafgate
