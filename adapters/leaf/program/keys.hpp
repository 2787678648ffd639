#pragma once

#include <string>
#include <vector>

#include "adapters/leaf/program/digests.hpp"

namespace leafgate::device {

// Whether `signature` (r || s) of a SHA-256 is by the P-256 key x || y.
bool verify_es256(std::string_view key, std::string_view hash, std::string_view signature);

// The key of the leaf's certificate, from a PEM file: P-256 or RSA of 2048 to 4096 bits. The constructor
// throws std::runtime_error that says what is wrong with the file.
class SigningKey {
 public:
  explicit SigningKey(const std::string& file);

  // COSE algorithms it can sign with, best first.
  [[nodiscard]] std::vector<int> schemes() const;
  // Of a SHA-256; ES256 as r || s. Empty where OpenSSL refuses.
  [[nodiscard]] Octets sign(int scheme, std::string_view hash) const;
  // Whether this is the key of that certificate (DER).
  [[nodiscard]] bool belongs_to(std::string_view certificate) const;

 private:
  std::unique_ptr<EVP_PKEY, Freed> key_;
};

// The certificates of a PEM file in DER, the leaf's first. Throws std::runtime_error.
std::vector<Octets> read_chain(const std::string& file);

}  // namespace leafgate::device
