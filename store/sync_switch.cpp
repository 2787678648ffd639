#include "store/sync_switch.hpp"

namespace leafgate {

Result<bool> SyncSwitch::step(Connection& connection) {
  const auto swept = sweep_.step(connection);
  if (!swept || !*swept) return swept;
  const auto counts = enrollment_rows::generation(connection);
  if (!counts) return counts.error();
  const auto disturbed = sync_rows::is_disturbed(connection);
  if (!disturbed) return disturbed;
  if (*counts != wish_.looked_at || *disturbed) return true;
  const bool any = wish_.counts.changed + wish_.counts.removed > 0;
  if (any) {
    if (auto done = enrollment_rows::set_sweep_wanted(connection, true); !done) return done.error();
    if (auto done = enrollment_rows::switch_to(connection, wish_.generation); !done) return done.error();
  }
  if (auto done = sync_rows::complete(connection, wish_.at, wish_.counts); !done) return done.error();
  switched_ = true;
  return true;
}

void SyncSwitch::answer(std::optional<Error> failure) {
  if (failure) {
    reply_(Result<bool>(std::move(*failure)));
  } else {
    reply_(Result<bool>(switched_));
  }
}

}  // namespace leafgate
