#pragma once

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

namespace leafgate::standin {

// What a rule does. The first group acts on the request it matched; the second group fixes how the operation
// ends: for `register` and `any` when the operation is opened, for `poll` in the answer to that poll alone.
struct Action {
  int latency_ms = 0;
  int status = 0;        // 4xx/5xx with the service's error body
  int retry_after = -1;  // seconds; -1 = header absent
  int error_code = 0;    // 0 = a code that fits the status
  std::string message;
  bool refuse = false;           // RST: on accept when the rule matches everything, else after the request
  bool reset_in_answer = false;  // half an answer, then RST; the request did take effect
  bool garbage = false;          // 200/202 whose body is not JSON
  std::string implausible;       // registration_id hub_address operation_id huge_body deep_json redirect
                                 // html null_members retry_after

  bool never_end = false;
  bool disabled = false;
  std::optional<std::pair<int, std::string>> failed;  // errorCode, errorMessage
  std::string hub;                                    // move the device to this hub

  // Members as above; `failed` is {"errorCode":N,"errorMessage":"..."}. Throws std::runtime_error on an
  // unknown member or value, so that a test cannot misspell a fault and pass.
  static Action parse(const nlohmann::json& members);
  bool decides_outcome() const { return never_end || disabled || failed || !hub.empty(); }
  bool spoils_state() const;
};

// Rules tried in the order they came; the first that matches acts, alone.
class Faults {
 public:
  enum class Op { registration, poll, service };

  // {"match":{"id":"glob","op":"register|poll|any|service"},"after":N,"times":N,"action":{...}}; the first
  // `after` that match are let by; times -1 = for ever.
  // `any` is the device API; `service` the service API, where `id` is that of the record and empty for a
  // query over all. Returns the rule's number. Throws std::runtime_error.
  int add(const nlohmann::json& rule);
  void clear() { rules_.clear(); }
  std::optional<Action> take(Op op, std::string_view id);
  // For the moment of accept, when no id is known yet: only `refuse` rules that match everything.
  bool take_refusal();
  nlohmann::json describe() const;

 private:
  struct Rule {
    int number;
    std::string id;
    std::string op;
    int after;
    int times;
    int hits = 0;
    Action action;
    nlohmann::json source;
  };
  static bool fits(const Rule& rule, Op op);
  static void spend(Rule& rule);

  std::list<Rule> rules_;
  int last_number_ = 0;
};

}  // namespace leafgate::standin
