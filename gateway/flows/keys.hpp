#pragma once

#include <string>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/ports/trust.hpp"

namespace leafgate {

// A key one device may sign with.
struct HeldKey {
  crypto::Secret key;
  bool secondary = false;
};

struct DeviceKeys {
  std::vector<HeldKey> keys;
  bool missing = false;  // others live in the TPM, which has not derived this leaf's yet
};

// How an enrollment is named where a record refers to it: "individual ID" or "group ID".
[[nodiscard]] std::string reference(const Enrollment& enrollment);
// Whether that is how a record refers to it: for whoever looks among many, since no text is made.
[[nodiscard]] bool is_called(const Enrollment& enrollment, std::string_view reference);

// The keys by which `id` may prove itself under this enrollment: the primary before the secondary one; for a
// group those derived for the id as the leaf typed it and, where that differs, in lower case, because tooling
// derives from what was typed. Empty when no key is held. Errors: Trust's.
Result<DeviceKeys> device_keys(const Enrollment& enrollment, const RegistrationId& id, Trust& trust);

}  // namespace leafgate
