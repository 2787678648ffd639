#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "gateway/flows/relay.hpp"
#include "tests/fakes/site.hpp"

namespace leafgate {

inline std::string leaf(int n) { return "leaf-" + std::to_string(n); }
inline std::string address(int n) { return "192.0.2." + std::to_string(n); }

// A site that takes what it cannot check to the service, and leaves with addresses of their own.
struct RelaySite : testing::Test {
  RelaySite() {
    site.policy.unknown = UnknownPolicy::relay;
    site.restart();
  }

  // What the leaf has heard after `patience`; nothing yet: empty.
  std::optional<Answer> admit(Attempt attempt, Millis patience) {
    const auto heard = std::make_shared<std::optional<Answer>>();
    const auto ask = [](Site& of, Attempt what, std::shared_ptr<std::optional<Answer>> into) -> Task<void> {
      *into = co_await of.running->admission.admit(std::move(what));
    };
    site.simulator.spawn(ask(site, std::move(attempt), heard));
    site.simulator.run_for(patience);
    return *heard;
  }
  Attempt attempt(const std::string& id, const std::string& from, const std::string& key = "its true key") {
    Attempt a = site.attempt(
        id, tokens.try_emplace(id + key, site.token(id, key, std::chrono::hours(10))).first->second);
    a.source.address = from;
    return a;
  }
  std::optional<Answer> ask(int n, Millis patience = std::chrono::seconds(1)) {
    return admit(attempt(leaf(n), address(n)), patience);
  }
  Answer poll(int n, const OperationId& operation, const std::string& key = "its true key") {
    Attempt a = attempt(leaf(n), address(n), key);
    a.operation = operation;
    return admit(std::move(a), Millis(0)).value();
  }
  // As an SDK does, until the operation ends.
  Answer provision(int n, Millis patience = std::chrono::minutes(2)) {
    Answer answer = ask(n, std::chrono::seconds(6)).value();
    const TimePoint give_up = site.simulator.now() + patience;
    while (answer.status == 202 && site.simulator.now() < give_up) {
      site.simulator.run_for(answer.retry_after);
      answer = poll(n, *answer.operation);
    }
    return answer;
  }

  Site site;
  std::map<std::string, std::string> tokens;  // a leaf signs once
};

}  // namespace leafgate
