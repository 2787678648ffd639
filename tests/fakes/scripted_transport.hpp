#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <poll.h>

#include "adapters/tpm/transport.hpp"

namespace leafgate {

// What a test wants to happen to the commands of a TPM, and how many there were. Any thread.
class TransportScript {
 public:
  enum class Fault { none, response, broken, silent, short_answer, shut };
  struct Rule {
    std::uint32_t command = 0;  // its code
    int nth = 1;                // of those to come
    Fault fault = Fault::response;
    std::uint32_t response = 0;    // the response code
    std::function<void()> then{};  // called before the fault
  };

  void add(Rule rule) {
    const std::lock_guard lock(mutex_);
    rules_.push_back(std::move(rule));
  }
  void latency(std::chrono::milliseconds each) {
    const std::lock_guard lock(mutex_);
    latency_ = each;
  }
  // No connection can be made, until said otherwise.
  void shut(bool is) {
    const std::lock_guard lock(mutex_);
    shut_ = is;
  }
  void forget_counts() {
    const std::lock_guard lock(mutex_);
    counts_.clear();
  }
  [[nodiscard]] int count(std::uint32_t command) const {
    const std::lock_guard lock(mutex_);
    const auto at = counts_.find(command);
    return at == counts_.end() ? 0 : at->second;
  }
  [[nodiscard]] int all() const {
    const std::lock_guard lock(mutex_);
    int sum = 0;
    for (const auto& [_, number] : counts_) sum += number;
    return sum;
  }

  [[nodiscard]] std::pair<Rule, std::chrono::milliseconds> met(std::uint32_t command) {
    const std::lock_guard lock(mutex_);
    ++counts_[command];
    Rule due;
    due.fault = shut_ ? Fault::shut : Fault::none;
    for (auto rule = rules_.begin(); rule != rules_.end(); ++rule) {
      if (rule->command != command || --rule->nth > 0) continue;
      due = *rule;
      rules_.erase(rule);
      break;
    }
    return {due, latency_};
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Rule> rules_;
  std::map<std::uint32_t, int> counts_;
  std::chrono::milliseconds latency_{0};
  bool shut_ = false;
};

// A Transport that follows a script and otherwise passes commands on.
class ScriptedTransport final : public tpm::Transport {
 public:
  ScriptedTransport(std::shared_ptr<TransportScript> script, std::unique_ptr<tpm::Transport> inner)
      : script_(std::move(script)), inner_(std::move(inner)) {}

  Result<void> send(ByteView command, TimePoint deadline) override {
    std::uint32_t code = 0;
    for (std::size_t i = 6; i < 10; ++i) code = code << 8 | command[i];
    auto [rule, latency] = script_->met(code);
    fault_ = rule;
    answers_at_ = LoopClock::now() + latency;
    if (rule.then) rule.then();
    if (rule.fault == TransportScript::Fault::shut) return Error(Errc::unreachable, "shut");
    if (rule.fault != TransportScript::Fault::none) return {};
    return inner_->send(command, deadline);
  }

  Result<Bytes> receive(TimePoint deadline) override {
    using Fault = TransportScript::Fault;
    if (fault_.fault == Fault::silent) return wait(deadline);
    if (answers_at_ > LoopClock::now()) {
      const auto waited = wait(std::min(deadline, answers_at_));
      if (deadline <= answers_at_) return waited;
    }
    switch (fault_.fault) {
      case Fault::broken:
        return Error(Errc::unreachable, "broken");
      case Fault::short_answer:
        return Bytes{0x80, 0x01, 0, 0};
      case Fault::response: {
        Bytes answer = {0x80, 0x01, 0, 0, 0, 10, 0, 0, 0, 0};
        for (std::size_t i = 0; i < 4; ++i)
          answer[6 + i] = static_cast<std::uint8_t>(fault_.response >> (24 - 8 * i));
        return answer;
      }
      default:
        return inner_->receive(deadline);
    }
  }

 private:
  // As a socket does on which nothing comes.
  static Result<Bytes> wait(TimePoint until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - LoopClock::now()).count();
    if (left > 0) ::poll(nullptr, 0, static_cast<int>(left));
    return Error(Errc::timed_out, "no answer");
  }

  std::shared_ptr<TransportScript> script_;
  std::unique_ptr<tpm::Transport> inner_;
  TransportScript::Rule fault_;
  TimePoint answers_at_{};
};

}  // namespace leafgate
