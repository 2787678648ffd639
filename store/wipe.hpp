#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gateway/model/result.hpp"
#include "gateway/model/tpm.hpp"

namespace leafgate {

// What was there before everything went: an operator keeps it.
struct WipeRecord {
  std::string database_sha256;  // hex; empty: there was none
  std::uint64_t octets = 0;     // of it
  std::string trouble;          // why its rows could not be read; its file went all the same
  std::optional<TpmAnchor> anchor;
  std::vector<std::string> left;  // names in the state folder that are not the store's
};

// Takes a store away while the daemon is stopped. Keys first, each overwritten: the key file, then the rows
// of sealed keys with what opens the TPM's counter, then copies of before a migration; without them the rest
// is noise. Then the rest, overwritten too: database, log, reserve, what a restore has put aside. The folder
// and its lock stay. Done again it goes on where it was ended. Errors: not_found (there is nothing), conflict
// (a daemon runs), store_fault.
Result<WipeRecord> wipe(const std::string& state_dir);

}  // namespace leafgate
