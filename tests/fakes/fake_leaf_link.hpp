#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ports/leaf_link.hpp"

namespace leafgate {

// A leaf link in small: it answers whatever it hears at once, by the carrier it came by ("hello" gets "re
// hello"), keeps carriers as the real one does for whom it owes something, and lets go of who is lost.
class FakeLeafLink final : public LeafLink {
 public:
  struct Heard {
    std::string from;  // the address
    std::string claimed;
    std::string message;
  };

  void hear(std::shared_ptr<LeafCarrier> from, Bytes message) override {
    const std::string text(as_text(message));
    heard.push_back({from->source().address, from->claimed_id(), text});
    const std::string reply = "re " + text;
    if (answers && from->is_there()) from->send(Bytes(reply.begin(), reply.end()));
    const auto same = [&](const auto& other) { return other == from; };
    if (std::none_of(carriers.begin(), carriers.end(), same)) carriers.push_back(std::move(from));
  }

  void lost(const LeafCarrier& carrier) override {
    lost_ids.push_back(carrier.claimed_id());
    std::erase_if(carriers, [&](const auto& other) { return other.get() == &carrier; });
  }

  [[nodiscard]] std::size_t count(const std::string& message) const {
    return static_cast<std::size_t>(std::count_if(
        heard.begin(), heard.end(), [&](const Heard& each) { return each.message == message; }));
  }

  bool answers = true;
  std::vector<Heard> heard;
  std::vector<std::shared_ptr<LeafCarrier>> carriers;
  std::vector<std::string> lost_ids;
};

}  // namespace leafgate
