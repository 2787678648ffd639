#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tests/bench/script.hpp"

namespace leafgate::bench {

// A leaf's part of a conversation without its connection: octets in, octets out.
class Talk {
 public:
  enum class Next {
    wait,    // for more octets
    pause,   // call resume() after pause_seconds()
    answer,  // the leaf has what it came for; told once
    failed,  // why() says why
  };

  virtual ~Talk() = default;

  virtual void begin() = 0;  // the connection stands
  virtual void feed(std::string_view octets) = 0;
  virtual Next step() = 0;  // goes on with what was fed
  virtual void resume() = 0;
  // After the answer: what is said when the connection is kept, and before it is closed.
  virtual void stay() = 0;
  virtual void leave() = 0;

  // What is to be sent after any of these calls.
  std::string take_words() { return std::exchange(words_, {}); }
  long pause_seconds() const { return pause_; }
  bool polled() const { return polled_; }
  const std::string& why() const { return why_; }

 protected:
  void say(std::string_view octets) { words_ += octets; }
  Next fail(std::string what) {
    why_ = std::move(what);
    return Next::failed;
  }
  Next pause(long seconds) {
    pause_ = seconds;
    polled_ = true;
    return Next::pause;
  }

 private:
  std::string words_;
  long pause_ = 0;
  bool polled_ = false;
  std::string why_;
};

// `script` must outlive it.
std::unique_ptr<Talk> make_talk(Target target, const Script& script);

}  // namespace leafgate::bench
