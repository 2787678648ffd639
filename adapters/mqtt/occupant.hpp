#pragma once

#include <memory>

#include "gateway/net/stream.hpp"
#include "gateway/ports/presence.hpp"

namespace leafgate::mqtt {

// A session as the Registrar may end it: by letting its stream expire, on the session's own loop. Outlives
// the session; then there is nothing to end.
class Occupant final : public Presence, public std::enable_shared_from_this<Occupant> {
 public:
  Occupant(const Executor& home, net::Stream& stream) : home_(home), stream_(&stream) {}

  // The session has ended. On its loop.
  void leave() { stream_ = nullptr; }

 private:
  void end() override;

  Executor home_;
  net::Stream* stream_;
};

// Makes an occupant leave when it goes out of scope.
class Occupancy {
 public:
  explicit Occupancy(std::shared_ptr<Occupant> occupant) : occupant_(std::move(occupant)) {}
  Occupancy(const Occupancy&) = delete;
  Occupancy& operator=(const Occupancy&) = delete;
  ~Occupancy() { occupant_->leave(); }

  [[nodiscard]] const std::shared_ptr<Occupant>& get() const { return occupant_; }
  [[nodiscard]] bool taken() const { return occupant_->taken(); }

 private:
  std::shared_ptr<Occupant> occupant_;
};

}  // namespace leafgate::mqtt
