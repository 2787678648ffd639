#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

#include "gateway/model/bytes.hpp"

namespace leafgate::crypto {

// The keys under which TLS session tickets are sealed, shared by the contexts of all loops so that a leaf may
// resume on any of them. Made new every 12 hours; tickets of the two before are still accepted. In memory
// only: after a restart every leaf does a full handshake. Any thread.
class TicketKeys {
 public:
  static constexpr std::chrono::hours period{12};
  static constexpr std::size_t kept = 3;

  struct Key {
    std::array<std::uint8_t, 16> name;
    std::array<std::uint8_t, 32> cipher;  // AES-256-CBC
    std::array<std::uint8_t, 32> mac;     // HMAC-SHA256
    std::chrono::nanoseconds made;
  };

  // `now` is monotonic time. Throws std::runtime_error when there are no random octets.
  explicit TicketKeys(std::function<std::chrono::nanoseconds()> now);
  ~TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;

  // The key for a new ticket; makes a new one when the newest is too old.
  [[nodiscard]] Key current();
  struct Found {
    Key key;
    bool newest;  // else the leaf should get a new ticket
  };
  [[nodiscard]] std::optional<Found> find(ByteView name);

 private:
  [[nodiscard]] Key make() const;
  void rotate_when_due();

  std::function<std::chrono::nanoseconds()> now_;
  std::mutex mutex_;
  std::vector<Key> keys_;  // newest first
};

}  // namespace leafgate::crypto
