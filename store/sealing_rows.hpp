#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/tpm.hpp"
#include "store/connection.hpp"

namespace leafgate::sealing_rows {

// All SQL on the tables `sealing_key`, `sealing_work` and `tpm_anchor`.

struct Key {
  std::int64_t id = 0;              // 0: to be given
  std::optional<TpmObject> sealed;  // none: in the key file
  std::string proof;                // SealingKey::proof()
  Bytes recovery;
};

// Oldest first. A sealed object that does not parse is a store_fault.
Result<std::vector<Key>> list(Connection& connection);
// Adds the newest, and notes that everything is to be sealed anew and freed pages to be cleaned then. Gives
// its id.
Result<std::int64_t> add(Connection& connection, const Key& key);
Result<void> replace(Connection& connection, std::int64_t id, const TpmObject& sealed, const Bytes& recovery);
// Takes it out, and notes that a key file that holds it may go.
Result<void> retire(Connection& connection, const Key& key);

// What is to be done yet.
struct Work {
  std::int64_t last_key = 0;  // highest id that was given
  bool reseal = false;        // secrets may stand there that are not under the newest key
  bool clear = false;         // and some of them in clear
  bool scrub = false;  // free pages, the log and copies may hold what was sealed otherwise, or not at all
  std::set<std::string> retired;  // proofs of keys that were replaced
};
Result<Work> work(Connection& connection);
Result<void> set_resealed(Connection& connection);
Result<void> set_scrubbed(Connection& connection);

// An operator's restore (schema/0005_sealing.sql).
struct RestoreMark {
  std::int64_t sequence = 0;
  std::string mac;
};
// What a MAC of the mark is over.
[[nodiscard]] std::string restore_message(std::int64_t sequence);
Result<std::int64_t> newest_signed(Connection& connection);  // 0: none
Result<void> set_restored(Connection& connection, const RestoreMark& mark);
Result<std::optional<RestoreMark>> restored(Connection& connection);

// The one row of the TPM; `counter_auth` sealed.
struct Anchor {
  std::optional<TpmAnchor> anchor;
  std::string counter_auth;
};
Result<std::optional<Anchor>> anchor(Connection& connection);
Result<void> set_anchor(Connection& connection, const Anchor& anchor);

}  // namespace leafgate::sealing_rows
