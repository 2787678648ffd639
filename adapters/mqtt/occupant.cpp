#include "adapters/mqtt/occupant.hpp"

#include <boost/asio/post.hpp>

namespace leafgate::mqtt {

// Posted also when called on the session's loop: the caller may hold what the session's end would need.
void Occupant::end() {
  boost::asio::post(home_, [self = shared_from_this()] {
    if (self->stream_ != nullptr) self->stream_->expires_at(LoopClock::now());
  });
}

}  // namespace leafgate::mqtt
