#include "adapters/status/routes.hpp"

#include <algorithm>
#include <array>

#include "adapters/status/guard.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"

namespace leafgate::status {
namespace {

using net::HttpRequest;
using net::HttpResponse;
using net::HttpTarget;

constexpr std::size_t largest_note = 16 * 1024;  // body of what is no file
constexpr std::size_t large_file = 1024 * 1024;  // read, it takes several times its size; so one at a time

struct Route {
  std::string_view method;
  std::string_view path;  // segments; "*" takes any one
  bool changes;
  Task<HttpResponse> (*answer)(const RoutesPorts&, const HttpRequest&, const HttpTarget&);
  bool speaks_for_leaves = false;  // and is for bridges, not for whoever may change the rest
  // In place of `answer`: the body is a file, and goes as soon as it is read.
  Task<HttpResponse> (*take_file)(const RoutesPorts&, HttpRequest, const HttpTarget&) = nullptr;
};

constexpr auto routes = std::to_array<Route>({
    {"GET", "", false, get_report},
    {"GET", "v1/status", false, get_status},
    {"GET", "v1/names", false, list_names},
    {"GET", "v1/registrations", false, list_registrations},
    {"GET", "v1/registrations/*", false, explain_registration},
    {"GET", "v1/registrations/*/receipt", false, get_receipt},
    {"GET", "v1/checkpoint", false, get_checkpoint},
    {"POST", "v1/registrations/*/refresh", true, refresh_registration},
    {"DELETE", "v1/registrations/*", true, forget_registration},
    {"POST", "v1/registrations/*/hub-token", true, make_hub_token, true},
    {"GET", "v1/strangers", false, list_strangers},
    {"GET", "v1/strangers/*", false, explain_stranger},
    {"GET", "v1/queue", false, list_queue},
    {"POST", "v1/queue/*/retry", true, retry_queued},
    {"DELETE", "v1/queue/*", true, drop_queued},
    {"GET", "v1/what-if", false, get_what_if},
    {"GET", "v1/outcomes", false, list_outcomes},
    {"DELETE", "v1/outcomes", true, clear_outcomes},
    {"GET", "v1/enrollments", false, list_enrollments},
    {"POST", "v1/enrollments", true, nullptr, false, import_enrollments},
    {"GET", "v1/enrollments/*", false, show_enrollment},
    {"DELETE", "v1/enrollments/*", true, remove_enrollment},
    {"GET", "v1/tpm", false, get_tpm},
    {"GET", "v1/tpm/identity", false, get_tpm_identity},
    {"POST", "v1/tpm/setup", true, set_up_tpm},
    {"POST", "v1/tpm/accept", true, accept_tpm},
    {"GET", "v1/lines", false, list_lines},
    {"GET", "v1/lines/identity", false, get_link_identity},
    {"POST", "v1/lines/*/release", true, release_line},
    {"POST", "v1/lines/*/claim", true, claim_line},
    {"POST", "v1/backup", true, make_backup},
    {"GET", "v1/deny", false, list_denials},
    {"POST", "v1/deny", true, nullptr, false, import_denials},
    {"POST", "v1/deny/entries", true, add_denial},
    {"DELETE", "v1/deny/entries/*/*", true, remove_denial},
    {"GET", "v1/held", false, list_held},
    {"POST", "v1/held/*/approve", true, approve_leaf},
    {"POST", "v1/held/*/reject", true, reject_leaf},
    {"GET", "v1/sync", false, get_sync},
    {"POST", "v1/sync", true, start_sync},
    {"GET", "v1/expected", false, list_expected},
    {"POST", "v1/expected", true, nullptr, false, import_expected},
    {"DELETE", "v1/expected", true, clear_expected},
    {"POST", "v1/check", true, run_check},
    {"GET", "v1/config", false, get_config},
    {"GET", "v1/events/kept", false, list_kept_events},
    {"GET", "v1/audit", false, list_audit},
    {"GET", "v1/events", false, watch_events},
    {"GET", "metrics", false, get_metrics},
});

bool fits(std::string_view pattern, const std::vector<std::string>& path) {
  for (const std::string& segment : path) {
    if (pattern.empty()) return false;
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string_view wanted = pattern.substr(0, end);
    if (wanted == "*" ? segment.empty() : wanted != segment) return false;
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
  }
  return pattern.empty();
}

HttpResponse no_route(const std::vector<std::string>& path) {
  std::string allowed;
  for (const Route& route : routes)
    if (fits(route.path, path)) allowed.append(allowed.empty() ? "" : ", ").append(route.method);
  if (allowed.empty()) return error_reply(404, "no-route", "there is nothing at this path");
  HttpResponse out = error_reply(405, "method-not-allowed", "this path takes " + allowed);
  out.headers.add("Allow", allowed);
  return out;
}

// Where a request goes, or what it is answered at once.
struct Way {
  const Route* route = nullptr;
  HttpTarget target;
  std::optional<HttpResponse> refusal;
};

Way way_of(const HttpRequest& request, std::optional<gid_t> admin_group,
           const std::vector<uid_t>& bridge_users) {
  Way out;
  if (!names_this_gateway(request)) {
    out.refusal = error_reply(421, "wrong-host", "ask for http://gateway/");
    return out;
  }
  auto target = net::parse_target(request.target);
  if (!target) {
    out.refusal = error_reply(target.error());
    return out;
  }
  out.target = std::move(*target);
  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  const auto found = std::find_if(routes.begin(), routes.end(), [&](const Route& route) {
    return route.method == method && fits(route.path, out.target.path);
  });
  if (found == routes.end()) {
    out.refusal = no_route(out.target.path);
    return out;
  }
  out.route = &*found;
  if (!found->changes) return out;
  const auto allowed = found->speaks_for_leaves ? may_speak_for_leaves(request, bridge_users)
                                                : may_change(request, admin_group);
  if (!allowed) out.refusal = error_reply(allowed.error());
  return out;
}

}  // namespace

Routes::Routes(RoutesPorts ports, std::optional<gid_t> admin_group, std::vector<uid_t> bridge_users)
    : ports_(ports), admin_group_(admin_group), bridge_users_(std::move(bridge_users)) {}

void Routes::let(std::optional<gid_t> admin_group, std::vector<uid_t> bridge_users) {
  admin_group_ = admin_group;
  bridge_users_ = std::move(bridge_users);
}

HttpResponse Routes::refuse(int http_status, std::string_view why) const {
  return error_reply(http_status, "request-refused", why);
}

bool Routes::does_more_than_read(const net::PeerCredentials& who) const {
  return is_admin(who, admin_group_) || is_root_or_of(who, bridge_users_);
}

Task<HttpResponse> Routes::handle(HttpRequest request) {
  Way way = way_of(request, admin_group_, bridge_users_);
  if (way.refusal) co_return std::move(*way.refusal);
  const Route& route = *way.route;
  if (route.take_file == nullptr) co_return co_await route.answer(ports_, request, way.target);
  co_return co_await route.take_file(ports_, std::move(request), way.target);
}

net::BodyVerdict Routes::judge_body(const HttpRequest& head, std::size_t size) {
  net::BodyVerdict out;
  Way way = way_of(head, admin_group_, bridge_users_);
  if (way.refusal) {
    out.refusal = std::move(way.refusal);
  } else if (way.route->take_file == nullptr) {
    if (size > largest_note) out.refusal = error_reply(Error(Errc::too_large, "this path takes no file"));
  } else if (size > large_file) {
    if (large_file_.expired()) {
      out.seat = std::make_shared<char>();
      large_file_ = out.seat;
    } else {
      out.refusal = error_reply(Error(Errc::in_use, "another file is being taken in: try again after it"));
    }
  }
  return out;
}

}  // namespace leafgate::status
