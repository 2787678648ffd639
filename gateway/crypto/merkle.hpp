#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gateway/crypto/digest.hpp"

namespace leafgate::crypto::merkle {

// Hash trees as RFC 6962 §2.1 builds them: a leaf is SHA-256(0x00 || octets), a node SHA-256(0x01 || left ||
// right), a list splits at the largest power of two below its length. The empty list hashes to SHA-256 of
// nothing. Pure; any thread.

[[nodiscard]] Digest leaf(ByteView octets);
[[nodiscard]] Digest root(std::span<const Digest> leaves);

// The audit path of each leaf (RFC 6962 §2.1.1), from the bottom up, and the root above them all.
struct Tree {
  Digest root{};
  std::vector<std::vector<Digest>> paths;
};
[[nodiscard]] Tree tree(std::span<const Digest> leaves);

// The root that this leaf has at `index` of `count`. Nothing when the path is not as long as that place has
// it, or there is no such place: so a path proves index and count as well.
[[nodiscard]] std::optional<Digest> root_by_path(const Digest& leaf, std::uint64_t index, std::uint64_t count,
                                                 std::span<const Digest> path);

// What a signature over one tree of a log says, and the next one calls `previous`: SHA-256("gw-cp-v1" ||
// previous || sequence || count || root), numbers in 8 octets, big endian. The first has 32 zeros before it.
[[nodiscard]] Digest checkpoint(const Digest& previous, std::uint64_t sequence, std::uint64_t count,
                                const Digest& root);

}  // namespace leafgate::crypto::merkle
