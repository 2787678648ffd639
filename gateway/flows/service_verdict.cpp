#include "gateway/flows/service_verdict.hpp"

#include <algorithm>

#include "gateway/model/dns_name.hpp"

namespace leafgate {
namespace {

ServiceVerdict verdict(ServiceSays says, Reason reason, bool reached, std::string detail) {
  ServiceVerdict v;
  v.says = says;
  v.reason = reason;
  v.reached = reached;
  v.detail = std::move(detail);
  return v;
}

ServiceVerdict implausible(std::string detail) {
  return verdict(ServiceSays::gateway_fault, Reason::service_answer_implausible, false, std::move(detail));
}

// The error's own words, short: what the engineer needs and support will ask for.
std::string said(const ServiceAnswer& answer) {
  std::string text = "HTTP " + std::to_string(answer.http_status);
  if (answer.error_code != 0) text += ", errorCode " + std::to_string(answer.error_code);
  if (!answer.message.empty()) text += ": " + answer.message;
  if (!answer.tracking_id.empty()) text += " (trackingId " + answer.tracking_id + ")";
  return text;
}

ServiceVerdict judge_operation(const ServiceAnswer& answer, const RegistrationId& id,
                               const std::vector<std::string>& hub_suffixes) {
  if (!answer.status) return implausible("an answer without status");
  if (!answer.registration_id.empty() && !equal_ignoring_case(answer.registration_id, id.text()))
    return implausible("the answer is about another registrationId");
  switch (*answer.status) {
    case RegistrationStatus::assigning:
    case RegistrationStatus::unassigned:
      if (!answer.operation) return implausible("assigning without operationId");
      return verdict(ServiceSays::assigning, Reason::none, true, {});
    case RegistrationStatus::assigned:
      if (answer.registration_id.empty()) return implausible("assigned without registrationId");
      if (!is_plausible_hub(answer.assigned_hub, hub_suffixes))
        return implausible("assignedHub is not the name of a hub");
      if (answer.device_id.empty()) return implausible("assigned without deviceId");
      return verdict(ServiceSays::assigned, Reason::assigned_by_service, true, {});
    case RegistrationStatus::failed:
      return verdict(ServiceSays::failed, Reason::service_failed, true, said(answer));
    case RegistrationStatus::disabled:
      return verdict(ServiceSays::disabled, Reason::service_disabled, true, said(answer));
  }
  return implausible("an unknown status");
}

constexpr Millis clocks_too_far_apart = std::chrono::minutes(5);

}  // namespace

std::string clock_gap(int http_status, std::optional<WallTime> theirs, WallTime ours) {
  if (http_status != 401 || !theirs || std::chrono::abs(*theirs - ours) <= clocks_too_far_apart) return {};
  return "; the service's clock is " + to_text(std::chrono::abs(*theirs - ours)) +
         (*theirs > ours ? " ahead of" : " behind") + " the gateway's: look at the time here";
}

bool is_plausible_hub(std::string_view name, const std::vector<std::string>& hub_suffixes) {
  if (!is_dns_name(name) || name.find('.') == std::string_view::npos) return false;
  if (hub_suffixes.empty()) return true;
  const std::string lower = ascii_lower(name);
  return std::any_of(hub_suffixes.begin(), hub_suffixes.end(), [&lower](const std::string& suffix) {
    const std::string s = ascii_lower(suffix);
    return lower == s || lower.ends_with("." + s);
  });
}

Reason reason_of_trouble(const Error& error) {
  switch (error.code) {
    case Errc::implausible:
    case Errc::malformed:
    case Errc::too_large:
      return Reason::service_answer_implausible;
    case Errc::untrusted:
      return Reason::service_certificate_untrusted;
    case Errc::proxy_failed:
      return Reason::proxy_failed;
    case Errc::own_address:
      return Reason::service_resolves_to_self;
    default:
      return Reason::service_unreachable;
  }
}

ServiceVerdict judge_service(const Result<ServiceAnswer>& answer, const RegistrationId& id,
                             const std::vector<std::string>& hub_suffixes) {
  if (!answer) {
    const Reason reason = reason_of_trouble(answer.error());
    const bool later = reason == Reason::service_unreachable;
    return verdict(later ? ServiceSays::retry : ServiceSays::gateway_fault, reason, false,
                   answer.error().detail);
  }
  const int status = answer->http_status;
  if (status == 200 || status == 202) return judge_operation(*answer, id, hub_suffixes);
  if (status == 429) return verdict(ServiceSays::throttled, Reason::service_throttled, true, said(*answer));
  if (status == 408 || status >= 500)
    return verdict(ServiceSays::retry, Reason::service_unreachable, true, said(*answer));
  if (status == 401 || status == 403 || status == 404)
    return verdict(ServiceSays::unconfirmed, Reason::service_verdict_unconfirmed, true, said(*answer));
  if (status >= 400) return verdict(ServiceSays::refused, Reason::service_refused, true, said(*answer));
  return implausible("HTTP status " + std::to_string(status));
}

}  // namespace leafgate
