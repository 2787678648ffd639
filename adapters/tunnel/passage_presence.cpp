#include "adapters/tunnel/passage_presence.hpp"

#include <boost/asio/post.hpp>

#include "adapters/tunnel/passage.hpp"

namespace leafgate::tunnel {

void PassagePresence::end() {
  boost::asio::post(loop_, [self = shared_from_this()] {
    if (self->passage_ != nullptr) self->passage_->cut();
  });
}

}  // namespace leafgate::tunnel
