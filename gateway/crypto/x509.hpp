#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

struct x509_st;

namespace leafgate::crypto {

enum class KeyKind { rsa, p256, p384, p521, other };

// An X.509 certificate (RFC 5280) of a leaf or of a CA that vouches for leaves, parsed once: parsing costs
// more than checking its signature. Immutable; copies share. Any thread. What it says of itself is not
// trusted yet: see verify_path().
class Certificate {
 public:
  static constexpr std::size_t largest = 16 * 1024;

  // Exactly one certificate in DER, octet for octet. Errors: malformed, too_large.
  static Result<Certificate> parse(ByteView der);
  // One that OpenSSL has parsed already; shares it. Errors: malformed (its dates cannot be read).
  static Result<Certificate> adopt(x509_st* parsed);

  // Thumbprints as DPS shows them, in lower-case hex: digests of the whole certificate.
  [[nodiscard]] const std::string& sha256() const { return sha256_; }
  [[nodiscard]] const std::string& sha1() const { return sha1_; }
  // The subject's CN in UTF-8, when it has exactly one, of 1 to 128 octets without control characters.
  [[nodiscard]] const std::optional<std::string>& common_name() const { return common_name_; }
  [[nodiscard]] WallTime not_before() const { return not_before_; }
  [[nodiscard]] WallTime not_after() const { return not_after_; }
  [[nodiscard]] KeyKind key_kind() const { return key_kind_; }
  [[nodiscard]] int key_bits() const { return key_bits_; }

  // For people: RFC 2253, escaped.
  [[nodiscard]] std::string subject() const;
  [[nodiscard]] std::string issuer() const;
  [[nodiscard]] Bytes der() const;

  // RSA of 2048 to 4096 bits, or a named curve P-256, P-384, P-521.
  [[nodiscard]] bool has_acceptable_key() const;
  // Signed over SHA-256, SHA-384 or SHA-512.
  [[nodiscard]] bool has_acceptable_signature() const;
  // Every extension can be read, and none is critical that nobody here understands.
  [[nodiscard]] bool has_understood_extensions() const;
  // basicConstraints CA:TRUE, and a keyUsage, if there is one, with keyCertSign.
  [[nodiscard]] bool is_authority() const;
  // keyUsage and extendedKeyUsage, where there are any, let a TLS client use it.
  [[nodiscard]] bool is_for_clients() const;
  [[nodiscard]] bool is_self_signed() const;

  // Name, key identifier and kind of key say that `authority` issued this; the signature is not looked at.
  [[nodiscard]] bool names_as_issuer(const Certificate& authority) const;
  // The same, and the signature is the authority's.
  [[nodiscard]] bool is_issued_by(const Certificate& authority) const;

  // For this room.
  [[nodiscard]] x509_st* native() const { return x509_.get(); }

 private:
  explicit Certificate(std::shared_ptr<x509_st> x509) : x509_(std::move(x509)) {}
  Result<void> read();
  void read_key();

  std::shared_ptr<x509_st> x509_;
  std::string sha256_;
  std::string sha1_;
  std::optional<std::string> common_name_;
  WallTime not_before_{};
  WallTime not_after_{};
  KeyKind key_kind_ = KeyKind::other;
  int key_bits_ = 0;
};

// What a leaf presented in its TLS handshake: its own certificate first. Never empty. That it has the key of
// the first was proved by the handshake.
struct CertificateChain {
  static constexpr std::size_t most = 10;
  static constexpr std::size_t largest = 16 * 1024;  // DER octets of all
  std::vector<Certificate> certificates;
  [[nodiscard]] const Certificate& leaf() const { return certificates.front(); }
};

// Why a path is not good.
enum class PathFault { none, signature, expired, not_yet_valid, unacceptable };
struct PathCheck {
  PathFault fault = PathFault::none;
  std::string detail;  // for the engineer: which certificate, and OpenSSL's words
};

// Checks a path from a leaf's certificate up to one that is trusted by itself, each issued by the next, as
// RFC 5280 §6 wants it: signatures, dates at `at` (absent: not judged), CA flags, path lengths, key usage for
// TLS clients, name constraints, critical extensions; and the keys and digests this file calls acceptable.
// The last one's own signature is not looked at. At least two certificates. Pure.
[[nodiscard]] PathCheck verify_path(std::span<const Certificate* const> path, std::optional<WallTime> at);

}  // namespace leafgate::crypto
