#pragma once

#include "gateway/net/admission_observer.hpp"
#include "gateway/ports/journal.hpp"
#include "gateway/runtime/metrics.hpp"

namespace leafgate {

// Puts what the doors tell into the words of the journal, and counts it: net may not know the ports. Any
// loop.
class DoorReporter : public net::AdmissionObserver {
 public:
  DoorReporter(Journal& journal, Metrics& metrics, Transport transport);

  void door_failed(const net::PeerInfo& peer, net::DoorFailure failure, std::string_view detail) override;
  void opened(const net::PeerInfo&) override {}
  void closed(const net::PeerInfo&) override {}

 private:
  Counter& failures(Reason reason);

  Journal& journal_;
  Metrics& metrics_;
  Transport transport_;
};

}  // namespace leafgate
