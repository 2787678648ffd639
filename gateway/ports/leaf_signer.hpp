#pragma once

#include "gateway/model/leaf_signature.hpp"
#include "gateway/model/result.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// Outward: the way to one leaf that waits in an open attempt, to have something signed by its key. Called on
// the first loop; once per attempt, since the leaf signs no second time.
class LeafSigner {
 public:
  virtual ~LeafSigner() = default;

  // The signature: es256 as r and s, 32 octets each (RFC 9053 §2.1), the others as long as the key. Nobody
  // has verified it. Errors: timed_out (the deadline came first), refused (the leaf said no), unreachable
  // (the leaf or its line is gone), stopped.
  virtual Task<Result<Bytes>> sign(SignRequest request, TimePoint deadline) = 0;
};

}  // namespace leafgate
