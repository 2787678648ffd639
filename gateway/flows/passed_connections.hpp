#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/flows/marks.hpp"
#include "gateway/ports/presence.hpp"

namespace leafgate {

// Who was sent to the service by a connection of its own.
struct Traveller {
  std::string claimed_id;  // as written
  Marks marks;
};
using Travellers = std::vector<std::shared_ptr<const Traveller>>;

// Connections that went through to the service, and whose they may be. Where several leaves share an address
// that is not known of one whose handshake cannot be read. As many entries as there are connections, and some
// that have ended. Whoever owns it sees to it that one thread at a time uses it.
class PassedConnections {
 public:
  struct Open {
    std::shared_ptr<Presence> connection;
    std::string address;
    Travellers may_be;
  };

  void note(const std::shared_ptr<Presence>& connection, std::string_view address, Travellers may_be);
  // It has shown this certificate, so it is nobody else's: of those it may be, the one with that certificate,
  // else `who`.
  void recognise(const std::shared_ptr<Presence>& connection, std::string_view address,
                 std::shared_ptr<const Traveller> who);
  // Those that have not ended.
  [[nodiscard]] std::vector<Open> open() const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::weak_ptr<Presence> connection;
    std::string address;
    Travellers may_be;
  };

  std::unordered_map<const Presence*, Entry> entries_;
  std::size_t next_look_ = 256;  // entries at which those whose connection has ended are removed
};

}  // namespace leafgate
