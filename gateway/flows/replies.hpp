#pragma once

#include "gateway/ports/registrar.hpp"

namespace leafgate {

// The one place where a reason becomes what a leaf hears: what DPS would tell it, nothing of what is inside.
[[nodiscard]] Answer refusal(Reason reason);

[[nodiscard]] Answer assigning(const OperationId& operation, Reason reason);
[[nodiscard]] Answer assigned(const OperationId& operation, const Assignment& assignment, Reason reason);
// How a finished operation is told to whoever polls it.
[[nodiscard]] Answer ended(const OperationId& operation, const Outcome& outcome);
[[nodiscard]] Answer ended_disabled(const OperationId& operation, const RegistrationId& id, WallTime now);

}  // namespace leafgate
