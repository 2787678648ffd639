#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/mqtt/broker/client.hpp"
#include "adapters/mqtt/broker/company.hpp"
#include "adapters/mqtt/broker/leaves.hpp"
#include "adapters/mqtt/broker/outbox.hpp"
#include "adapters/mqtt/broker/settings.hpp"
#include "gateway/net/connector.hpp"
#include "gateway/net/name_lookup.hpp"
#include "gateway/net/own_addresses.hpp"
#include "gateway/ports/leaf_link.hpp"
#include "gateway/ports/lines.hpp"
#include "gateway/ports/random.hpp"
#include "gateway/runtime/backoff.hpp"
#include "gateway/runtime/sleep.hpp"

namespace leafgate::broker {

// Both outlive the endpoint.
struct Ports {
  LeafLink& leaf_link;
  Random& random;
};

// Leaves that know the site's MQTT broker and nothing else: the gateway is a client of that broker like them.
// It listens on leafgate/v1/{registrationId}/up and answers on .../down, QoS 1, never retained; octets go to
// the leaf link as they are. Dropped and counted: what is retained, empty, larger than 8,192 octets, on no
// topic of a leaf. What the broker delivers twice is heard twice. MQTT 5, or 3.1.1 where the broker speaks no
// better. Of several gateways one answers (see Company).
//
// With MQTT 5 the broker keeps our session for a minute while we are away, so that nothing a leaf says with
// QoS 1 is lost meanwhile; it is clean at the start of the process and gone after stop(). With 3.1.1, which
// has no such limit, the session is always clean: leaves ask again.
//
// First loop only: made, used and destroyed there; stop() before it is destroyed.
class Endpoint {
 public:
  // `settings` passed check().
  Endpoint(const Executor& first_loop, Settings settings, const Ports& ports);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Where this program listens: it does not become a client of itself.
  [[nodiscard]] net::OwnAddresses& own_addresses() { return own_; }

  void start();
  // Within two seconds, whatever the broker does: all carriers are closed, their leaves lost.
  Task<void> stop();
  [[nodiscard]] BrokerFacts facts() const;

 private:
  struct Hear;  // one overload for each report

  Task<void> run();
  Task<void> connect();
  Task<void> dial(bool five);
  Task<void> find_out();  // why there was no connection
  Task<void> attend();
  [[nodiscard]] Dial dial_of(bool five) const;

  [[nodiscard]] bool is_serving() const { return connected_ && settle_at_ != TimePoint::max(); }
  void begin();              // connected: subscribes
  void look(TimePoint now);  // whatever is due
  [[nodiscard]] TimePoint next_due(TimePoint now) const;
  void settled();              // who else is here is known
  void away(std::string why);  // not connected any more, or still not
  void say(Word word);
  void give_up();  // on a broker that does not answer
  void hand_over(std::uint64_t id, Outgoing message);
  void heard(Arrived message);
  void heard_gateway(const Arrived& message);
  void pass_on(Arrived message);

  const Executor loop_;
  const Settings settings_;
  const Address address_;
  const Ports ports_;
  const std::string instance_;
  net::OwnAddresses own_;
  net::Deadlines deadlines_;
  net::NameLookup names_;
  std::unique_ptr<net::Connector> connector_;  // while finding out
  Backoff backoff_;
  Company company_;
  Outbox outbox_;
  Leaves leaves_;
  Client client_;
  Wakeup changed_;
  Wakeup ended_;

  bool running_ = false;
  bool stopping_ = false;
  bool connected_ = false;        // the broker said yes
  bool resume_ = false;           // a session of ours may be there
  bool five_ = false;             // what it said yes to
  std::optional<Broken> broken_;  // the newest connection
  int silent_ = 0;                // times it closed without a word when it saw MQTT 5, in a row
  int subscriptions_ = 0;         // that the broker granted, or we do without
  TimePoint connected_since_{};
  TimePoint settle_at_ = TimePoint::max();  // then we know who else is here; max: not subscribed yet
  bool settled_ = false;
  bool echoed_ = false;   // heard ourselves: the broker lets us read
  int replies_left_ = 0;  // to greetings, until the next heartbeat
  TimePoint next_heartbeat_{};
  int unanswered_ = 0;         // what we published and the broker did not acknowledge
  TimePoint answered_{};       // when it last did, or should have begun to
  std::vector<Arrived> held_;  // until settled

  TimePoint since_{};
  bool told_away_ = false;  // since it was connected last, for `detail_`
  std::string detail_;
  std::string complaint_;  // while connected: what the broker refused last
  std::uint64_t heard_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t connections_ = 0;
};

}  // namespace leafgate::broker
