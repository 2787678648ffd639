#include "adapters/serial/discovery.hpp"

namespace leafgate::serial {
namespace {

constexpr int longest_prefix = 64;
constexpr int most_rounds = 6;
// 64 leaves take 250 probes, 239 a thousand. More is noise.
constexpr std::size_t most_probes = 1500;

}  // namespace

void Discovery::begin() {
  left_.assign(1, Prefix());
  rounds_ = 0;
  probes_ = 0;
  gained_ = false;
  is_unclear_ = false;
}

void Discovery::heard(std::size_t leaves, bool garbled) {
  if (left_.empty()) return;
  if (leaves != 0) gained_ = true;
  const Prefix asked = left_.back();
  if (garbled && asked.bits == longest_prefix) is_unclear_ = true;
  // Where one was read among others the same question has fewer answers now; else half of it has.
  if (!garbled || leaves == 0) left_.pop_back();
  if (garbled && leaves == 0 && asked.bits < longest_prefix) {
    Prefix half = asked;
    ++half.bits;
    half.value |= std::uint64_t{1} << (longest_prefix - half.bits);
    left_.push_back(half);
    half.value = asked.value;
    left_.push_back(half);
  }
  if (++probes_ >= most_probes) return end();
  if (!left_.empty()) return;
  if (gained_ && ++rounds_ < most_rounds) left_.assign(1, Prefix());
  gained_ = false;
}

}  // namespace leafgate::serial
