#include "adapters/tunnel/seats.hpp"

#include <string>

#include "gateway/net/listening.hpp"

namespace leafgate::tunnel {

Seat::~Seat() {
  if (seats_ != nullptr) seats_->give_back(source_);
}

Result<Seat> Seats::take(std::string_view address) {
  const std::uint64_t source = net::source_of(address).value_or(0);
  const std::lock_guard lock(mutex_);
  if (open_ >= most_) return Error(Errc::throttled, std::to_string(most_) + " are open");
  const auto known = by_source_.find(source);
  if (known != by_source_.end() && known->second >= most_of_source_)
    return Error(Errc::throttled, std::to_string(most_of_source_) + " of this address are open");
  ++open_;
  ++by_source_[source];
  return Seat(*this, source);
}

void Seats::give_back(std::uint64_t source) {
  const std::lock_guard lock(mutex_);
  --open_;
  const auto known = by_source_.find(source);
  if (--known->second == 0) by_source_.erase(known);
}

std::size_t Seats::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

}  // namespace leafgate::tunnel
