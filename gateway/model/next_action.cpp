// What helps by whether the service can be reached.
#include "gateway/model/reconciliation.hpp"

namespace leafgate {
namespace {

using R = Reason;
using S = PromiseState;

std::string_view by_state(S state, bool service_up) {
  if (service_up && (state == S::queued || state == S::provisional))
    return "nothing: it goes as the pace allows; leafgatectl queue says when";
  if (service_up && state == S::needs_the_leaf)
    return "power-cycle it; over IP it needs [tunnel]; if that does not help: leafgatectl explain ID";
  return row(state).next_action;
}

}  // namespace

std::string_view next_action(Reason reason, bool service_up) {
  if (service_up && reason == R::queued_offline)
    return "leafgatectl queue says when it goes; what is not in there: let it come while the uplink is up";
  if (service_up && reason == R::beyond_trust_queued)
    return "leafgatectl refresh ID, or set offline.beyond = \"serve\"";
  if (service_up && reason == R::unknown_offline)
    return "leafgatectl enroll import FILE; else the service is asked when it comes again";
  if (service_up && (reason == R::needs_service || reason == R::answered_beyond_trust))
    return "let it come while the uplink is up: the service is asked then";
  if (service_up && reason == R::needs_the_leaf) return "power-cycle the leaf; over IP it needs [tunnel]";
  return row(reason).next_action;
}

std::string_view next_action(const Promise& promise, bool service_up) {
  const bool came_itself = promise.state == S::needs_the_leaf && promise.reason == R::passed_through;
  if (came_itself) return "nothing, if its hub sees it: the service has answered its own connection";
  const bool by_reason = promise.state == S::refused || promise.state == S::conflict;
  const Reason why = by_reason ? promise.reason : promise.held_back;
  const std::string_view action = next_action(why, service_up);
  return action.empty() ? by_state(promise.state, service_up) : action;
}

}  // namespace leafgate
