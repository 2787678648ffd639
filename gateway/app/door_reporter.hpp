#pragma once

#include <map>

#include "gateway/net/admission_observer.hpp"
#include "gateway/ports/journal.hpp"
#include "gateway/runtime/metrics.hpp"

namespace leafgate {

// Puts what the doors tell into the words of the journal, and counts it: net may not know the ports. Any
// loop.
class DoorReporter : public net::AdmissionObserver {
 public:
  DoorReporter(Journal& journal, Metrics& metrics);

  // What is spoken at a port of ours. Before anybody comes.
  void serves(std::uint16_t port, Transport transport) { transports_.emplace(port, transport); }

  void door_failed(const net::PeerInfo& peer, net::DoorFailure failure, std::string_view detail) override;
  // The peer wants TLS of us, and there is no certificate for it.
  void nothing_to_show(const net::PeerInfo& peer);
  void opened(const net::PeerInfo&) override {}
  void closed(const net::PeerInfo&) override {}

 private:
  void note(const net::PeerInfo& peer, DoorEvent event);
  Counter& failures(Reason reason);

  Journal& journal_;
  Metrics& metrics_;
  std::map<std::uint16_t, Transport> transports_;
};

}  // namespace leafgate
