#pragma once

#include <optional>
#include <string>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/time.hpp"
#include "gateway/ports/registrar.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// The leaf of the self test that runs now. It is answered here and by nobody else: it is never sent on,
// written, counted or held against anybody. Its id is drawn anew for each run. First loop only.
class SyntheticLeaves {
 public:
  // For 30 s; in place of the one before.
  void announce(RegistrationId id, crypto::Secret key);
  void withdraw() { announced_.reset(); }

  // The answer to its attempt; nothing when the attempt is another's, or not by its key.
  [[nodiscard]] std::optional<Answer> answer(const Attempt& attempt, WallReading now);
  // How many were answered since it was announced.
  [[nodiscard]] std::size_t answered() const { return answered_; }

 private:
  struct Announced {
    RegistrationId id;
    crypto::Secret key;
    TimePoint until{};
  };
  std::optional<Announced> announced_;
  std::size_t answered_ = 0;
};

// Where it is "assigned": a name that no resolver knows (RFC 2606).
inline constexpr const char* self_test_hub = "self-test.invalid";

}  // namespace leafgate
