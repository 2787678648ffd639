#include "gateway/flows/audited.hpp"

#include <algorithm>
#include <array>

#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr auto of_one_leaf = std::to_array<std::string_view>(
    {"approve", "reject", "refresh", "forget", "queue retry", "queue drop", "hub-token"});

// The leaf whose name the object is, or tells; empty where it is none's.
std::string leaf_in(std::string_view what, const std::string& object) {
  constexpr std::string_view told = "registrationId ";
  if (object.starts_with(told)) return object.substr(told.size());
  const bool is_one = std::find(of_one_leaf.begin(), of_one_leaf.end(), what) != of_one_leaf.end();
  return is_one ? object : std::string();
}

}  // namespace

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
  const std::string leaf = leaf_in(what, object);
  log::notice("operator", {{"asks", what},
                           {leaf.empty() ? "object" : "registration_id", leaf.empty() ? object : leaf},
                           {"uid", who.uid},
                           {"pid", who.pid},
                           {"because", who.because},
                           {"outcome", outcome}});
  Event event;
  event.at = now.at;
  event.kind = EventKind::change;
  event.registration_id = leaf;
  event.object = object;
  event.step = what;
  event.detail = what + (who.user.empty() ? "" : " by " + who.user) + ": " + outcome;
  events_.tell(std::move(event));
  auto concluded = co_await log_.conclude(*begun, outcome);
  if (!concluded) log::warning("the audit log was not concluded", {{"detail", concluded.error().detail}});
  co_return done;
}

}  // namespace leafgate
