#pragma once

#include <memory>
#include <string>

#include "gateway/model/bytes.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate {

// The way to one leaf that has no IP: its address on a serial line, its topic on the site's broker. Made by
// the carrier, shared with whoever may still have something to say to that leaf. First loop only.
class LeafCarrier {
 public:
  virtual ~LeafCarrier() = default;

  // Gives the leaf one whole message (adapters/wire/leaf_link.cddl) as soon as the carrier can, after those
  // given before. Not waited for: a leaf that is gone never gets it.
  virtual void send(Bytes message) = 0;

  // `address` names the way as engineers know it: "line1/5", "broker/press-01".
  [[nodiscard]] virtual const Source& source() const = 0;
  // Names the line or broker in every proof: "serial/line1", "broker/broker.site:8883"; 1 to 64 octets.
  [[nodiscard]] virtual const std::string& binding() const = 0;
  // The id that the carrier itself ties the leaf to (its topic); empty where it knows none.
  [[nodiscard]] virtual const std::string& claimed_id() const = 0;
  // False once the leaf was lost or the carrier closed: nothing sent to it arrives any more.
  [[nodiscard]] virtual bool is_there() const = 0;
};

// Inward: the leaf link's one door for every carrier. First loop only.
class LeafLink {
 public:
  virtual ~LeafLink() = default;

  // One whole message from a leaf, of at most 8,192 octets, not looked at. Returns at once; whatever there is
  // to say goes out by `from`, possibly much later, possibly never.
  virtual void hear(std::shared_ptr<LeafCarrier> from, Bytes message) = 0;
  // The leaf is lost, or its carrier closed: whoever waits for its word waits no longer.
  virtual void lost(const LeafCarrier& carrier) = 0;
};

}  // namespace leafgate
