#include "adapters/status/render_outages.hpp"

namespace leafgate::status {
namespace {

constexpr auto all_states = std::to_array<PromiseState>(
    {PromiseState::queued, PromiseState::provisional, PromiseState::needs_the_leaf, PromiseState::confirmed,
     PromiseState::rehomed, PromiseState::refused, PromiseState::conflict});

Json state_json(const Promise& promise) {
  const PromiseStateRow& known = row(promise.state);
  Json out = {{"code", known.code}, {"text", known.text}};
  if (const std::string_view action = next_action(promise); !action.empty()) out["nextAction"] = action;
  return out;
}

Json place_json(const std::string& hub, const std::string& device_id) {
  return {{"assignedHub", hub}, {"deviceId", device_id}};
}

Json outage_json(const Outage& outage) {
  Json out = {{"id", outage.id}};
  put_time(out, "begun", outage.begun);
  if (outage.ended) put_time(out, "ended", *outage.ended);
  if (outage.powered_for) out["poweredSeconds"] = seconds(*outage.powered_for);
  if (outage.untimed) out["datesReckoned"] = true;
  out["reason"] = reason_json(outage.reason);
  Json made = Json::object();
  Json came_to = Json::object();
  for (std::size_t i = 0; i < all_states.size(); ++i) {
    const std::string name(code(all_states.at(i)));
    if (i < outage.made.size())
      made[name] = outage.made.at(i);
    else
      came_to[name] = outage.came_to.at(i);
  }
  out["promised"] = std::move(made);
  out["cameTo"] = std::move(came_to);
  return out;
}

}  // namespace

Json promise_json(const Promise& promise) {
  Json out = {{"registrationId", promise.id.text()}, {"promised", code(promise.made)}};
  out["state"] = state_json(promise);
  if (promise.reason != Reason::none) out["reason"] = reason_json(promise.reason);
  if (!promise.hub.empty()) out["toldOrKnown"] = place_json(promise.hub, promise.device_id);
  if (!promise.settled_hub.empty())
    out["settled"] = place_json(promise.settled_hub, promise.settled_device_id);
  put_time(out, "promisedAt", promise.made_at);
  put_time(out, "settledAt", promise.settled_at);
  if (promise.is_settled()) out["told"] = promise.told;
  if (promise.outage != 0) out["outage"] = promise.outage;
  return out;
}

std::string render(const Forecast& forecast) {
  Json out = {{"forSeconds", seconds(forecast.span)},
              {"leaves", forecast.all},
              {"answered", forecast.answered},
              {"notAnswered", Json::array()},
              {"timeline", Json::array()}};
  for (const NotAnswered& why : forecast.not_answered)
    out["notAnswered"].push_back(
        {{"reason", reason_json(why.reason)}, {"count", why.count}, {"first", why.first}});
  for (const Forecast::Step& step : forecast.timeline)
    out["timeline"].push_back({{"afterSeconds", seconds(step.after)}, {"answered", step.answered}});
  if (!forecast.next_id.empty())
    out["nextToDropOut"] = {{"registrationId", forecast.next_id},
                            {"afterSeconds", seconds(forecast.next_after)}};
  return dumped(out);
}

std::string render(const OutcomePage& page) {
  Json out = {{"counts", Json::object()}};
  for (const PromiseState state : all_states) out["counts"][std::string(code(state))] = page.counts.of(state);
  out["counts"]["untold"] = page.counts.untold;
  out["outages"] = Json::array();
  for (const Outage& outage : page.outages) out["outages"].push_back(outage_json(outage));
  out["outcomes"] = Json::array();
  for (const Promise& promise : page.rows) out["outcomes"].push_back(promise_json(promise));
  out["next"] = page.next.empty() ? Json(nullptr) : Json(page.next);
  return dumped(out);
}

}  // namespace leafgate::status
