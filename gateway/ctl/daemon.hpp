#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

namespace leafgate::ctl {

struct Reply {
  int status = 0;
  std::string body;
  std::optional<std::uint64_t> announced = {};  // octets of the body, where follow() was told
};

struct Question {
  std::string method = "GET";
  std::string target;
  std::string body;
  std::string content_type;             // of the body
  std::string because;                  // for the audit log; empty: not said
  std::string last_event;               // follow goes on after it; empty: from now on
  std::function<void(Millis)> on_wait;  // told twice a second how long it takes; may be empty
};

// The daemon behind its status socket, asked one thing at a time on the calling thread.
class Daemon {
 public:
  explicit Daemon(std::string socket, Millis limit = Millis(600'000))
      : socket_(std::move(socket)), limit_(limit) {}

  // Errors: unreachable, refused (no permission for the socket), timed_out, malformed, too_large.
  Result<Reply> ask(const Question& question) const;
  Result<Reply> get(std::string target) const;
  // Asks for an answer that does not end, or is too long to be held, and gives its text as it comes, until
  // the daemon ends it or SIGINT or SIGTERM does; those also set `interrupted`. Another status than 200 comes
  // back whole.
  Result<Reply> follow(const Question& question, const std::function<void(std::string_view)>& on_text,
                       bool& interrupted) const;
  [[nodiscard]] const std::string& socket() const { return socket_; }
  // Waits; false when a signal ended it.
  static bool rest(Millis span);

 private:
  std::string socket_;
  Millis limit_;
};

}  // namespace leafgate::ctl
