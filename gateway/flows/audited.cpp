#include "gateway/flows/audited.hpp"

#include "gateway/runtime/log.hpp"

namespace leafgate {

Task<Result<void>> Audited::carry(Actor who, std::string what, std::string object,
                                  Task<Result<void>> change) {
  const WallReading now = clock_.now();
  AuditEntry entry;
  entry.at = now.at;
  entry.clock = now.quality;
  entry.actor = who;
  entry.what = what;
  entry.object = object;
  auto begun = co_await log_.begin(std::move(entry));
  if (!begun) co_return Error(begun.error().code, "nothing was done: " + begun.error().detail);
  auto done = co_await std::move(change);
  const std::string outcome = done ? "done" : done.error().detail;
  log::notice("operator", {{"asks", what},
                           {"object", object},
                           {"uid", who.uid},
                           {"pid", who.pid},
                           {"because", who.because},
                           {"outcome", outcome}});
  Event event;
  event.at = now.at;
  event.kind = EventKind::change;
  event.registration_id = object;
  event.step = what;
  event.detail = what + (who.user.empty() ? "" : " by " + who.user) + ": " + outcome;
  events_.tell(std::move(event));
  auto concluded = co_await log_.conclude(*begun, outcome);
  if (!concluded) log::warning("the audit log was not concluded", {{"detail", concluded.error().detail}});
  co_return done;
}

}  // namespace leafgate
