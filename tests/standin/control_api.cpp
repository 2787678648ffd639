#include "tests/standin/control_api.hpp"

#include <stdexcept>

#include "tests/standin/server.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

struct NotFound : std::runtime_error {
  using std::runtime_error::runtime_error;
};

json describe(const TpmRounds& tpm) {
  json hub_keys = json::array();
  for (const std::string& key : tpm.hub_keys) hub_keys.push_back(base64_encode(key));
  return {{"challenges", tpm.challenges}, {"hubKeys", hub_keys}};
}

json describe(const Registration& r) {
  json results = json::array();
  for (const Assignment& a : r.given) results.push_back({{"assignedHub", a.hub}, {"deviceId", a.device_id}});
  return {{"registrationId", r.id}, {"status", r.status},
          {"puts", r.puts},         {"accepted", r.accepted},
          {"polls", r.polls},       {"results", results},
          {"lastSr", r.last_sr},    {"lastCertificate", r.last_certificate},
          {"lastTls", r.last_tls},  {"substatus", r.substatus},
          {"etag", r.etag},         {"lastTransport", r.last_transport},
          {"tpm", describe(r.tpm)}, {"enrollmentGroupId", r.group_id}};
}

json describe(const Quota& q) {
  return {{"most", q.most()},
          {"windowSeconds", q.window_seconds()},
          {"worstOffered", q.worst_offered()},
          {"worstTaken", q.worst_taken()},
          {"throttled", q.throttled()}};
}

json by_status(const std::map<int, std::uint64_t>& answers) {
  json out = json::object();
  for (const auto& [status, count] : answers) out[std::to_string(status)] = count;
  return out;
}

json connections(const Server& server) {
  const ConnectionCounters& n = server.counters();
  return {{"accepted", n.accepted},       {"refused", n.refused}, {"open", n.open},
          {"maxConcurrent", n.most_open}, {"tls", n.tls_done},    {"tlsResumed", n.tls_resumed},
          {"tlsFailed", n.tls_failed}};
}

json visits(const HubBook& book) {
  json out = json::object();
  for (const auto& [name, v] : book) {
    out[name] = {{"connections", v.connections},
                 {"connects", v.connects},
                 {"pings", v.pings},
                 {"lastClientId", v.last_client_id},
                 {"lastCertificate", v.last_certificate}};
  }
  return out;
}

}  // namespace

Response ControlApi::handle(const Request& request) {
  Response response;
  const auto put = [&](int status, const json& body) {
    response.status = status;
    response.body = body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
  };
  try {
    put(200, route(request));
  } catch (const NotFound& error) {
    put(404, {{"error", error.what()}});
  } catch (const std::exception& error) {
    put(400, {{"error", error.what()}});
  }
  return response;
}

json ControlApi::route(const Request& request) {
  const std::string& target = request.target;
  if (target == "/faults") return faults(request);
  if (target.starts_with("/registrations")) return registrations(request);
  if (target == "/stats" && request.method == "GET") return stats();
  if (target == "/settings" && request.method == "POST") return settings(request);
  if (target == "/enrollments" && request.method == "PUT") {
    Enrollments fresh = Enrollments::parse(request.body);
    fresh.succeed(parts_.instance.enrollments, parts_.instance.now());
    parts_.instance.enrollments = std::move(fresh);
    return {{"enrollments", parts_.instance.enrollments.size()}};
  }
  if (target == "/down" && request.method == "POST") {
    const json body = request.body.empty() ? json::object() : json::parse(request.body);
    const bool cut = body.value("connections", std::string()) != "keep";
    parts_.https.down(cut);
    if (parts_.mqtt != nullptr) parts_.mqtt->down(cut);
    return {{"up", false}};
  }
  if (target == "/up" && request.method == "POST") {
    parts_.https.up();
    if (parts_.mqtt != nullptr) parts_.mqtt->up();
    return {{"up", true}};
  }
  throw NotFound(request.method + " " + target);
}

json ControlApi::faults(const Request& request) {
  if (request.method == "POST") {
    const json body = json::parse(request.body);
    json numbers = json::array();
    for (const json& rule : body.is_array() ? body : json::array({body}))
      numbers.push_back(parts_.instance.faults.add(rule));
    return {{"rules", numbers}};
  }
  if (request.method == "DELETE") parts_.instance.faults.clear();
  return {{"rules", parts_.instance.faults.describe()}};
}

json ControlApi::registrations(const Request& request) {
  static constexpr std::string_view one = "/registrations/";
  if (request.target.starts_with(one)) {
    const std::string id = percent_decode(request.target.substr(one.size())).value_or("");
    const Registration* known = parts_.instance.registrations.find(id);
    if (known == nullptr) throw NotFound("no registration " + id);
    return describe(*known);
  }
  if (request.method == "DELETE") parts_.instance.registrations.forget_all();
  json list = json::array();
  for (const auto& [key, registration] : parts_.instance.registrations.all())
    list.push_back(describe(registration));
  return {{"registrations", list}, {"toldDifferently", parts_.instance.registrations.told_differently()}};
}

json ControlApi::settings(const Request& request) {
  const json body = json::parse(request.body);
  Settings& s = parts_.instance.settings;
  s.polls = body.value("polls", s.polls);
  s.retry_after = body.value("retry_after", s.retry_after);
  s.page_size = body.value("page_size", s.page_size);
  s.empty_pages = body.value("empty_pages", s.empty_pages);
  return {{"polls", s.polls},
          {"retry_after", s.retry_after},
          {"page_size", s.page_size},
          {"empty_pages", s.empty_pages}};
}

json ControlApi::stats() const {
  const DeviceCounters& c = parts_.device_api.counters();
  const ServiceCounters& s = parts_.service_api.counters();
  return {{"up", parts_.https.is_up()},
          {"requests",
           {{"register", c.registers},
            {"challenge", c.challenges},
            {"poll", c.polls},
            {"lookup", c.lookups},
            {"other", c.others}}},
          {"transports", c.transports},
          {"faults", c.faults},
          {"answers", by_status(c.answers)},
          {"outcomes", c.outcomes},
          {"quota", describe(parts_.device_api.quota())},
          {"service",
           {{"requests", s.requests},
            {"answers", by_status(s.answers)},
            {"faults", s.faults},
            {"busiestMinute", s.busiest_minute}}},
          {"registrationIds", parts_.instance.registrations.all().size()},
          {"toldDifferently", parts_.instance.registrations.told_differently().size()},
          {"hub", visits(parts_.hub_book)},
          {"connections", connections(parts_.https)},
          {"mqttConnections", parts_.mqtt == nullptr ? json() : connections(*parts_.mqtt)}};
}

}  // namespace leafgate::standin
