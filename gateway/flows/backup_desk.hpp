#pragma once

#include <memory>
#include <string>

#include "gateway/flows/audited.hpp"
#include "gateway/flows/custody.hpp"
#include "gateway/ports/backups.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/key_ring.hpp"

namespace leafgate {

// Makes backups for the engineer, one at a time. Lives on the first loop; may be asked from any.
class BackupDesk : public BackupOperator {
 public:
  // All outlive it.
  struct Ports {
    Backups& backups;
    KeyRing& ring;
    Custody& custody;
    WallClock& clock;
    Audited audited;
  };
  BackupDesk(Executor first_loop, Ports ports, std::string gateway)
      : first_loop_(first_loop), ports_(std::move(ports)), gateway_(std::move(gateway)) {}

  Task<Result<std::shared_ptr<BackupSource>>> back_up(std::string recipient, Actor who) override;

 private:
  Task<Result<std::shared_ptr<BackupSource>>> here(std::string recipient, Actor who);
  Task<Result<void>> make(BackupOrder order, std::shared_ptr<BackupSource>& into);

  Executor first_loop_;
  Ports ports_;
  std::string gateway_;
  bool making_ = false;
  std::weak_ptr<BackupSource> newest_;  // lives while it is being fetched
};

}  // namespace leafgate
