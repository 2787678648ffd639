#include "gateway/flows/operation_ids.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "gateway/crypto/digest.hpp"

namespace leafgate {
namespace {

// `5.` + 8 octets + `.` + 16 octets in the look of a guid.
OperationId shaped(ByteView leaf, ByteView rest) {
  const std::string hex = crypto::hex(rest.first(16));
  return OperationId::parse("5." + crypto::hex(leaf.first(8)) + "." + hex.substr(0, 8) + "-" +
                            hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
                            hex.substr(20, 12))
      .value();
}

std::string labelled(std::string_view label, std::string_view a, std::string_view b) {
  std::string message(label);
  message += '\0';
  message += a;
  message += '\0';
  message += b;
  return message;
}

OperationId computed(Trust& trust, std::string_view label, std::string_view key, std::string_view etag) {
  const std::string leaf = trust.store_mac(labelled(label, key, {}));
  const std::string rest = trust.store_mac(labelled("assignment", key, etag));
  return shaped(as_bytes(leaf), as_bytes(rest));
}

bool is_computed(Trust& trust, std::string_view label, std::string_view key, const OperationId& operation) {
  const std::vector<std::string> macs = trust.store_macs(labelled(label, key, {}));
  return std::any_of(macs.begin(), macs.end(), [&operation](const std::string& mac) {
    return operation.text().starts_with("5." + crypto::hex(as_bytes(mac).first(8)) + ".");
  });
}

}  // namespace

OperationId OperationIds::fresh() {
  std::array<std::uint8_t, 24> octets{};
  random_.fill(octets);
  const ByteView view(octets);
  return shaped(view.first(8), view.subspan(8));
}

OperationId OperationIds::of_cached(std::string_view registration_key, std::string_view assignment_etag) {
  return computed(trust_, "cached", registration_key, assignment_etag);
}

bool OperationIds::is_cached(std::string_view registration_key, const OperationId& operation) {
  return is_computed(trust_, "cached", registration_key, operation);
}

OperationId OperationIds::of_unwritten(std::string_view registration_key) {
  return computed(trust_, "unwritten", registration_key, {});
}

bool OperationIds::is_unwritten(std::string_view registration_key, const OperationId& operation) {
  return is_computed(trust_, "unwritten", registration_key, operation);
}

}  // namespace leafgate
