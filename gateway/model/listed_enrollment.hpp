#pragma once

#include "gateway/model/enrollment.hpp"

namespace leafgate {

// Records of the service's own list beside what is held here. Pure.

// What stands for a record of which nothing is understood but whether it is enabled: an individual one keeps
// its leaf out all the same while it is not, whatever groups say of it (semantics §2).
[[nodiscard]] Enrollment status_alone(EnrollmentKind kind, std::string id, bool enabled);
[[nodiscard]] bool is_status_alone(const Enrollment& enrollment);

// What a status alone does to what is held (null: nothing is). Where that is nothing, it takes back what an
// earlier reading of the same list said of that id: the status it had then is not the one it has now.
enum class StatusEffect {
  none,
  counts,  // adopted()
  ends,    // what kept the leaf out, and was nothing else, goes
};
[[nodiscard]] StatusEffect effect_of(const Enrollment& status, const Enrollment* held);

// Whether `listed` brings nothing that the held one, which came by the list, does not have.
[[nodiscard]] bool is_as_listed(const Enrollment& held, const Enrollment& listed);

// What becomes of `listed` where `held` stands in its place (null: nothing does): it is the service's from
// then on. What only this site knows of it stays: whom a group serves, what its leaves are told and may, and
// how it fares offline; the octets of certificates that the service still trusts, or whose CA it still names
// as it did; and its keys, which the list never shows: Enrollment::keys_etag says whether they are of this
// very record. Of a status alone the held one takes that, and stays what it is.
[[nodiscard]] Enrollment adopted(Enrollment listed, const Enrollment* held);

}  // namespace leafgate
