// Who is kept out, and who waits to be let in.
#include "adapters/status/guard.hpp"
#include "adapters/status/render_parts.hpp"
#include "adapters/status/reply.hpp"
#include "adapters/status/route_groups.hpp"
#include "adapters/wire/deny_list.hpp"
#include "gateway/ports/deny_operator.hpp"
#include "gateway/runtime/offload.hpp"

namespace leafgate::status {
namespace {

net::HttpResponse no_denials() { return error_reply(404, "no-route", "this daemon keeps no deny list"); }

Json entries_json(const std::vector<Denial>& entries, const DenyReport& report, const Labels* labels) {
  Json out = Json::array();
  for (const Denial& entry : entries) {
    Json one = {{std::string(to_text(entry.kind)), entry.value}};
    if (entry.kind == DenyKind::registration_id) put_label(one, labels, entry.value);
    if (entry.until) put_time(one, "until", *entry.until);
    if (entry.until && report.now && *entry.until <= *report.now) one["ended"] = true;
    out.push_back(std::move(one));
  }
  return out;
}

std::string report_json(const DenyReport& report, const Labels* labels) {
  Json out = {{"takesLists", report.has_signer}};
  if (report.list) {
    out["number"] = report.list->number;
    put_time(out, "taken", report.list->taken);
    out["digest"] = report.list->digest;
  }
  out["listedCount"] = report.listed_count;
  out["localCount"] = report.local_count;
  out["local"] = entries_json(report.local, report, labels);
  out["listed"] = entries_json(report.listed, report, labels);
  put_text(out, "fetchTrouble", report.fetch_trouble);
  return dumped(out);
}

Json effect_json(const DenyEffect& effect, std::string_view done) {
  Json out = {{"changed", effect.changed},
              {"number", effect.number},
              {"entries", effect.entries},
              {"connectionsEnded", effect.connections},
              {"operationsRefused", effect.operations}};
  if (effect.is_still_listed) out["stillListed"] = true;
  out["done"] = done;
  return out;
}

net::HttpResponse effect_reply(const Result<DenyEffect>& effect, std::string_view done) {
  return effect ? json_reply(dumped(effect_json(*effect, done))) : error_reply(effect.error());
}

// Of one entry; that of a leaf by its id is told with what people call it.
net::HttpResponse effect_reply(const Result<DenyEffect>& effect, std::string_view done, DenyKind kind,
                               const std::string& value, const Labels* labels) {
  if (!effect) return error_reply(effect.error());
  Json out = effect_json(*effect, done);
  if (kind == DenyKind::registration_id) put_leaf(out, labels, value);
  return json_reply(dumped(out));
}

Json held_json(const HeldLeaf& leaf, const Labels* labels) {
  Json out = Json::object();
  put_leaf(out, labels, leaf.registration_id);
  out["reason"] = reason_json(leaf.reason);
  put_text(out, "source", leaf.source);
  put_text(out, "client", leaf.client);
  out["attestation"] = to_text(leaf.mechanism);
  put_text(out, "fingerprint", leaf.fingerprint);
  put_text(out, "earnedBy", leaf.earned_by);
  put_text(out, "enrollment", leaf.enrollment_id);
  put_text(out, "otherPlace", leaf.other_place);
  put_time(out, "since", leaf.since);
  put_time(out, "last", leaf.last);
  out["times"] = leaf.times;
  return out;
}

}  // namespace

Task<net::HttpResponse> list_denials(const RoutesPorts& ports, const net::HttpRequest&,
                                     const net::HttpTarget& target) {
  if (ports.denials == nullptr) co_return no_denials();
  auto known = only_knows(target, "|limit|");
  if (!known) co_return error_reply(known.error());
  const auto limit = limit_of(target);
  if (!limit) co_return error_reply(limit.error());
  const DenyReport report = co_await ports.denials->deny_report(*limit);
  co_return json_reply(report_json(report, ports.commissioning));
}

Task<net::HttpResponse> import_denials(const RoutesPorts& ports, net::HttpRequest request,
                                       const net::HttpTarget&) {
  if (ports.denials == nullptr) co_return no_denials();
  auto read = [&request] { return wire::read_deny_list(request.body); };
  auto list = co_await offload(ports.pool, std::move(read));
  if (!list) co_return error_reply(list.error());
  Actor who = co_await who_asks(request, ports.users);
  const auto effect = co_await ports.denials->import_denials(std::move(*list), std::move(who));
  const bool changed = effect && effect->changed;
  co_return effect_reply(effect, changed ? "taken: it counts from now on, instead of the list before"
                                         : "nothing to do: this very list is held already");
}

Task<net::HttpResponse> add_denial(const RoutesPorts& ports, const net::HttpRequest& request,
                                   const net::HttpTarget&) {
  if (ports.denials == nullptr) co_return no_denials();
  auto entry = wire::read_denial(request.body);
  if (!entry) co_return error_reply(entry.error());
  const DenyKind kind = entry->kind;
  const std::string value = entry->value;
  Actor who = co_await who_asks(request, ports.users);
  const auto effect = co_await ports.denials->deny(std::move(*entry), std::move(who));
  const bool seems_over = effect && effect->seems_over;
  co_return effect_reply(effect,
                         seems_over ? "denied here until the clock is synchronized: by what it says now the "
                                      "end of this is past already"
                                    : "denied here from now on; its hub serves it until the device is "
                                      "disabled there as well",
                         kind, value, ports.commissioning);
}

Task<net::HttpResponse> remove_denial(const RoutesPorts& ports, const net::HttpRequest& request,
                                      const net::HttpTarget& target) {
  if (ports.denials == nullptr) co_return no_denials();
  const auto kind = deny_kind_from(target.path.at(3));
  if (!kind)
    co_return error_reply(400, "malformed", "it is one of registrationId, endorsementKey and certificate");
  const std::string value = target.path.at(4);
  Actor who = co_await who_asks(request, ports.users);
  const auto effect = co_await ports.denials->lift(*kind, value, std::move(who));
  const bool stays = effect && effect->is_still_listed;
  co_return effect_reply(effect,
                         stays ? "the entry added here is gone; the signed list denies it still, and "
                                 "only a list of a higher number lifts that"
                               : "not denied any more",
                         *kind, value, ports.commissioning);
}

Task<net::HttpResponse> list_held(const RoutesPorts& ports, const net::HttpRequest&,
                                  const net::HttpTarget& target) {
  if (ports.denials == nullptr) co_return no_denials();
  auto known = only_knows(target, "|");
  if (!known) co_return error_reply(known.error());
  const auto leaves = co_await ports.denials->held();
  Json out = {{"held", Json::array()}};
  for (const HeldLeaf& leaf : leaves) out["held"].push_back(held_json(leaf, ports.commissioning));
  co_return json_reply(dumped(out));
}

Task<net::HttpResponse> approve_leaf(const RoutesPorts& ports, const net::HttpRequest& request,
                                     const net::HttpTarget& target) {
  if (ports.denials == nullptr) co_return no_denials();
  auto known = only_knows(target, "|credential|");
  if (!known) co_return error_reply(known.error());
  auto id = RegistrationId::parse(target.path.at(2));
  if (!id) co_return error_reply(id.error());
  const std::string* given = target.parameter("credential");
  std::string credential = given != nullptr ? *given : std::string();
  const std::string name = id->text();
  Actor who = co_await who_asks(request, ports.users);
  const auto approved =
      co_await ports.denials->approve(std::move(*id), std::move(credential), std::move(who));
  if (!approved) co_return error_reply(approved.error());
  Json out = Json::object();
  put_leaf(out, ports.commissioning, name);
  put_text(out, "credential", approved->credential);
  out["done"] = approved->credential.empty()
                    ? "approved: it may go to the service, at its next poll if it waits"
                    : "approved: what it shows now counts, at its next poll if it waits";
  if (!approved->lifts.empty()) {
    out["done"] = "approved, but it is denied still and hears 401; before it may come it needs:";
    out["lifts"] = approved->lifts;
  }
  out["toDo"] = approved->to_do;
  co_return json_reply(dumped(out));
}

Task<net::HttpResponse> reject_leaf(const RoutesPorts& ports, const net::HttpRequest& request,
                                    const net::HttpTarget& target) {
  if (ports.denials == nullptr) co_return no_denials();
  auto id = RegistrationId::parse(target.path.at(2));
  if (!id) co_return error_reply(id.error());
  const std::string name = id->text();
  Actor who = co_await who_asks(request, ports.users);
  const auto rejected = co_await ports.denials->reject(std::move(*id), std::move(who));
  if (!rejected) co_return error_reply(rejected.error());
  co_return json_reply(done_json(ports.commissioning, name, "rejected: it hears 401 until it is approved"));
}

}  // namespace leafgate::status
