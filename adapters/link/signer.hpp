#pragma once

#include <memory>

#include "adapters/link/endpoint.hpp"

namespace leafgate::link {

// The leaf of one conversation, as whoever needs its signature sees it. It may outlive both, and asks once.
class Endpoint::Signer final : public LeafSigner {
 public:
  Signer(Endpoint& endpoint, const std::shared_ptr<Conversation>& conversation)
      : endpoint_(endpoint), conversation_(conversation) {}
  Task<Result<Bytes>> sign(SignRequest request, TimePoint deadline) override;

 private:
  Endpoint& endpoint_;
  std::weak_ptr<Conversation> conversation_;
};

}  // namespace leafgate::link
