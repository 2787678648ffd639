#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "gateway/ctl/verbs.hpp"

// Lists that the daemon gives page by page.
namespace leafgate::ctl {

// A page, and its text as it came; false: no more are wanted.
using EachPage = std::function<bool(const View& page, const std::string& body)>;

// A route with "limit" as its first parameter: as much at a time as may be asked for.
[[nodiscard]] std::string listing(std::string_view path);
// One more parameter; nothing where it has no value.
void add_parameter(std::string& target, std::string_view name, std::string_view value);

// Asks for page after page, until one says that none follows. Says on `err` why it went no further, and gives
// the exit status.
int walk_pages(const Session& session, const std::string& target, const EachPage& each);
// The same without a word; from `after` on, where that is not empty. Gives the last answer, whatever it is.
Result<Reply> walk_pages(const Daemon& daemon, const std::string& target, std::string after,
                         const EachPage& each);

}  // namespace leafgate::ctl
