#include "gateway/flows/receipts.hpp"

#include <utility>

namespace leafgate {

Ruling ruling_of(const std::optional<Assignment>& before, const Assignment& after) {
  const bool same_place =
      before && before->assigned_hub == after.assigned_hub && before->device_id == after.device_id;
  return same_place ? Ruling::refreshed : Ruling::assigned;
}

Receipt receipt_of(Ruling ruling, Reason reason, WallReading now, std::string operation_id) {
  Receipt out;
  out.ruling = ruling;
  out.reason = reason;
  out.at = now.at;
  out.clock = now.quality;
  out.operation_id = std::move(operation_id);
  return out;
}

void take_receipt(std::optional<Assignment>& assignment, const Receipt& receipt, std::int64_t sequence) {
  if (assignment && tells_of_an_assignment(receipt.ruling) && sequence != 0) assignment->receipt = sequence;
}

}  // namespace leafgate
