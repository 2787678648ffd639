#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "gateway/ports/random.hpp"
#include "store/key_file.hpp"
#include "store/sealed_blob.hpp"
#include "store/sealing_rows.hpp"
#include "store/state_dir.hpp"

namespace leafgate {

// How a store finds its sealing keys when it is opened.
struct SealingStart {
  std::vector<sealing_rows::Key> rows;
  SealingKeys open;                     // what the key file gave
  std::optional<std::int64_t> in_file;  // which key stands in it
  bool reseal = false;                  // there is sealing to be done once the newest key is open
  bool clear = false;                   // secrets in clear are still to be sealed: there was no room
};

// Before anyone else uses the database: makes a key and its file at the first start; opens the key that
// stands in the file; seals what is not under the newest key if that is open, and cleans up behind it. A disk
// without room for that does not stop a start: the next one tries again. Errors: conflict (a key file that
// others may read; keys that were removed), store_full (no room for a first key), store_fault.
Result<SealingStart> start_sealing(Connection& connection, const StateDir& dir, Random& random);

}  // namespace leafgate
