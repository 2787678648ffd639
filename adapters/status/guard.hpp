#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "gateway/net/http_message.hpp"
#include "gateway/ports/audit_log.hpp"

namespace leafgate::status {

class UserNames;

// Whether Host is `gateway`, `localhost` or a loopback address, with or without port: `ssh -L` puts this
// socket into a browser, where any page may ask by a name of its own (DNS rebinding).
[[nodiscard]] bool names_this_gateway(const net::HttpRequest& request);

// Whether this process is of root or of a member of `group`.
[[nodiscard]] bool is_admin(const net::PeerCredentials& who, std::optional<gid_t> group);
// Whether it is of root or of one of `users`.
[[nodiscard]] bool is_root_or_of(const net::PeerCredentials& who, const std::vector<uid_t>& users);

// Whether this caller may change things: a process (no page of a browser) of root or of a member of `group`.
// Errors: refused.
Result<void> may_change(const net::HttpRequest& request, std::optional<gid_t> group);

// Whether this caller may speak for leaves at their hubs: a process (no page of a browser) of root or of one
// of `users`; who may change things may not, for that. Errors: refused.
Result<void> may_speak_for_leaves(const net::HttpRequest& request, const std::vector<uid_t>& users);

// Who asks, and why (the field X-Because). Without `users` without a name.
Task<Actor> who_asks(const net::HttpRequest& request, UserNames* users);

}  // namespace leafgate::status
