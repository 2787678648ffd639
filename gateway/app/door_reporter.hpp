#pragma once

#include "gateway/net/admission_observer.hpp"
#include "gateway/ports/journal.hpp"

namespace leafgate {

// Puts what the doors tell into the words of the journal: net may not know the ports. Any loop.
class DoorReporter : public net::AdmissionObserver {
 public:
  DoorReporter(Journal& journal, Transport transport) : journal_(journal), transport_(transport) {}

  void door_failed(const net::PeerInfo& peer, net::DoorFailure failure, std::string_view detail) override;
  void opened(const net::PeerInfo&) override {}
  void closed(const net::PeerInfo&) override {}

 private:
  Journal& journal_;
  Transport transport_;
};

}  // namespace leafgate
