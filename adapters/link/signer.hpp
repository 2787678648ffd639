#pragma once

#include <functional>
#include <utility>

#include "adapters/link/endpoint.hpp"

namespace leafgate::link {

// The leaf of one conversation, as whoever needs its signature sees it.
class Endpoint::Signer final : public LeafSigner {
 public:
  using Ask = std::function<Task<Result<Bytes>>(SignRequest, TimePoint)>;
  explicit Signer(Ask ask) : ask_(std::move(ask)) {}
  Task<Result<Bytes>> sign(SignRequest request, TimePoint deadline) override {
    return ask_(std::move(request), deadline);
  }

 private:
  Ask ask_;
};

}  // namespace leafgate::link
