#include "adapters/link/known_chains.hpp"

#include <utility>

namespace leafgate::link {

KnownChains::Chain KnownChains::find(const std::string& thumbprint) const {
  const auto found = chains_.find(thumbprint);
  return found == chains_.end() ? nullptr : found->second;
}

void KnownChains::keep(Chain chain) {
  Entry entry{chain->leaf().sha256(), 0};
  if (chains_.contains(entry.thumbprint)) return;
  for (const crypto::Certificate& each : chain->certificates) entry.octets += each.der().size();
  octets_ += entry.octets;
  chains_.emplace(entry.thumbprint, std::move(chain));
  order_.push_back(std::move(entry));
  while (order_.size() > most || octets_ > largest) {
    octets_ -= order_.front().octets;
    chains_.erase(order_.front().thumbprint);
    order_.pop_front();
  }
}

}  // namespace leafgate::link
