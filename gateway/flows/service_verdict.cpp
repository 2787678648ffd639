#include "gateway/flows/service_verdict.hpp"

#include <algorithm>

namespace leafgate {
namespace {

constexpr std::size_t longest_dns_name = 253;
constexpr std::size_t longest_dns_label = 63;

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

bool is_label(std::string_view label) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !label.empty() && label.size() <= longest_dns_label && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), fits);
}

bool is_numeric(std::string_view label) {
  return std::all_of(label.begin(), label.end(), [](char c) { return c >= '0' && c <= '9'; });
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

}  // namespace

bool is_plausible_hub(std::string_view name, const std::vector<std::string>& hub_suffixes) {
  if (name.empty() || name.size() > longest_dns_name) return false;
  std::size_t labels = 0;
  std::string_view rest = name;
  std::string_view last;
  while (true) {
    const std::size_t dot = rest.find('.');
    last = rest.substr(0, dot);
    if (!is_label(last)) return false;
    ++labels;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (labels < 2 || is_numeric(last)) return false;  // a numeric last label is an IPv4 address
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
