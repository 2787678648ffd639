#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "gateway/flows/denied.hpp"
#include "gateway/ports/presence.hpp"

namespace leafgate {

// What was shown on connections that are open, proved or not, so that those of a leaf that is denied can be
// ended. As many entries as there are connections, and some that have ended. First loop only.
class OpenConnections {
 public:
  void note(const std::shared_ptr<Presence>& presence, const Shown& shown);
  // Ends those that fit; gives how many.
  std::size_t end_those(const std::function<bool(const Shown&)>& which);
  [[nodiscard]] std::size_t size() const { return open_.size(); }

 private:
  struct Entry {
    std::weak_ptr<Presence> presence;
    Shown shown;
  };
  void forget_the_gone();

  std::unordered_map<const Presence*, Entry> open_;
  std::size_t next_look_ = 1'024;  // entries at which those whose connection has ended are removed
};

}  // namespace leafgate
