#pragma once

#include "gateway/model/leaf_signature.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/clock.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// A leaf that is asked for a signature by the key of its certificate, which never leaves it. One per attempt
// of the leaf to register; it signs once. First loop only.
class LeafSigner {
 public:
  virtual ~LeafSigner() = default;

  // ES256: r and s, 64 octets; else the RSA block. Not looked at. Errors: timed_out, refused (the leaf said
  // no, or has signed already), unreachable (it is gone), stopped.
  virtual Task<Result<Bytes>> sign(SignRequest request, TimePoint deadline) = 0;
};

}  // namespace leafgate
