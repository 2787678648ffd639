#pragma once

#include "gateway/model/enrollment.hpp"

namespace leafgate {

// Records of the service's own list beside what is held here. Pure.

// Whether `listed` brings nothing that the held one, which came by the list, does not have.
[[nodiscard]] bool is_as_listed(const Enrollment& held, const Enrollment& listed);

// What becomes of `listed` where `held` stands in its place (null: nothing does): it is the service's from
// then on. What only this site knows of it stays: whom a group serves, what its leaves are told and may, and
// how it fares offline; the octets of certificates that the service still trusts, or whose CA it still names
// as it did; and its keys, which the list never shows: Enrollment::keys_etag says whether they are of this
// very record.
[[nodiscard]] Enrollment adopted(Enrollment listed, const Enrollment* held);

}  // namespace leafgate
