#include "tests/standin/service_api.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "tests/standin/answers.hpp"
#include "tests/standin/faulty_answers.hpp"
#include "tests/standin/paths.hpp"
#include "tests/standin/sas.hpp"
#include "tests/standin/service_records.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

// The stable one and those that SDKs still send (sheet §1.1). Whether the service refuses others is not
// known; here a misspelt one must not pass.
constexpr std::array<std::string_view, 4> versions{"2021-10-01", "2019-03-31", "2018-04-01",
                                                   "2025-07-01-preview"};

// The texts for everything that vendor code sends (§1.4). There is no published grammar, so nobody may lean
// on a filter.
bool asks_for_everything(const std::string& query) {
  static constexpr std::array<std::string_view, 5> texts{"*", "select *", "select * from enrollments",
                                                         "select * from enrollmentgroups",
                                                         "select * from deviceregistrations"};
  return std::find(texts.begin(), texts.end(), lower(query)) != texts.end();
}

// The host name without its port.
std::string asked_host(const Request& request) {
  const std::string& host = request.header("host");
  return lower(host.substr(0, host.rfind(':')));
}

// sr is the host, or a path below it by whole segments (§1.3).
bool covers(const std::string& resource, const std::string& place) {
  return place == resource || place.starts_with(resource + "/");
}

void count_minute(ServiceCounters& counters, WallTime now) {
  auto& times = counters.last_minute;
  times.push_back(now);
  while (times.front() + std::chrono::minutes(1) <= now) times.pop_front();
  counters.busiest_minute = std::max(counters.busiest_minute, times.size());
}

}  // namespace

struct ServiceApi::Call {
  std::string what = "other";
  std::string id;  // of the record; empty for a query over all
  std::string request_id;
  std::optional<Action> fault;
};

bool ServiceApi::owns(const Request& request) {
  const auto path = path_of(request.target);
  const std::string root = path.empty() ? std::string() : lower(path.front());
  return root == "enrollments" || root == "enrollmentgroups" || root == "registrations";
}

// Paths are matched ignoring case (§1.1).
ServiceApi::Call ServiceApi::read_call(const Request& request) const {
  Call call;
  call.request_id = random_guid();
  const auto path = path_of(request.target);
  const std::string root = lower(path.front());
  const std::string last = lower(path.back());
  if (path.size() == 2 && request.method == "GET") {
    call.what = root == "registrations" ? "state" : root == "enrollments" ? "enrollment" : "group";
    call.id = path[1];
  } else if (path.size() == 2 && request.method == "POST" && last == "query" && root != "registrations") {
    call.what = root == "enrollments" ? "enrollments" : "groups";
  } else if (path.size() == 3 && request.method == "POST" && root == "registrations" && last == "query") {
    call.what = "states";
    call.id = path[1];
  } else if (path.size() == 3 && request.method == "POST" && root != "registrations" &&
             last == "attestationmechanism") {
    call.what = root == "enrollments" ? "individualKeys" : "groupKeys";
    call.id = path[1];
  }
  return call;
}

Response ServiceApi::error(const Call& call, int status, int code, std::string_view message) const {
  return error_answer(status, code, message, call.request_id, instance_.now());
}

Response ServiceApi::handle(const Request& request) {
  Call call = read_call(request);
  ++counters_.requests[call.what];
  count_minute(counters_, instance_.now());
  Response response = judge(request, call);
  response.chunked = instance_.settings.chunked;
  if (call.fault) spoil(*call.fault, response);
  ++counters_.answers[response.status];
  if (instance_.log) {
    instance_.log(json{{"at", service_date(instance_.now())},
                       {"op", call.what},
                       {"id", call.id},
                       {"status", response.status},
                       {"fault", call.fault.has_value()}}
                      .dump(-1, ' ', false, json::error_handler_t::replace));
  }
  return response;
}

Response ServiceApi::judge(const Request& request, Call& call) {
  call.fault = instance_.faults.take(Faults::Op::service, call.id);
  if (call.fault) {
    ++counters_.faults;
    if (auto scripted = scripted_answer(*call.fault, call.request_id, instance_.now())) return *scripted;
  }
  if (!authorized(request)) return error(call, 401, 401000, "Unauthorized");
  const std::string version = query_value(request.target, "api-version");
  if (std::find(versions.begin(), versions.end(), version) == versions.end())
    return error(call, 400, 400001, "api-version is missing or not known");
  return route(request, call);
}

bool ServiceApi::authorized(const Request& request) const {
  const Settings& settings = instance_.settings;
  const auto token = parse_sas(request.header("authorization"));
  if (!token || settings.policy.empty() || token->skn != settings.policy) return false;
  if (WallTime(std::chrono::seconds(token->expires)) <= instance_.now()) return false;
  const std::string path = request.target.substr(0, request.target.find('?'));
  return covers(lower(token->resource), asked_host(request) + lower(path)) &&
         signed_by(*token, {settings.policy_key});
}

Response ServiceApi::route(const Request& request, const Call& call) {
  if (call.what == "other") return error(call, 405, 405000, "Method not allowed, or the id is missing");
  if (call.what == "state") {
    const Registration* known = instance_.registrations.find(call.id);
    if (known == nullptr || known->accepted_never())
      return error(call, 404, 404201, "Registration not found");
    return answer(200, registration_record(*known), call.request_id);
  }
  const bool one = call.what == "enrollment" || call.what == "group" || call.what.ends_with("Keys");
  return one ? enrollment(call) : query(request, call);
}

json ServiceApi::individual(const Enrollment& enrollment) const {
  const Registration* last = instance_.registrations.find(enrollment.id);
  return enrollment_record(enrollment, last == nullptr || last->accepted_never() ? nullptr : last);
}

Response ServiceApi::enrollment(const Call& call) {
  const bool group = call.what.starts_with("group");
  const auto& records = group ? instance_.enrollments.groups() : instance_.enrollments.individuals();
  const auto found = records.find(lower(call.id));
  if (found == records.end()) return error(call, 404, group ? 404202 : 404201, "Enrollment not found");
  const Enrollment& e = found->second;
  if (call.what.ends_with("Keys")) return answer(200, attestation_mechanism(e), call.request_id);
  return answer(200, group ? enrollment_record(e, nullptr) : individual(e), call.request_id);
}

Response ServiceApi::query(const Request& request, const Call& call) {
  const json body = json::parse(request.body, nullptr, false);
  const json text = body.is_object() ? body.value("query", json()) : json();
  // The query over a group's states goes without a body as well (§1.4).
  const bool may_be_bare = call.what == "states" && request.body.empty();
  if (!may_be_bare && !(text.is_string() && asks_for_everything(text.get<std::string>())))
    return error(call, 400, 400003, "Invalid query");
  if (call.what == "states" && !instance_.enrollments.groups().contains(lower(call.id)))
    return error(call, 404, 404202, "Enrollment group not found");

  int size = instance_.settings.page_size;
  if (const std::string& asked = request.header("x-ms-max-item-count"); !asked.empty()) {
    const auto [end, failure] = std::from_chars(asked.data(), asked.data() + asked.size(), size);
    if (failure != std::errc() || end != asked.data() + asked.size() || size < 1)
      return error(call, 400, 400004, "Invalid x-ms-max-item-count");
    size = std::min(size, instance_.settings.page_size);
  }
  const std::string name =
      call.what + " " + lower(call.id) + " " + lower(text.is_string() ? text.get<std::string>() : "");
  const std::string& token = request.header("x-ms-continuation");
  const auto at = token.empty() ? std::optional(Cursor()) : cursor_of(name, token);
  if (!at) return error(call, 400, 400005, "The continuation is of another query");
  const Page found = page(call, *at, static_cast<std::size_t>(size));
  Response response = answer(200, found.items, call.request_id);
  response.headers.emplace_back("x-ms-item-type", call.what == "enrollments" ? "Enrollment"
                                                  : call.what == "groups"    ? "EnrollmentGroup"
                                                                             : "DeviceRegistration");
  if (found.next) response.headers.emplace_back("x-ms-continuation", continuation(name, *found.next));
  return response;
}

Page ServiceApi::page(const Call& call, const Cursor& at, std::size_t size) const {
  const int empty = instance_.settings.empty_pages;
  if (call.what == "enrollments")
    return page_of(instance_.enrollments.individuals(), at, size, empty,
                   [this](const Enrollment& e) { return individual(e); });
  if (call.what == "groups")
    return page_of(instance_.enrollments.groups(), at, size, empty,
                   [](const Enrollment& e) { return enrollment_record(e, nullptr); });
  const std::string group = lower(call.id);
  return page_of(instance_.registrations.all(), at, size, empty, [&group](const Registration& r) {
    return r.accepted_never() || lower(r.group_id) != group ? json() : registration_record(r);
  });
}

}  // namespace leafgate::standin
