#include "store/sync_merge.hpp"

#include <optional>
#include <string>
#include <utility>

#include "gateway/model/listed_enrollment.hpp"
#include "store/enrollment_rows.hpp"

namespace leafgate::sync_merge {
namespace {

struct Place {
  std::optional<Enrollment> held;
  std::int64_t base = 0;             // generation of the row that counts
  std::optional<Enrollment> staged;  // absent also where it is staged that it is gone

  [[nodiscard]] const Enrollment* held_or_null() const { return held ? &*held : nullptr; }
};

Result<Place> look_at(Connection& connection, EnrollmentKind kind, const std::string& id,
                      std::int64_t generation) {
  auto held = enrollment_rows::find(connection, kind, id);
  if (!held) return held.error();
  const auto base = enrollment_rows::generation_of(connection, kind, id);
  if (!base) return base.error();
  auto staged = enrollment_rows::find_of(connection, kind, id, generation);
  if (!staged) return staged.error();
  return Place{std::move(*held), *base, std::move(*staged)};
}

// Marked by its base: all else in it is of what is held, which may be another before the switch.
Result<std::int64_t> stage_status(Connection& connection, const Enrollment& status, const Place& place,
                                  std::int64_t generation) {
  const StatusEffect effect = effect_of(status, place.held_or_null());
  const std::int64_t before = place.staged ? 1 : 0;
  Result<void> done;
  if (effect == StatusEffect::counts) {
    const Enrollment merged = adopted(status, place.held_or_null());
    done = enrollment_rows::stage(connection, merged, generation, -place.base);
  } else if (effect == StatusEffect::ends) {
    done = enrollment_rows::stage_gone(connection, status.kind, status.id, generation, place.base);
  } else {
    done = enrollment_rows::unstage(connection, status.kind, status.id, generation);
  }
  if (!done) return done.error();
  return (effect == StatusEffect::counts ? 1 : 0) - before;
}

Result<std::int64_t> stage_gone_again(Connection& connection, const sync_rows::Pair& pair, const Place& place,
                                      std::int64_t generation) {
  const bool goes = place.held && place.held->origin == EnrollmentOrigin::service;
  const auto done = goes ? enrollment_rows::stage_gone(connection, pair.kind, pair.id, generation, place.base)
                         : enrollment_rows::unstage(connection, pair.kind, pair.id, generation);
  if (!done) return done.error();
  return 0;
}

}  // namespace

Result<bool> differs(Connection& connection, const Enrollment& listed, std::int64_t generation) {
  const auto held = enrollment_rows::find(connection, listed.kind, listed.id);
  if (!held) return held.error();
  const bool changes = is_status_alone(listed)
                           ? effect_of(listed, *held ? &**held : nullptr) != StatusEffect::none
                           : !*held || !is_as_listed(**held, listed);
  if (changes) return true;
  // What an earlier reading said, or that it is gone, counts no more.
  return enrollment_rows::is_staged(connection, listed.kind, listed.id, generation);
}

Result<std::int64_t> stage(Connection& connection, const Enrollment& listed, std::int64_t generation) {
  const auto place = look_at(connection, listed.kind, listed.id, generation);
  if (!place) return place.error();
  if (is_status_alone(listed)) return stage_status(connection, listed, *place, generation);
  const Enrollment merged = adopted(listed, place->held_or_null());
  if (place->staged == merged) return 0;
  const auto done = enrollment_rows::stage(connection, merged, generation, place->base);
  if (!done) return done.error();
  return place->staged ? 0 : 1;
}

Result<std::int64_t> stage_again(Connection& connection, const sync_rows::Pair& pair,
                                 std::int64_t generation) {
  const auto place = look_at(connection, pair.kind, pair.id, generation);
  if (!place) return place.error();
  if (!pair.is_staged || pair.is_staged_gone) return stage_gone_again(connection, pair, *place, generation);
  if (!place->staged) return 0;
  const bool of_status = pair.base < 0 || is_status_alone(*place->staged);
  if (of_status) {
    const Enrollment status = status_alone(pair.kind, pair.id, place->staged->enabled);
    return stage_status(connection, status, *place, generation);
  }
  const Enrollment merged = adopted(*place->staged, place->held_or_null());
  const auto done = enrollment_rows::stage(connection, merged, generation, place->base);
  if (!done) return done.error();
  return 0;
}

}  // namespace leafgate::sync_merge
