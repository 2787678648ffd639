#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>

#include "gateway/crypto/x509.hpp"

namespace leafgate::link {

// Chains that proved themselves since the start, by the thumbprint that a leaf may send instead: those that
// proved themselves last, bounded in number and in octets of DER. First loop only.
class KnownChains {
 public:
  using Chain = std::shared_ptr<const crypto::CertificateChain>;
  static constexpr std::size_t most = 1'024;
  static constexpr std::size_t largest = std::size_t{2} * 1024 * 1024;

  // `thumbprint`: SHA-256 of the leaf's certificate, hex. Null: not known (any more).
  [[nodiscard]] Chain find(const std::string& thumbprint) const;
  // One that is known already stays as it is.
  void keep(Chain chain);

  [[nodiscard]] std::size_t size() const { return chains_.size(); }
  [[nodiscard]] std::size_t octets() const { return octets_; }

 private:
  struct Entry {
    std::string thumbprint;
    std::size_t octets = 0;
  };
  std::unordered_map<std::string, Chain> chains_;
  std::deque<Entry> order_;  // oldest first
  std::size_t octets_ = 0;
};

}  // namespace leafgate::link
