#pragma once

#include "adapters/link/endpoint.hpp"
#include "adapters/tunnel/tally.hpp"
#include "gateway/flows/admit.hpp"
#include "gateway/flows/census.hpp"
#include "gateway/flows/custody.hpp"
#include "gateway/flows/forward.hpp"
#include "gateway/flows/gatekeeper.hpp"
#include "gateway/flows/learner.hpp"
#include "gateway/flows/time_watch.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/lines.hpp"
#include "gateway/ports/outage_operator.hpp"
#include "gateway/ports/sync_operator.hpp"
#include "gateway/ports/tpm.hpp"
#include "gateway/runtime/metrics.hpp"

namespace leafgate {

// Figures that the status does not carry: pace, why the service cannot be used, attempts by transport,
// refusals by reason, leaves, queue and promises by state, whom there is no certificate for, what passes
// through and what is learnt of it, lines and broker, and what came of the leaf link. First loop only.
void set_figures(Metrics& metrics, const tunnel::Counts& counts);
void set_figures(Metrics& metrics, const Learner& learner);
void set_figures(Metrics& metrics, const SyncReport& sync, WallTime now);
void set_figures(Metrics& metrics, const TpmFacts& tpm, const CustodyFacts& custody);
void set_figures(Metrics& metrics, const TimeWatch& watch);
void set_figures(Metrics& metrics, const LeafCounts& leaves, const OpenOperations& operations);
void set_figures(Metrics& metrics, TurnedAway whom);
void set_figures(Metrics& metrics, const PromiseCounts& promises);
void set_figures(Metrics& metrics, const Lines& lines);
void set_figures(Metrics& metrics, const Gatekeeper& gatekeeper);
void set_figures(Metrics& metrics, const link::Tally& link);
void set_figures(Metrics& metrics, const Admission& admission, const Forwarder& forwarder,
                 const WallClock& clock);

}  // namespace leafgate
