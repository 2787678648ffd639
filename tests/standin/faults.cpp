#include "tests/standin/faults.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "tests/standin/encoding.hpp"

namespace leafgate::standin {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 9> implausible_kinds{
    "registration_id", "hub_address", "operation_id", "huge_body",  "deep_json",
    "redirect",        "html",        "null_members", "retry_after"};

[[noreturn]] void wrong(const std::string& what) { throw std::runtime_error("fault rule: " + what); }

void check_members(const json& object, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) wrong("not an object");
  for (const auto& [name, value] : object.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end()) wrong("unknown member " + name);
  }
}

}  // namespace

Action Action::parse(const json& members) {
  check_members(members,
                {"latency_ms", "status", "retry_after", "error_code", "message", "refuse", "reset_in_answer",
                 "garbage", "implausible", "never_end", "disabled", "failed", "hub"});
  Action a;
  a.latency_ms = members.value("latency_ms", 0);
  a.status = members.value("status", 0);
  a.retry_after = members.value("retry_after", -1);
  a.error_code = members.value("error_code", 0);
  a.message = members.value("message", std::string());
  a.refuse = members.value("refuse", false);
  a.reset_in_answer = members.value("reset_in_answer", false);
  a.garbage = members.value("garbage", false);
  a.implausible = members.value("implausible", std::string());
  a.never_end = members.value("never_end", false);
  a.disabled = members.value("disabled", false);
  a.hub = members.value("hub", std::string());
  if (const auto failed = members.find("failed"); failed != members.end()) {
    check_members(*failed, {"errorCode", "errorMessage"});
    a.failed = {failed->value("errorCode", 400207),
                failed->value("errorMessage", std::string("Custom allocation failed with status code: 400"))};
  }
  if (a.status != 0 && (a.status < 300 || a.status > 599)) wrong("status must be 300 to 599");
  if (!a.implausible.empty() && std::find(implausible_kinds.begin(), implausible_kinds.end(),
                                          a.implausible) == implausible_kinds.end()) {
    wrong("unknown implausible " + a.implausible);
  }
  return a;
}

bool Action::spoils_state() const {
  return implausible == "registration_id" || implausible == "hub_address" || implausible == "null_members";
}

int Faults::add(const json& rule) {
  try {
    check_members(rule, {"match", "after", "times", "action"});
    const json match = rule.value("match", json::object());
    check_members(match, {"id", "op"});
    Rule r{++last_number_,
           lower(match.value("id", "*")),
           match.value("op", "any"),
           rule.value("after", 0),
           rule.value("times", -1),
           0,
           Action::parse(rule.at("action")),
           rule};
    if (r.op != "register" && r.op != "poll" && r.op != "any" && r.op != "service")
      wrong("unknown op " + r.op);
    if (r.op == "service" && r.action.decides_outcome()) wrong("the service API ends no operation");
    if (r.after < 0) wrong("after must be 0 or above");
    if (r.times == 0 || r.times < -1) wrong("times must be -1 or above 0");
    rules_.push_back(std::move(r));
    return last_number_;
  } catch (const json::exception& error) {
    wrong(error.what());
  }
}

void Faults::spend(Rule& rule) {
  ++rule.hits;
  if (rule.times > 0 && --rule.times == 0) rule.times = -2;  // used up, kept for `describe`
}

bool Faults::fits(const Rule& rule, Op op) {
  if (op == Op::service) return rule.op == "service";
  return rule.op == "any" || rule.op == (op == Op::poll ? "poll" : "register");
}

std::optional<Action> Faults::take(Op op, std::string_view presented_id) {
  const std::string id = lower(presented_id);
  for (Rule& rule : rules_) {
    if (rule.times == -2) continue;
    if (!fits(rule, op) || !glob_matches(rule.id, id)) continue;
    // Under `any` an outcome was fixed when its operation was opened, and a wrong registrationState has
    // its place in a poll's answer only.
    if (rule.op == "any" && op == Op::poll && rule.action.decides_outcome()) continue;
    if (rule.op == "any" && op == Op::registration && rule.action.spoils_state()) continue;
    if (rule.after > 0) {
      --rule.after;
      continue;
    }
    spend(rule);
    return rule.action;
  }
  return std::nullopt;
}

bool Faults::take_refusal() {
  for (Rule& rule : rules_) {
    if (rule.times == -2 || !rule.action.refuse || rule.id != "*" || rule.op != "any") continue;
    spend(rule);
    return true;
  }
  return false;
}

json Faults::describe() const {
  json list = json::array();
  for (const Rule& rule : rules_) {
    list.push_back({{"number", rule.number},
                    {"left", rule.times == -2 ? 0 : rule.times},
                    {"hits", rule.hits},
                    {"rule", rule.source}});
  }
  return list;
}

}  // namespace leafgate::standin
