#pragma once

#include <string>

#include "gateway/ports/backups.hpp"
#include "store/worker.hpp"

namespace leafgate {

// Copies of the database by the upkeep thread: VACUUM INTO reads one state of it while the writer goes on,
// and takes no free pages along. The copy has no name as soon as it is whole, so that no end of the daemon
// leaves it behind.
class SqliteBackups : public Backups {
 public:
  // `folder` is the state folder.
  SqliteBackups(Worker& upkeep, std::string folder);

  Task<Result<std::shared_ptr<BackupSource>>> make(BackupOrder order) override;

 private:
  Worker& upkeep_;
  std::string folder_;
};

}  // namespace leafgate
