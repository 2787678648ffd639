#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/standin/talk.hpp"

namespace leafgate::standin {

struct Request {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in small letters
  std::string body;
  bool keep_alive = true;
  std::string transport = "https";  // or "mqtt" or "mqtt-ws", which are brought into this shape
  Certificates shown;               // in the TLS handshake of its connection
  std::string tls;                  // whose version this was

  const std::string& header(const std::string& small_name) const;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::chrono::milliseconds delay{0};
  Ending ending = Ending::keep;
  bool chunked = false;
};

using Handler = std::function<Response(const Request&)>;

// Bytes in, requests out; no I/O. Beast stands behind this class and nowhere else.
class RequestReader {
 public:
  enum class State { more, complete, malformed, too_big };

  RequestReader();
  ~RequestReader();
  // Takes bytes off the front of `input`; what is left belongs to the next request.
  State feed(std::string& input);
  // Once after `complete`; the reader then starts anew.
  Request take();

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

std::string wire_text(const Response& response, bool keep_alive);

}  // namespace leafgate::standin
