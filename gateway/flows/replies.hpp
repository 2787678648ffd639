#pragma once

#include "gateway/ports/registrar.hpp"

namespace leafgate {

// The one place where a reason becomes what a leaf hears: what DPS would tell it, nothing of what is inside.
[[nodiscard]] Answer refusal(Reason reason);

// The 401 that asks a TPM to sign with what only it can open (device protocol sheet §5).
[[nodiscard]] Answer challenged(std::string authentication_key, std::string message, Reason reason);

// 3 s is what DPS says itself and every SDK honours.
constexpr Seconds usual_retry{3};
// For an operation that goes to the service now: its own answer takes 3 s there and back, so a leaf that
// polls after 3 s comes just too early and loses another 3. Java, the strictest, takes 2 to 5.
constexpr Seconds forwarded_retry{4};

[[nodiscard]] Answer assigning(const OperationId& operation, Reason reason,
                               Seconds retry_after = usual_retry);
[[nodiscard]] Answer assigned(const OperationId& operation, const Assignment& assignment, Reason reason);
// How a finished operation is told to whoever polls it.
[[nodiscard]] Answer ended(const OperationId& operation, const Outcome& outcome);
// The assignment to its only possible hub that a leaf is told while the service is away, as the service would
// say it. `device_id` empty: its id. Not confirmed by anybody: the rest is the caller's.
[[nodiscard]] Assignment assigned_ahead(const RegistrationId& id, const std::string& hub,
                                        const std::string& device_id, WallTime now);
[[nodiscard]] Answer ended_disabled(const OperationId& operation, const RegistrationId& id, WallTime now);

}  // namespace leafgate
