#pragma once

#include <map>
#include <utility>

#include "gateway/ports/expectations.hpp"
#include "gateway/ports/self_test.hpp"

namespace leafgate {

// A commissioning list that tells what a test has put into it. Members are open to tests.
class FakeCommissioning : public CommissioningOperator {
 public:
  ExpectedPage page;
  ExpectedFilter asked;
  std::vector<ExpectedLeaf> leaves;
  Actor who;
  std::map<std::string, std::string, std::less<>> labels;
  std::map<std::string, std::string, std::less<>> labels_at;

  [[nodiscard]] std::string label_of(std::string_view key) const override {
    const auto found = labels.find(key);
    return found == labels.end() ? std::string() : found->second;
  }
  [[nodiscard]] std::string label_at(std::string_view source) const override {
    const auto found = labels_at.find(source);
    return found == labels_at.end() ? std::string() : found->second;
  }
  Task<Result<ExpectedPage>> expected(ExpectedFilter filter) override {
    asked = std::move(filter);
    co_return page;
  }
  Task<Result<void>> expect(std::vector<ExpectedLeaf> given, Actor actor) override {
    leaves = std::move(given);
    who = std::move(actor);
    co_return Result<void>();
  }
  Task<Result<void>> clear_expected(Actor actor) override {
    who = std::move(actor);
    leaves.clear();
    co_return Result<void>();
  }
};

class FakeSelfTest : public SelfTestOperator {
 public:
  std::vector<Finding> findings;
  Task<Result<std::vector<Finding>>> check() override { co_return findings; }
};

}  // namespace leafgate
