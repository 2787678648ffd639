#include "adapters/status/guard.hpp"

#include <algorithm>

#include "adapters/status/user_names.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::status {
namespace {

// Without a port behind it.
std::string_view host_of(std::string_view field) {
  if (field.starts_with('[')) return field.substr(0, field.find(']') + 1);
  return field.substr(0, field.find(':'));
}

bool is_ipv4_loopback(std::string_view host) {
  return host.starts_with("127.") &&
         std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

}  // namespace

bool names_this_gateway(const net::HttpRequest& request) {
  const std::string* field = request.headers.find("Host");
  if (field == nullptr) return false;
  const std::string host = ascii_lower(host_of(*field));
  return host == "gateway" || host == "localhost" || host == "[::1]" || is_ipv4_loopback(host);
}

bool is_admin(const net::PeerCredentials& who, std::optional<gid_t> group) {
  return who.uid == 0 || (group && who.in_group(*group));
}

bool is_root_or_of(const net::PeerCredentials& who, const std::vector<uid_t>& users) {
  return who.uid == 0 || std::find(users.begin(), users.end(), who.uid) != users.end();
}

Result<void> may_change(const net::HttpRequest& request, std::optional<gid_t> group) {
  if (request.headers.find("Origin") != nullptr)
    return Error(Errc::refused, "a page in a browser may not change anything here");
  const auto& who = request.peer.credentials;
  if (who && is_admin(*who, group)) return {};
  return Error(Errc::refused, "only root and members of status.admin_group may change anything");
}

Result<void> may_speak_for_leaves(const net::HttpRequest& request, const std::vector<uid_t>& users) {
  if (request.headers.find("Origin") != nullptr)
    return Error(Errc::refused, "a page in a browser may not ask for this");
  const auto& who = request.peer.credentials;
  if (who && is_root_or_of(*who, users)) return {};
  return Error(Errc::refused, "only root and the users named in bridge.users may ask for hub tokens");
}

Task<Actor> who_asks(const net::HttpRequest& request, UserNames* users) {
  Actor actor;
  if (const std::string* because = request.headers.find("X-Because"))
    actor.because = because->substr(0, audit_text_limit);
  const auto& who = request.peer.credentials;
  if (!who) co_return actor;
  actor.uid = who->uid;
  actor.pid = who->pid;
  if (users == nullptr) co_return actor;
  actor.user = co_await users->name_of(who->uid);
  co_return actor;
}

}  // namespace leafgate::status
