#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/leaf/program/keys.hpp"
#include "adapters/leaf/program/options.hpp"
#include "adapters/leaf/program/tpm.hpp"

namespace leafgate::device {

// What this leaf can prove itself by; exactly one of the three.
struct Identity {
  std::string device_key;  // octets
  std::vector<Octets> chain;
  std::unique_ptr<SigningKey> key;
  std::unique_ptr<Tpm> tpm;
};

// Throws std::runtime_error that says what is wrong with a file, or TpmError.
Identity open_identity(const Options& options);

// What the operator must enroll: DPS's JSON in one line.
std::string enrollment_json(const Options& options, const Identity& identity);
// The same for people, where there is a TPM: what to type or to scan. Empty for the others.
std::string enrollment_text(const Options& options, const Identity& identity);

}  // namespace leafgate::device
