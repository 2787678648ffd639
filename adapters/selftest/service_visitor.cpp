#include "adapters/selftest/service_visitor.hpp"

#include "adapters/wire/json_text.hpp"
#include "gateway/net/http_client.hpp"

namespace leafgate::selftest {
namespace {

constexpr const char* nobody = "leafgate-check";  // asked for, never registered

Millis lasted_since(TimePoint then) { return std::chrono::duration_cast<Millis>(LoopClock::now() - then); }

// The device API says no in its own words: {"errorCode": 401002, "trackingId": ..., "message": ...}.
bool speaks_dps(const std::string& body) {
  const auto document = wire::json::checked(body);
  const auto members =
      document ? wire::json::members(*document) : Result<std::vector<wire::json::Member>>(document.error());
  if (!members) return false;
  const auto code = wire::json::find(*members, "errorCode");
  return code && wire::json::integer_of(*code).has_value();
}

std::string kind_of(const net::HttpResponse& response) {
  const std::string* type = response.headers.find("Content-Type");
  return type == nullptr ? "without a type" : *type;
}

}  // namespace

ServiceLook::ServiceLook(Executor loop, net::Connector& connector, ServiceDirectory* directory,
                         Options options)
    : connector_(connector),
      directory_(directory),
      options_(std::move(options)),
      deadlines_(loop),
      names_(loop) {}

Task<Result<void>> ServiceLook::resolve(ServiceVisit& into, TimePoint deadline) {
  if (options_.by_proxy) co_return Result<void>();
  const TimePoint begun = LoopClock::now();
  auto found = co_await names_.find(options_.target.host, deadline, deadlines_);
  if (!found) co_return found.error();
  into.resolved = lasted_since(begun);
  for (const auto& address : *found) into.addresses.push_back(address.to_string());
  co_return Result<void>();
}

Task<Result<ServiceVisit>> ServiceLook::visit() {
  const TimePoint deadline = LoopClock::now() + options_.time_limit;
  ServiceVisit out;
  auto resolved = co_await resolve(out, deadline);
  if (!resolved) co_return resolved.error();
  const TimePoint begun = LoopClock::now();
  auto stream = co_await connector_.connect(options_.target, deadline);
  if (!stream) co_return stream.error();
  out.connected = lasted_since(begun);
  std::unique_ptr<net::Stream> ready = std::move(*stream);
  const net::HttpConnect give = [&ready](TimePoint) -> Task<Result<std::unique_ptr<net::Stream>>> {
    if (!ready) co_return Error(Errc::unreachable, "closed without an answer");
    co_return std::move(ready);
  };
  net::HttpClient client(options_.address, give);
  net::HttpRequest request("GET", "/" + options_.id_scope + "/registrations/" + nobody + "/operations/" +
                                      nobody + "?api-version=2021-06-01");
  auto response = co_await client.send(std::move(request), deadline);
  if (!response) co_return response.error();
  out.http_status = response->status;
  out.is_dps = speaks_dps(response->body);
  if (!out.is_dps) out.said = std::to_string(response->status) + ", " + kind_of(*response);
  co_return out;
}

Task<Result<void>> ServiceLook::try_api() {
  if (options_.no_api) co_return *options_.no_api;
  if (directory_ == nullptr) co_return Error(Errc::not_found, "none is configured");
  RegistrationId id = RegistrationId::parse(nobody).value();
  auto state = co_await directory_->registration_state(std::move(id));
  if (!state) co_return state.error();
  // That nobody of this name is registered is what a policy that may look is told.
  if (state->http_status == 401 || state->http_status == 403)
    co_return Error(Errc::refused, "it answered " + std::to_string(state->http_status));
  co_return Result<void>();
}

}  // namespace leafgate::selftest
