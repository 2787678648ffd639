#pragma once

#include <string>
#include <vector>

#include "gateway/ports/line_operator.hpp"
#include "tests/fakes/fail_switch.hpp"
#include "tests/fakes/fake_lines.hpp"

namespace leafgate {

// The desk for lines and broker in memory. Members are open to tests.
class FakeLineOperator : public LineOperator {
 public:
  FailSwitch fail;  // of the key and of changes
  FakeLines lines;
  Bytes key = Bytes(64, 0x07);
  std::vector<std::string> changes;  // "release line1", in order, also what was refused
  Actor who;                         // of the newest change

  Task<LineReport> line_report() override {
    LineReport report;
    report.lines = lines.lines();
    report.broker = lines.broker();
    co_return report;
  }
  Task<Result<Bytes>> link_key() override {
    if (auto error = fail.next()) co_return *error;
    co_return key;
  }
  Task<Result<void>> release_line(std::string name, Actor actor) override {
    note("release " + name, std::move(actor));
    if (auto error = fail.next()) co_return *error;
    co_return co_await lines.release(std::move(name));
  }
  Task<Result<void>> claim_line(std::string name, Actor actor) override {
    note("claim " + name, std::move(actor));
    if (auto error = fail.next()) co_return *error;
    co_return co_await lines.claim(std::move(name));
  }

 private:
  void note(std::string change, Actor actor) {
    changes.push_back(std::move(change));
    who = std::move(actor);
  }
};

}  // namespace leafgate
