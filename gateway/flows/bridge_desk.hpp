#pragma once

#include <memory>
#include <string>

#include "gateway/flows/audited.hpp"
#include "gateway/flows/denied.hpp"
#include "gateway/flows/derivations.hpp"
#include "gateway/flows/ledger.hpp"
#include "gateway/flows/lru.hpp"
#include "gateway/model/reason.hpp"
#include "gateway/ports/bridge_operator.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/trust.hpp"
#include "gateway/runtime/rate.hpp"

namespace leafgate {

// Gives hub tokens to bridges: for one leaf now and then, and not many in all, so that whoever asks without
// end does not push what operators did out of the audit log within a day. Lives on the first loop; may be
// asked from any.
class BridgeDesk : public BridgeOperator {
 public:
  struct Limits {
    Seconds every{10};               // one for each leaf
    double burst = 60;               // in all at once, as after a start
    double per_minute = 6;           // and from there on: 300 leaves whose tokens live an hour
    std::size_t remembered = 1'024;  // leaves; one that is forgotten may ask at once
  };
  // All outlive it.
  struct Ports {
    Ledger& ledger;
    Trust& trust;
    WallClock& clock;
    const Reason& doubt;  // of the store
    Audited audited;
    Derivations* derivations = nullptr;  // of group keys in the TPM; null: there are none
    const Denied* denied = nullptr;      // who is kept out; null: nobody is
  };

  BridgeDesk(Executor first_loop, Ports ports) : BridgeDesk(first_loop, std::move(ports), Limits{}) {}
  BridgeDesk(Executor first_loop, Ports ports, const Limits& limits);

  Task<HubTokenAnswer> hub_token(RegistrationId id, Millis life, Actor who) override;

 private:
  struct Standing;  // what is held of a leaf

  Task<HubTokenAnswer> answer_here(RegistrationId id, Millis life, Actor who);
  [[nodiscard]] LoopClock::duration wait_of(std::string_view id);
  Task<Result<void>> make(RegistrationId id, Millis life, HubToken& into);
  Task<Result<Standing>> look(RegistrationId id);
  [[nodiscard]] Result<void> may_mint() const;

  Executor first_loop_;
  Ports ports_;
  Limits limits_;
  TokenBucket all_;
  LruMap<TokenBucket> leaves_;
};

}  // namespace leafgate
