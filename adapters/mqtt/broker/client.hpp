#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/mqtt/broker/outbox.hpp"
#include "adapters/mqtt/broker/report.hpp"
#include "adapters/mqtt/broker/settings.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate::broker {

// One connection as it is to be made.
struct Dial {
  Settings settings;  // files, user name, keep-alive
  Address address;
  std::string client_id;
  bool five = true;     // MQTT 5, else 3.1.1
  bool resume = false;  // MQTT 5: go on with the session that an earlier connection of ours left behind
  Outgoing will;
};

// A client of the broker whose every word is asynchronous. Paho keeps one lock for all its clients, and holds
// it while it asks a name server: therefore no loop calls Paho, a thread of this does, and only that thread
// may ever have to wait. Loop only, but for that thread; stop() before it is destroyed.
class Client {
 public:
  // `tell` is called on `loop`, for the newest connection only.
  Client(const Executor& loop, std::function<void(Report&&)> tell);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Ends the connection before, whatever its state. Told: Connected or Broken; later Broken.
  void connect(Dial dial);
  void subscribe(std::string filter);                // told: Subscribed
  void publish(std::uint64_t id, Outgoing message);  // QoS 1, not retained; told: Delivered
  void close();                                      // not told
  [[nodiscard]] std::uint64_t dropped() const;       // messages that found the queue to the loop full

  // Says goodbye where it can, ends the connection, its session on the broker, and all threads. False when
  // that was not possible in time (Paho waits for a name server): they are left behind and touch nothing
  // here.
  Task<bool> stop(std::optional<Outgoing> goodbye, LoopClock::duration limit);

 private:
  struct Courier;

  std::function<void(Report&&)> tell_;
  std::shared_ptr<Courier> courier_;
};

}  // namespace leafgate::broker
