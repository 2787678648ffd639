#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// What stands in the envelope of a backup: "leafgate backup 1\n"; then, numbers big endian, 8 octets for when
// it was made (ms since 1970), 2 for the length of the gateway's name, that name, the sealing key of 32
// octets, 8 for the size of the database, and the database, an SQLite file.
struct BackupHead {
  std::string gateway;
  WallTime made{};
  crypto::Secret key;
  std::uint64_t database = 0;  // octets
};

[[nodiscard]] crypto::Secret encode(const BackupHead& head);

struct ReadBackupHead {
  BackupHead head;
  std::size_t octets = 0;  // of it; the database begins behind
};
// None: that is not all of it. Errors: malformed, unsupported (of a later daemon).
Result<std::optional<ReadBackupHead>> decode_backup_head(ByteView octets);

}  // namespace leafgate
