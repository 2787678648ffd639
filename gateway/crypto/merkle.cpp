#include "gateway/crypto/merkle.hpp"

#include <algorithm>
#include <bit>

namespace leafgate::crypto::merkle {
namespace {

Digest node(const Digest& left, const Digest& right) {
  std::array<std::uint8_t, 1 + 2 * sizeof(Digest)> octets{0x01};
  std::copy(left.begin(), left.end(), octets.begin() + 1);
  std::copy(right.begin(), right.end(), octets.begin() + 1 + sizeof(Digest));
  return sha256(octets);
}

// The root of `leaves`; their paths, if there are any to be told, grow by the steps below it.
Digest grow(std::span<const Digest> leaves, std::span<std::vector<Digest>> paths) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves.front();
  const std::size_t split = std::bit_floor(leaves.size() - 1);
  const bool told = !paths.empty();
  const auto left_paths = told ? paths.first(split) : paths;
  const auto right_paths = told ? paths.subspan(split) : paths;
  const Digest left = grow(leaves.first(split), left_paths);
  const Digest right = grow(leaves.subspan(split), right_paths);
  for (auto& path : left_paths) path.push_back(right);
  for (auto& path : right_paths) path.push_back(left);
  return node(left, right);
}

}  // namespace

Digest leaf(ByteView octets) {
  Bytes marked(1, 0x00);
  marked.insert(marked.end(), octets.begin(), octets.end());
  return sha256(marked);
}

Digest root(std::span<const Digest> leaves) { return grow(leaves, {}); }

Tree tree(std::span<const Digest> leaves) {
  Tree out;
  out.paths.resize(leaves.size());
  out.root = grow(leaves, out.paths);
  return out;
}

// RFC 9162 §2.1.3.2.
std::optional<Digest> root_by_path(const Digest& leaf, std::uint64_t index, std::uint64_t count,
                                   std::span<const Digest> path) {
  if (index >= count) return std::nullopt;
  std::uint64_t at = index;
  std::uint64_t last = count - 1;
  Digest sum = leaf;
  for (const Digest& step : path) {
    if (last == 0) return std::nullopt;
    if ((at & 1U) != 0 || at == last) {
      sum = node(step, sum);
      while (at != 0 && (at & 1U) == 0) {
        at >>= 1U;
        last >>= 1U;
      }
    } else {
      sum = node(sum, step);
    }
    at >>= 1U;
    last >>= 1U;
  }
  if (last != 0) return std::nullopt;
  return sum;
}

Digest checkpoint(const Digest& previous, std::uint64_t sequence, std::uint64_t count, const Digest& root) {
  const auto put = [](Bytes& out, std::uint64_t number) {
    for (unsigned shift = 64; shift > 0; shift -= 8)
      out.push_back(static_cast<std::uint8_t>(number >> (shift - 8)));
  };
  const ByteView domain = as_bytes("gw-cp-v1");
  Bytes octets(domain.begin(), domain.end());
  octets.insert(octets.end(), previous.begin(), previous.end());
  put(octets, sequence);
  put(octets, count);
  octets.insert(octets.end(), root.begin(), root.end());
  return sha256(octets);
}

}  // namespace leafgate::crypto::merkle
