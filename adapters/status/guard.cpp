#include "adapters/status/guard.hpp"

#include <algorithm>

#include "gateway/model/ids.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate::status {
namespace {

constexpr std::size_t longest_because = 200;

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

Result<void> may_change(const net::HttpRequest& request, std::optional<gid_t> group) {
  if (request.headers.find("Origin") != nullptr)
    return Error(Errc::refused, "a page in a browser may not change anything here");
  const auto& who = request.peer.credentials;
  if (who && (who->uid == 0 || (group && who->in_group(*group)))) return {};
  return Error(Errc::refused, "only root and members of status.admin_group may change anything");
}

std::string who_asks(const net::HttpRequest& request) {
  const auto& who = request.peer.credentials;
  std::string out = who ? "uid " + std::to_string(who->uid) + ", pid " + std::to_string(who->pid) : "unknown";
  if (const std::string* because = request.headers.find("X-Because"))
    out += ": " + log::escape(std::string_view(*because).substr(0, longest_because));
  return out;
}

}  // namespace leafgate::status
