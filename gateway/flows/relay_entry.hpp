#pragma once

#include "gateway/flows/relay.hpp"
#include "gateway/flows/source_key.hpp"

namespace leafgate {

constexpr Millis answer_within = std::chrono::seconds(5);  // what a leaf asks for, or it is told to poll

// One attempt on its way to the service, and what came of it.
struct Relays::Relay {
  Relay(Executor loop, std::string k, Attempt a, OperationId o)
      : key(std::move(k)),
        attempt(std::move(a)),
        source(source_key(attempt.source.address)),
        operation(std::move(o)),
        changed(loop),
        pulse(loop) {}

  std::string key;
  Attempt attempt;  // without proof and request, but for its TPM's keys, once it has ended
  Earned earned;
  std::unique_ptr<ProvisioningService> own;  // its connection, of a leaf that signs
  std::string source;
  OperationId operation;      // what the leaf polls with
  TimePoint last_seen{};      // when the leaf last asked
  bool sent = false;          // it has its turn: the service is being asked
  bool accepted = false;      // the service said 202
  bool is_challenge = false;  // without a token: for nothing but the challenge, and not beyond `limit`
  bool dropped = false;       // nobody carries it any more
  bool barred = false;        // its leaf was denied meanwhile
  TimePoint limit = TimePoint::max();
  std::uint64_t place = 0;  // among those that wait for a turn
  Millis again{};           // after a try that settled nothing
  Reason waiting_for = Reason::relayed;
  std::optional<Answer> answer;  // how it ended
  TimePoint ended_at{};
  Wakeup changed;  // for the register request that waits for the service
  Wakeup pulse;    // for the task that carries it

  // Empty: its connection is its proof.
  [[nodiscard]] std::string token() const {
    const auto* sas = std::get_if<SasEvidence>(&attempt.evidence);
    return sas != nullptr ? sas->token : std::string();
  }
};

}  // namespace leafgate
