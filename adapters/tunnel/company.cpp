#include "adapters/tunnel/company.hpp"

#include <utility>

namespace leafgate::tunnel {

void Company::tell(const std::string& address, Reason reason, std::string detail,
                   const std::string& claimed_id) {
  DoorEvent event;
  event.source = Source{Transport::tunnel, address};
  event.reason = reason;
  event.step = "tunnel";
  event.detail = std::move(detail);
  event.claimed_id = claimed_id;
  journal.note(std::move(event));
}

}  // namespace leafgate::tunnel
