#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// A backup brought back, while the daemon is stopped. All of it is checked in the folder restore.part of the
// state folder; renaming that to "restored" is the moment from which on the state folder is the restored one.
// What is left to do then, each start does first: old files go into restored/replaced-TIME, the new ones come
// out, replaced-TIME goes up into the state folder.

struct RestoreOrder {
  std::string file;         // the backup
  std::string private_pem;  // the key that opens it
  std::string state_dir;
  bool replace = false;  // a store that is there is moved aside
  WallTime now{};        // for the name of the folder it is moved to
  // For tests of faults: called before each step that changes what is in place; an error ends it there, as a
  // kill would.
  std::function<Result<void>()> before_step = {};
};

struct Restored {
  std::string gateway;  // that made the backup
  WallTime made{};
  std::uint64_t octets = 0;  // of the database
  int version = 0;           // of its schema
  std::string replaced;      // the folder with what was there before; empty: nothing was
};

// Errors: not_found (no such file), malformed, unsupported, refused (what the envelope says; it is damaged),
// conflict (a daemon runs, a store is there, the schema is a newer one), store_full, store_fault. All but a
// fault behind the last check leave the state folder as it was.
Result<Restored> restore(const RestoreOrder& order);

// Ends a restore that was interrupted; does nothing where there was none. The caller holds the folder's lock.
Result<void> finish_restore(const std::string& state_dir,
                            const std::function<Result<void>()>& before_step = {});

}  // namespace leafgate
