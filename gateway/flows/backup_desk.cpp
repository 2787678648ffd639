#include "gateway/flows/backup_desk.hpp"

#include <utility>

#include "gateway/crypto/envelope.hpp"

namespace leafgate {

Task<Result<std::shared_ptr<BackupSource>>> BackupDesk::back_up(std::string recipient, Actor who) {
  auto on_first = here(std::move(recipient), std::move(who));
  co_return co_await run_on(first_loop_, std::move(on_first));
}

Task<Result<std::shared_ptr<BackupSource>>> BackupDesk::here(std::string recipient, Actor who) {
  const auto fingerprint = crypto::recipient_fingerprint(recipient);
  if (!fingerprint) co_return fingerprint.error();
  if (making_ || !newest_.expired())
    co_return Error(Errc::throttled, "another backup is being made or fetched");
  const CustodyFacts custody = ports_.custody.facts();
  if (!custody.open)
    co_return Error(Errc::throttled,
                    "the sealing key is out of reach, and a backup without it is of no use: " + custody.why);
  BackupOrder order;
  order.recipient = std::move(recipient);
  order.gateway = gateway_;
  order.made = ports_.clock.now().at;
  std::shared_ptr<BackupSource> made;
  making_ = true;
  auto change = make(std::move(order), made);
  const auto done = co_await ports_.audited.carry(std::move(who), "backup", "to the key " + *fingerprint,
                                                  std::move(change));
  making_ = false;
  if (!done) co_return done.error();
  newest_ = made;
  co_return made;
}

Task<Result<void>> BackupDesk::make(BackupOrder order, std::shared_ptr<BackupSource>& into) {
  auto key = ports_.ring.take_out(ports_.ring.keys().back().id);
  if (!key) co_return key.error();
  order.key = std::move(*key);
  auto made = co_await ports_.backups.make(std::move(order));
  if (!made) co_return made.error();
  into = std::move(*made);
  co_return Result<void>();
}

}  // namespace leafgate
