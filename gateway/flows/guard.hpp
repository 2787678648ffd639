#pragma once

#include "gateway/flows/attempt_pace.hpp"
#include "gateway/flows/false_proofs.hpp"
#include "gateway/flows/log_budget.hpp"
#include "gateway/flows/takeovers.hpp"
#include "gateway/ports/registrar.hpp"
#include "gateway/ports/sources.hpp"

namespace leafgate {

// What a hostile or broken leaf may cost (reliability §3.2), seen from where its proof is judged: false
// proofs per source and id, the pace of a proven leaf, one connection per id. First loop only.
struct Guard {
  Guard(Executor first_loop, const AttemptPace::Limits& attempts) : pace(first_loop, attempts) {}

  FalseProofs false_proofs;
  AttemptPace pace;
  Takeovers takeovers;
  LogBudget log;
  Sources* sources = nullptr;  // told what became of those who came from an address; null: nobody
};

// Whether a refusal says that the leaf proved nothing, or the wrong thing: not where the fault is ours.
[[nodiscard]] bool is_false_proof(Reason reason);

}  // namespace leafgate
