#pragma once

#include <cstddef>
#include <cstdint>

#include "adapters/serial/frame.hpp"

namespace leafgate::serial {

// Messages in the pieces that frames carry, stop and wait. The index of a fragment has seven bits, so at the
// least mtu of 64 octets a message has at most 8,192: the ceiling toward the leaf (a `sign` with a
// transcript).
inline constexpr std::size_t most_to_leaf = 8192;
inline constexpr std::size_t most_from_leaf = 4096;
inline constexpr std::size_t least_mtu = 64;

// Puts a leaf's message together again.
class Assembly {
 public:
  enum class Step { more, whole, out_of_order, too_large };
  // The next DATA. Index 0 begins anew, whatever came before. Neither whole nor more: all of it is dropped.
  [[nodiscard]] Step add(const Frame& data);
  // Of a whole one; the assembly is empty then.
  [[nodiscard]] Bytes take();
  [[nodiscard]] bool is_begun() const { return next_ != 0; }
  void clear();

 private:
  Bytes message_;
  unsigned next_ = 0;  // index that is to come
};

// A message on its way to the leaf. Fragments may have different sizes: the leaf counts only their indices.
class Cut {
 public:
  explicit Cut(Bytes message) : message_(std::move(message)) {}

  // Puts the fragment whose turn it is into a DATA, of at most `mtu` octets (64 at least).
  void put_into(Frame& data, std::size_t mtu);
  // It arrived. False when it was the last one.
  [[nodiscard]] bool advance();
  void restart();

 private:
  Bytes message_;
  std::size_t arrived_ = 0;  // octets
  std::size_t under_way_ = 0;
  std::uint8_t index_ = 0;
};

}  // namespace leafgate::serial
