#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/standin/tpm_credential.hpp"

namespace leafgate::standin {

// The keys in the member `tpm` of a register request; nothing when they are not of a TPM.
struct ShownTpm {
  TpmPublic endorsement;
  TpmPublic storage;
};
std::optional<ShownTpm> shown_tpm(const nlohmann::json& member);

// One challenge, and what a device earns that can answer it (sheet §5.1).
struct TpmRound {
  ShownTpm tpm;
  std::string key;  // 32 octets; signs the token of this round
};

// What the service keeps of a device that shows a TPM.
struct TpmRounds {
  std::shared_ptr<const TpmRound> open;      // good for one registration; a newer challenge takes its place
  std::shared_ptr<const TpmRound> accepted;  // that opened the last operation
  std::uint64_t challenges = 0;
  std::vector<std::string> hub_keys;  // given so far, the one that counts at the hub last

  // The authenticationKey of a new challenge for these keys.
  std::string challenge(ShownTpm tpm, std::string_view remark);
  // The authenticationKey with a new hub key: each registration rolls it (service sheet §3.5).
  std::string roll_hub_key(const TpmRound& round, std::string_view remark);
};

}  // namespace leafgate::standin
