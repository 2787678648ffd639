#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/mqtt/broker/client.hpp"

namespace leafgate::broker {

// One connection by Paho, and the only place that sees Paho. One thread calls it, which may wait here; Paho's
// own threads tell. Nothing throws.
class PahoSession {
 public:
  // `tell` is called from any thread until this is destroyed, and must neither throw nor wait.
  PahoSession(const Dial& dial, std::function<void(Report&&)> tell);
  ~PahoSession();
  PahoSession(const PahoSession&) = delete;
  PahoSession& operator=(const PahoSession&) = delete;

  void connect(const Dial& dial);
  [[nodiscard]] bool is_over() const;  // it told Broken
  void subscribe(const std::string& filter);
  void publish(std::uint64_t id, const Outgoing& message);
  // Says goodbye and leaves nothing behind on the broker, as far as a moment suffices.
  void part(const std::optional<Outgoing>& goodbye);

 private:
  struct Paho;
  std::unique_ptr<Paho> paho_;
};

}  // namespace leafgate::broker
