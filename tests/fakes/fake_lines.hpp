#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "gateway/ports/lines.hpp"

namespace leafgate {

// Serial lines and a broker in memory: what is released is so until it is claimed. Members are open to tests.
class FakeLines : public Lines {
 public:
  std::deque<LineFacts> all;  // references stay good
  std::optional<BrokerFacts> site_broker;

  // A line that works, with no leaf on it.
  LineFacts& add(const std::string& name) {
    LineFacts& line = all.emplace_back();
    line.name = name;
    line.path = "/dev/serial/by-id/usb-" + name;
    line.baud = 9600;
    line.state = LineState::working;
    return line;
  }
  // A leaf that answered two seconds ago.
  static LineLeaf& add_leaf(LineFacts& line, const std::string& id) {
    LineLeaf& leaf = line.leaves.emplace_back();
    leaf.address = static_cast<int>(line.leaves.size());
    leaf.uid = "00112233445566" + std::to_string(10 + leaf.address);
    leaf.registration_id = id;
    leaf.mtu = 240;
    leaf.last_good = line.last_good = Millis(2'400);
    return leaf;
  }

  [[nodiscard]] std::vector<LineFacts> lines() const override { return {all.begin(), all.end()}; }
  [[nodiscard]] std::optional<BrokerFacts> broker() const override { return site_broker; }
  Task<Result<void>> release(std::string name) override {
    co_return change(name, LineState::released, "released already");
  }
  Task<Result<void>> claim(std::string name) override {
    co_return change(name, LineState::working, "not released");
  }

 private:
  Result<void> change(const std::string& name, LineState to, const std::string& refusal) {
    for (LineFacts& line : all) {
      if (line.name != name) continue;
      const bool is_released = line.state == LineState::released;
      if (is_released == (to == LineState::released)) return Error(Errc::conflict, refusal);
      line.state = to;
      return {};
    }
    return Error(Errc::not_found, "no line of this name");
  }
};

}  // namespace leafgate
