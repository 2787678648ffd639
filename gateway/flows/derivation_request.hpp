#pragma once

#include <optional>

#include "gateway/flows/derivations.hpp"

namespace leafgate {

// What one leaf, or whoever mints a token for it, waits for. Only derivations*.cpp see it.
struct Derivations::Request {
  Request(Executor loop, RegistrationId i) : id(std::move(i)), changed(loop) {}

  RegistrationId id;
  Steps steps;
  // Of a leaf: who shares its account, and what has to be proved; a token is never logged.
  std::string source;
  std::optional<IdScope> scope;
  std::string token;
  // Of the gateway itself: which key is wanted.
  bool fetch = false;
  std::string credential;

  std::size_t next = 0;   // of the steps
  bool skipped = false;   // a key could not be used: that nothing fitted says nothing of the token
  TimePoint last_seen{};  // when the leaf last asked
  bool awaited = false;   // somebody waits for `changed`
  bool ended = false;
  Wakeup changed;

  // What the leaf typed counts: from each spelling another key is derived.
  [[nodiscard]] std::string key() const { return source + '\n' + id.text(); }
};

}  // namespace leafgate
