#pragma once

#include <string>

#include "gateway/model/reason.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate {

// What a door saw of a source before a registrationId was known, or of a session that broke its protocol.
struct DoorEvent {
  Source source;
  Reason reason = Reason::none;
  std::string step;    // how far it came: "tcp", "tls", "connect", "subscribe", "publish"
  std::string detail;  // for the engineer: TLS alert, offending field; bounded to 200 characters, unescaped
  std::string claimed_id;  // a registrationId it claimed, when one could be read; else empty
  bool told = false;  // logged, and among the notes of that leaf, already: only its source is to remember it
};

// Inward: where doors report strangers and protocol breaches. Any loop; returns at once; bounded memory.
class Journal {
 public:
  virtual ~Journal() = default;
  virtual void note(DoorEvent event) = 0;
  // The service knows who claimed this id there: that it waited for that was no failure. First loop.
  virtual void vouched(const Source&, const RegistrationId&) {}
};

}  // namespace leafgate
