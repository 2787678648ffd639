#pragma once

#include <string>
#include <string_view>

#include "gateway/model/result.hpp"
#include "gateway/net/http_message.hpp"

namespace leafgate::wire {
class Mistakes;
}

namespace leafgate::status {

// A JSON text as an answer, with a line end behind it for terminals.
[[nodiscard]] net::HttpResponse json_reply(std::string json, int http_status = 200);

// {"error": {"code": ..., "text": ...}}: the one place where an Error becomes an answer.
[[nodiscard]] net::HttpResponse error_reply(const Error& error);
[[nodiscard]] net::HttpResponse error_reply(int http_status, std::string_view code, std::string_view text);
[[nodiscard]] int http_status_of(Errc code);

// What is wrong with a file that was to be imported, first things first.
[[nodiscard]] net::HttpResponse mistakes_reply(const wire::Mistakes& mistakes);

// ?limit= of a list: 1 to 1,000, 100 when absent. Errors: malformed.
Result<std::size_t> limit_of(const net::HttpTarget& target);

// A parameter that no route knows is a slip that would change the meaning. `known` is "|state|match|".
Result<void> only_knows(const net::HttpTarget& target, std::string_view known);

}  // namespace leafgate::status
