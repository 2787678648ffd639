#include "gateway/model/registration.hpp"

namespace leafgate {

std::string_view to_text(RegistrationStatus status) {
  switch (status) {
    case RegistrationStatus::unassigned:
      return "unassigned";
    case RegistrationStatus::assigning:
      return "assigning";
    case RegistrationStatus::assigned:
      return "assigned";
    case RegistrationStatus::failed:
      return "failed";
    case RegistrationStatus::disabled:
      return "disabled";
  }
  return "unassigned";
}

std::optional<RegistrationStatus> registration_status_from(std::string_view text) {
  for (const auto status :
       {RegistrationStatus::unassigned, RegistrationStatus::assigning, RegistrationStatus::assigned,
        RegistrationStatus::failed, RegistrationStatus::disabled})
    if (to_text(status) == text) return status;
  return std::nullopt;
}

std::string_view to_text(ForwardClass c) {
  switch (c) {
    case ForwardClass::waiting_now:
      return "waiting-now";
    case ForwardClass::backlog:
      return "backlog";
    case ForwardClass::relay:
      return "relay";
    case ForwardClass::refresh:
      return "refresh";
  }
  return "backlog";
}

}  // namespace leafgate
