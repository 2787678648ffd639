#include "tests/standin/control_api.hpp"

#include <stdexcept>

#include "tests/standin/server.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

struct NotFound : std::runtime_error {
  using std::runtime_error::runtime_error;
};

json describe(const Registration& r) {
  json results = json::array();
  for (const Assignment& a : r.given) results.push_back({{"assignedHub", a.hub}, {"deviceId", a.device_id}});
  return {{"registrationId", r.id},
          {"status", r.status},
          {"puts", r.puts},
          {"accepted", r.accepted},
          {"polls", r.polls},
          {"results", results},
          {"lastSr", r.last_sr},
          {"lastCertificate", r.last_certificate},
          {"substatus", r.substatus},
          {"etag", r.etag},
          {"lastTransport", r.last_transport},
          {"enrollmentGroupId", r.group_id}};
}

json by_status(const std::map<int, std::uint64_t>& answers) {
  json out = json::object();
  for (const auto& [status, count] : answers) out[std::to_string(status)] = count;
  return out;
}

}  // namespace

ControlApi::ControlApi(Instance& instance, const DeviceApi& device_api, const ServiceApi& service_api,
                       Server& server)
    : instance_(instance), device_api_(device_api), service_api_(service_api), server_(server) {}

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
    fresh.succeed(instance_.enrollments, instance_.now());
    instance_.enrollments = std::move(fresh);
    return {{"enrollments", instance_.enrollments.size()}};
  }
  if (target == "/down" && request.method == "POST") {
    const json body = request.body.empty() ? json::object() : json::parse(request.body);
    server_.down(body.value("connections", std::string()) != "keep");
    return {{"up", false}};
  }
  if (target == "/up" && request.method == "POST") {
    server_.up();
    return {{"up", true}};
  }
  throw NotFound(request.method + " " + target);
}

json ControlApi::faults(const Request& request) {
  if (request.method == "POST") {
    const json body = json::parse(request.body);
    json numbers = json::array();
    for (const json& rule : body.is_array() ? body : json::array({body}))
      numbers.push_back(instance_.faults.add(rule));
    return {{"rules", numbers}};
  }
  if (request.method == "DELETE") instance_.faults.clear();
  return {{"rules", instance_.faults.describe()}};
}

json ControlApi::registrations(const Request& request) {
  static constexpr std::string_view one = "/registrations/";
  if (request.target.starts_with(one)) {
    const std::string id = percent_decode(request.target.substr(one.size())).value_or("");
    const Registration* known = instance_.registrations.find(id);
    if (known == nullptr) throw NotFound("no registration " + id);
    return describe(*known);
  }
  if (request.method == "DELETE") instance_.registrations.forget_all();
  json list = json::array();
  for (const auto& [key, registration] : instance_.registrations.all())
    list.push_back(describe(registration));
  return {{"registrations", list}, {"toldDifferently", instance_.registrations.told_differently()}};
}

json ControlApi::settings(const Request& request) {
  const json body = json::parse(request.body);
  Settings& s = instance_.settings;
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
  const DeviceCounters& c = device_api_.counters();
  const ServiceCounters& s = service_api_.counters();
  const ConnectionCounters& n = server_.counters();
  return {{"up", server_.is_up()},
          {"requests",
           {{"register", c.registers}, {"poll", c.polls}, {"lookup", c.lookups}, {"other", c.others}}},
          {"transports", c.transports},
          {"faults", c.faults},
          {"answers", by_status(c.answers)},
          {"outcomes", c.outcomes},
          {"service", {{"requests", s.requests}, {"answers", by_status(s.answers)}, {"faults", s.faults}}},
          {"registrationIds", instance_.registrations.all().size()},
          {"toldDifferently", instance_.registrations.told_differently().size()},
          {"connections",
           {{"accepted", n.accepted},
            {"refused", n.refused},
            {"open", n.open},
            {"maxConcurrent", n.most_open},
            {"tls", n.tls_done},
            {"tlsResumed", n.tls_resumed},
            {"tlsFailed", n.tls_failed}}}};
}

}  // namespace leafgate::standin
