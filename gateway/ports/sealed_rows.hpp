#pragma once

#include <string>
#include <string_view>

namespace leafgate::sealed_rows {

// The names under which Trust seals what stands in the rows of the store. Whoever seals anew (a key that
// replaces another) must find the name by the row alone, so there are no others than these.

// Keys of an enrollment: "individual ID", "group ID", as flows name it (flows/keys.hpp, reference()).
[[nodiscard]] inline std::string_view of_kind(bool individual) {
  return individual ? "individual " : "group ";
}
[[nodiscard]] inline std::string enrollment(bool individual, std::string_view id) {
  return std::string(of_kind(individual)).append(id);
}
[[nodiscard]] inline bool is_enrollment(bool individual, std::string_view id, std::string_view name) {
  const std::string_view kind = of_kind(individual);
  return name.size() == kind.size() + id.size() && name.starts_with(kind) && name.ends_with(id);
}

// The authenticationKey of a leaf with a TPM; `key` is its registrationId in lower case.
[[nodiscard]] inline std::string registration(std::string_view key) {
  return std::string("registration ").append(key);
}

// What a group key in the TPM derived: for the registrationId `id`, as typed, under `enrollment` ("group
// ID").
[[nodiscard]] inline std::string derived(std::string_view enrollment, std::string_view id) {
  return std::string("derived ").append(id).append(" ").append(enrollment);
}

// The value that opens the epoch counter of the TPM.
[[nodiscard]] inline std::string counter() { return "tpm counter"; }

// The key by which the gateway's own hub knows it.
[[nodiscard]] inline std::string own_hub_key() { return "own hub key"; }

// The key by which the gateway proves itself to leaves without IP.
[[nodiscard]] inline std::string link_key() { return "link key"; }

}  // namespace leafgate::sealed_rows
