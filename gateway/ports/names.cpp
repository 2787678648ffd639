#include "gateway/ports/events.hpp"
#include "gateway/ports/expectations.hpp"
#include "gateway/ports/lines.hpp"
#include "gateway/ports/registrar.hpp"
#include "gateway/ports/self_test.hpp"
#include "gateway/ports/sync_operator.hpp"
#include "gateway/ports/tpm_operator.hpp"
#include "gateway/ports/trust.hpp"

namespace leafgate {

std::string_view to_text(Transport transport) {
  switch (transport) {
    case Transport::mqtt:
      return "mqtt";
    case Transport::mqtt_ws:
      return "mqtt-ws";
    case Transport::https:
      return "https";
    case Transport::serial:
      return "serial";
    case Transport::broker:
      return "broker";
    case Transport::tunnel:
      return "tunnel";
  }
  return "mqtt";
}

std::string_view to_text(EventKind kind) {
  switch (kind) {
    case EventKind::attempt:
      return "attempt";
    case EventKind::door:
      return "door";
    case EventKind::settled:
      return "settled";
    case EventKind::link:
      return "link";
    case EventKind::change:
      return "change";
  }
  return "attempt";
}

std::string_view to_text(Protection protection) {
  switch (protection) {
    case Protection::unprotected:
      return "unprotected";
    case Protection::key_file:
      return "key-file";
    case Protection::tpm:
      return "tpm";
  }
  return "unprotected";
}

std::string_view to_text(OwnRegistrationState state) {
  switch (state) {
    case OwnRegistrationState::off:
      return "off";
    case OwnRegistrationState::waiting:
      return "waiting";
    case OwnRegistrationState::refused:
      return "refused";
    case OwnRegistrationState::assigned:
      return "assigned";
  }
  return "off";
}

std::string_view to_text(LineState state) {
  switch (state) {
    case LineState::away:
      return "away";
    case LineState::waiting:
      return "waiting";
    case LineState::working:
      return "working";
    case LineState::silent:
      return "silent";
    case LineState::babbling:
      return "babbling";
    case LineState::released:
      return "released";
  }
  return "";
}

std::string_view to_text(Renewing renewing) {
  switch (renewing) {
    case Renewing::asks:
      return "asks";
    case Renewing::stands_back:
      return "stands-back";
    case Renewing::cannot:
      return "cannot";
  }
  return "asks";
}

std::string_view to_text(SyncPhase phase) {
  switch (phase) {
    case SyncPhase::idle:
      return "idle";
    case SyncPhase::listing_groups:
      return "listing-groups";
    case SyncPhase::listing_individuals:
      return "listing-individuals";
    case SyncPhase::switching:
      return "switching";
    case SyncPhase::keys_of_groups:
      return "keys-of-groups";
    case SyncPhase::learning:
      return "learning";
    case SyncPhase::reading_states:
      return "reading-states";
    case SyncPhase::keys_of_leaves:
      return "keys-of-leaves";
  }
  return "idle";
}

std::string_view to_text(ExpectedState state) {
  switch (state) {
    case ExpectedState::done:
      return "done";
    case ExpectedState::wrong_place:
      return "wrong-place";
    case ExpectedState::waiting:
      return "waiting";
    case ExpectedState::missing:
      return "missing";
    case ExpectedState::unknown:
      return "unknown";
  }
  return "missing";
}

std::optional<ExpectedState> expected_state_from(std::string_view text) {
  for (const ExpectedState state : {ExpectedState::done, ExpectedState::wrong_place, ExpectedState::waiting,
                                    ExpectedState::missing, ExpectedState::unknown})
    if (to_text(state) == text) return state;
  return std::nullopt;
}

std::string_view to_text(Health health) {
  switch (health) {
    case Health::ok:
      return "ok";
    case Health::warn:
      return "warn";
    case Health::fail:
      return "fail";
  }
  return "fail";
}

}  // namespace leafgate
