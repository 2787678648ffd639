#include "adapters/https/request.hpp"

#include <algorithm>
#include <utility>

#include "adapters/wire/dps_json.hpp"

namespace leafgate::https {
namespace {

constexpr std::size_t longest_client = 256;

Refusal refusal(int status, std::string message, Reason reason, std::string detail) {
  Refusal out;
  out.status = status;
  out.message = std::move(message);
  out.reason = reason;
  out.detail = std::move(detail);
  return out;
}

constexpr const char* too_large = "The message is too large.";

Refusal bad_request(std::string detail) {
  return refusal(400, "Bad request.", Reason::request_malformed, std::move(detail));
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// What the path names: one of the three operations.
enum class Asked { registration, status, lookup };

struct Place {
  Asked asked = Asked::lookup;
  std::string_view method;
};

std::optional<Place> place_of(const std::vector<std::string>& path) {
  if (path.size() < 3 || !equal_ignoring_case(path[1], "registrations")) return std::nullopt;
  if (path.size() == 3) return Place{Asked::lookup, "POST"};
  if (path.size() == 4 && equal_ignoring_case(path[3], "register")) return Place{Asked::registration, "PUT"};
  if (path.size() == 5 && equal_ignoring_case(path[3], "operations")) return Place{Asked::status, "GET"};
  return std::nullopt;
}

bool has_parameter(const net::HttpTarget& target, std::string_view name) {
  return std::any_of(target.query.begin(), target.query.end(), [name](const auto& pair) {
    return equal_ignoring_case(pair.first, name) && !pair.second.empty();
  });
}

std::optional<Refusal> check_content(const net::HttpRequest& request) {
  if (const std::string* coding = request.headers.find("Content-Encoding")) {
    if (!equal_ignoring_case(*coding, "utf-8") && !equal_ignoring_case(*coding, "identity"))
      return refusal(415, "Unsupported media type.", Reason::request_malformed,
                     "Content-Encoding " + *coding);
  }
  if (request.body.empty()) return std::nullopt;
  const std::string* type = request.headers.find("Content-Type");
  const std::string_view media = type ? trimmed(std::string_view(*type).substr(0, type->find(';'))) : "";
  if (type && !equal_ignoring_case(media, "application/json"))
    return refusal(415, "Unsupported media type.", Reason::request_malformed, "Content-Type " + *type);
  return std::nullopt;
}

std::string_view user_agent_of(const net::HttpHeaders& headers) {
  const std::string* agent = headers.find("User-Agent");
  if (!agent) agent = headers.find("UserAgent");
  return agent ? std::string_view(*agent).substr(0, longest_client) : std::string_view();
}

// Fills in what the operation brings beside its path.
std::optional<Refusal> read_content(const net::HttpRequest& request, const Place& place,
                                    const std::vector<std::string>& path, Attempt& attempt) {
  if (place.asked == Asked::status) {
    auto operation = OperationId::parse(path[4]);
    if (!operation)
      return refusal(404, "Operation not found.", Reason::operation_unknown, "not an operationId");
    attempt.operation = std::move(*operation);
    return std::nullopt;
  }
  if (auto refused = check_content(request)) return refused;
  auto content = wire::read_register_body(request.body, attempt.id);
  if (!content && content.error().code == Errc::too_large)
    return refusal(400, too_large, Reason::request_too_large, content.error().detail);
  if (!content) return bad_request(content.error().detail);
  attempt.lookup = place.asked == Asked::lookup;
  if (attempt.lookup && !content->csr.empty()) return bad_request("a csr in a lookup");
  attempt.request = std::move(*content);
  return std::nullopt;
}

}  // namespace

// Of a request without a length the words say what would help; of the others who sent them learns no more
// than from the service.
Refusal refusal_of(const net::HttpRequest& request, int status, std::string_view why) {
  constexpr int length_required = 411;
  constexpr int content_too_large = 413;
  Refusal out = bad_request(std::string(why));
  out.status = status;
  if (status == length_required) out.message = why;
  if (status == content_too_large) {
    out.message = too_large;
    out.reason = Reason::request_too_large;
  }
  const auto target = net::parse_target(request.target);
  if (!target || !place_of(target->path)) return out;
  if (const auto id = RegistrationId::parse(target->path[2])) out.claimed_id = id->text();
  return out;
}

ClientFamily client_family(std::string_view user_agent) {
  if (user_agent.starts_with("prov_device_client/")) return ClientFamily::c;
  if (user_agent.starts_with("Microsoft.Azure.Devices.Provisioning.Client/")) return ClientFamily::csharp;
  if (user_agent.starts_with("com.microsoft.azure.sdk.iot.dps.dps-device-client/")) return ClientFamily::java;
  return ClientFamily::unknown;
}

bool takes_direct_answer(std::string_view user_agent) {
  return user_agent.starts_with("azure-iot-provisioning-device/") ||
         user_agent.starts_with("prov_device_client/");
}

std::variant<Attempt, Refusal> read_request(const net::HttpRequest& request) {
  auto target = net::parse_target(request.target);
  if (!target) return bad_request(target.error().detail);
  const auto place = place_of(target->path);
  if (!place) {
    return refusal(404, "Resource not found.", Reason::request_malformed, "no path of the device API");
  }
  auto id = RegistrationId::parse(target->path[2]);
  if (!id)
    return refusal(400, "Bad request.", Reason::identity_malformed, "not a registrationId in the path");
  const auto with_id = [&id](Refusal refused) {
    refused.claimed_id = id->text();
    return refused;
  };
  auto scope = IdScope::parse(target->path[0]);
  if (!scope)
    return with_id(refusal(404, "Resource not found.", Reason::wrong_scope, "not an ID scope in the path"));
  if (request.method != place->method) {
    Refusal refused =
        refusal(405, "Method not allowed.", Reason::request_malformed, request.method + " of this path");
    refused.allowed = place->method;
    return with_id(std::move(refused));
  }
  if (!has_parameter(*target, "api-version")) return with_id(bad_request("no api-version"));
  if (request.headers.count("Authorization") > 1) return with_id(bad_request("more than one Authorization"));

  Attempt attempt(std::move(*scope), std::move(*id));
  if (auto refused = read_content(request, *place, target->path, attempt)) {
    refused->claimed_id = attempt.id.text();
    return std::move(*refused);
  }
  if (const std::string* token = request.headers.find("Authorization")) {
    SasEvidence evidence;
    evidence.token = *token;
    attempt.evidence = std::move(evidence);
  }
  attempt.client = user_agent_of(request.headers);
  attempt.direct = takes_direct_answer(attempt.client);
  attempt.family = client_family(attempt.client);
  attempt.source.transport = Transport::https;
  attempt.source.address = request.peer.info.address;
  return attempt;
}

}  // namespace leafgate::https
