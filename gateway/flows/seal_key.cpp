#include "gateway/flows/seal_key.hpp"

namespace leafgate {

Task<Result<SealedKey>> seal_key(crypto::Secret key, EnrollmentKind kind, std::string enrollment,
                                 std::optional<SealedKey> held, Trust& trust, GroupKeys* group_keys) {
  const bool may_live_in_tpm = group_keys != nullptr && kind == EnrollmentKind::group;
  if (!may_live_in_tpm) co_return trust.seal(key, enrollment);
  co_return co_await group_keys->seal(std::move(key), std::move(enrollment), std::move(held));
}

}  // namespace leafgate
