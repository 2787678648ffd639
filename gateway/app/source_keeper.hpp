#pragma once

#include "gateway/net/penalties.hpp"
#include "gateway/ports/sources.hpp"

namespace leafgate {

// Hands on to the doors what the flows tell of a source: net may not know the ports. Any loop.
class SourceKeeper final : public Sources {
 public:
  explicit SourceKeeper(net::Penalties& penalties) : penalties_(penalties) {}

  void failed(std::string_view address, SourceFault fault) override;
  void verified(std::string_view address) override;

 private:
  net::Penalties& penalties_;
};

}  // namespace leafgate
