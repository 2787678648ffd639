#pragma once

#include <string>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

namespace leafgate::ctl {

struct Reply {
  int status = 0;
  std::string body;
};

struct Question {
  std::string method = "GET";
  std::string target;
  std::string body;
  std::string content_type;  // of the body
  std::string because;       // for the audit log; empty: not said
};

// The daemon behind its status socket, asked one thing at a time on the calling thread.
class Daemon {
 public:
  explicit Daemon(std::string socket, Millis limit = Millis(600'000))
      : socket_(std::move(socket)), limit_(limit) {}

  // Errors: unreachable, refused (no permission for the socket), timed_out, malformed, too_large.
  Result<Reply> ask(const Question& question) const;
  Result<Reply> get(std::string target) const;

 private:
  std::string socket_;
  Millis limit_;
};

}  // namespace leafgate::ctl
