#include "adapters/status/render_outages.hpp"

namespace leafgate::status {
namespace {

constexpr auto all_states = std::to_array<PromiseState>(
    {PromiseState::queued, PromiseState::provisional, PromiseState::needs_the_leaf, PromiseState::confirmed,
     PromiseState::rehomed, PromiseState::refused, PromiseState::conflict});

Json state_json(const Promise& promise, bool service_up) {
  Json out = {{"code", code(promise.state)}, {"text", text(promise)}};
  if (const std::string_view action = next_action(promise, service_up); !action.empty())
    out["nextAction"] = action;
  return out;
}

Json place_json(const std::string& hub, const std::string& device_id) {
  return {{"assignedHub", hub}, {"deviceId", device_id}};
}

// `first` are ids alone; their labels stand beside them, by id.
void put_first(Json& out, const Labels* labels, const std::vector<std::string>& first) {
  out["first"] = first;
  Json called = Json::object();
  for (const std::string& id : first) put_label(called, labels, id, id.c_str());
  if (!called.empty()) out["labels"] = std::move(called);
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

std::string_view code(WhoseEnd whose) {
  switch (whose) {
    case WhoseEnd::own:
      return "own";
    case WhoseEnd::enrolled:
      return "enrolled";
    case WhoseEnd::authority:
      return "authority";
  }
  return "own";
}

Json not_answered_json(const NotAnswered& why, bool service_up, const Labels* labels) {
  Json out = {{"reason", reason_json(why.reason, service_up)}, {"count", why.count}};
  put_first(out, labels, why.first);
  if (!why.ended) return out;
  Json& ended = out["certificates"] = {{"whose", code(why.ended->whose)}};
  put_text(ended, "enrollment", why.ended->enrollment);
  put_time(ended, "firstEndsAt", why.ended->first);
  put_time(ended, "lastEndsAt", why.ended->last);
  return out;
}

Json next_json(const Forecast& forecast, bool service_up, const Labels* labels) {
  Json out = Json::object();
  put_leaf(out, labels, forecast.next_id);
  out["afterSeconds"] = seconds(forecast.next_after);
  if (forecast.next_reason != Reason::none) out["reason"] = reason_json(forecast.next_reason, service_up);
  if (!forecast.next_ends) return out;
  Json& ends = out["certificate"] = {{"whose", code(forecast.next_ends->whose)}};
  put_text(ends, "enrollment", forecast.next_ends->enrollment);
  if (forecast.next_ends->at) put_time(ends, "endsAt", *forecast.next_ends->at);
  return out;
}

Json unknown_json(const Forecast& forecast, const Labels* labels) {
  Json out = {{"count", forecast.end_unknown}};
  put_first(out, labels, forecast.end_unknown_first);
  return out;
}

Json gateway_json(const EndingCertificate& certificate) {
  Json out = {{"file", certificate.file}};
  put_text(out, "serverName", certificate.server_name);
  out["afterSeconds"] = seconds(certificate.after);
  return out;
}

}  // namespace

Json promise_json(const Promise& promise, bool service_up, const Labels* labels) {
  Json out = Json::object();
  put_leaf(out, labels, promise.id.text());
  out["promised"] = code(promise.made);
  out["state"] = state_json(promise, service_up);
  if (promise.reason != Reason::none) out["reason"] = reason_json(promise.reason, service_up);
  if (!promise.hub.empty()) out["toldOrKnown"] = place_json(promise.hub, promise.device_id);
  if (!promise.settled_hub.empty())
    out["settled"] = place_json(promise.settled_hub, promise.settled_device_id);
  put_time(out, "promisedAt", promise.made_at);
  put_time(out, "settledAt", promise.settled_at);
  // Where all is as it was promised there is nothing that a leaf has to hear.
  const bool has_news = promise.is_settled() && promise.state != PromiseState::confirmed;
  if (has_news) out["told"] = promise.told;
  if (promise.outage != 0) out["outage"] = promise.outage;
  return out;
}

Json uplink_json(const LinkState& uplink) {
  Json out = {{"up", uplink.up}};
  put_time(out, "since", uplink.since);
  if (!uplink.up) out["reason"] = reason_json(uplink.reason);
  return out;
}

std::string render(const Forecast& forecast, const LinkState& uplink, const Labels* labels) {
  Json out = {{"uplink", uplink_json(uplink)}, {"forSeconds", seconds(forecast.span)},
              {"leaves", forecast.all},        {"answered", forecast.answered},
              {"notAnswered", Json::array()},  {"timeline", Json::array()}};
  for (const NotAnswered& why : forecast.not_answered)
    out["notAnswered"].push_back(not_answered_json(why, uplink.up, labels));
  for (const Forecast::Step& step : forecast.timeline)
    out["timeline"].push_back({{"afterSeconds", seconds(step.after)}, {"answered", step.answered}});
  if (!forecast.next_id.empty()) out["nextToDropOut"] = next_json(forecast, uplink.up, labels);
  if (forecast.end_unknown > 0) out["endUnknown"] = unknown_json(forecast, labels);
  for (const EndingCertificate& certificate : forecast.gateway_ends)
    out["gatewayCertificatesEnding"].push_back(gateway_json(certificate));
  if (forecast.turned_away != TurnedAway::nobody)
    out["turnedAway"] = forecast.turned_away == TurnedAway::all ? "all" : "others";
  return dumped(out);
}

std::string render(const OutcomePage& page, const LinkState& uplink, const Labels* labels) {
  Json out = {{"counts", Json::object()}};
  for (const PromiseState state : all_states) out["counts"][std::string(code(state))] = page.counts.of(state);
  out["counts"]["untold"] = page.counts.untold;
  out["outages"] = Json::array();
  for (const Outage& outage : page.outages) out["outages"].push_back(outage_json(outage));
  out["outcomes"] = Json::array();
  for (const Promise& promise : page.rows)
    out["outcomes"].push_back(promise_json(promise, uplink.up, labels));
  out["next"] = page.next.empty() ? Json(nullptr) : Json(page.next);
  return dumped(out);
}

}  // namespace leafgate::status
