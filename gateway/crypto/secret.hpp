#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "gateway/model/bytes.hpp"

namespace leafgate::crypto {

// Octets that must not outlive their use: wiped on destruction and when moved from; never printed, never
// compared with an early exit. Copies are explicit.
class Secret {
 public:
  Secret() = default;
  explicit Secret(ByteView octets) : octets_(octets.begin(), octets.end()) {}
  explicit Secret(std::size_t size) : octets_(size) {}
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] Secret copy() const { return Secret(view()); }
  [[nodiscard]] ByteView view() const { return octets_; }
  [[nodiscard]] std::span<std::uint8_t> writable() { return octets_; }
  [[nodiscard]] bool empty() const { return octets_.empty(); }
  [[nodiscard]] std::size_t size() const { return octets_.size(); }

 private:
  void wipe() noexcept;
  std::vector<std::uint8_t> octets_;
};

}  // namespace leafgate::crypto
