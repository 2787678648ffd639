#include "gateway/app/source_keeper.hpp"

#include "gateway/net/listening.hpp"

namespace leafgate {

void SourceKeeper::failed(std::string_view address, SourceFault fault) {
  const auto source = net::source_of(address);
  const auto kind =
      fault == SourceFault::decoder ? net::Penalties::Kind::decoder : net::Penalties::Kind::authentication;
  if (source) penalties_.failed(*source, kind, LoopClock::now());
}

void SourceKeeper::verified(std::string_view address) {
  const auto source = net::source_of(address);
  if (source) penalties_.verified(*source, LoopClock::now());
}

}  // namespace leafgate
