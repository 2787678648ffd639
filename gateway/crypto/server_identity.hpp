#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

struct evp_pkey_st;
struct x509_st;

namespace leafgate::crypto {

// What people want to know of a certificate.
struct CertificateInfo {
  std::string subject;             // RFC 2253, escaped
  std::string issuer;              // the same
  std::vector<std::string> names;  // DNS names and IP addresses of subjectAltName
  WallTime not_before{};           // from when to when the whole chain is valid
  WallTime not_after{};

  // Whole days until it ends, negative when it ended.
  [[nodiscard]] std::int64_t days_left(WallTime now) const;
  // Less than 30 days or a tenth of its life are left, whichever is less.
  [[nodiscard]] bool ends_soon(WallTime now) const;
};

// A certificate chain with the private key of its first certificate, read once and shared by the contexts of
// all loops. Immutable; copies share. Any thread.
class ServerIdentity {
 public:
  // PEM files: the chain from the server's certificate upward, and an unencrypted key (PKCS#8 or
  // traditional). Every error names the file and what is wrong with it: not_found, refused (permission),
  // malformed (not PEM, encrypted, a chain out of order), conflict (the key belongs to another certificate).
  // Dates are not judged here: the clock may be wrong. Each certificate but the first must have signed the
  // one before it.
  static Result<ServerIdentity> load(const std::string& certificate_file, const std::string& key_file);

  // Whether leaves can be expected to take it: made for servers, and valid at `now` where that is known.
  // Errors, naming the file: refused.
  [[nodiscard]] Result<void> check(std::optional<WallTime> now) const;
  // The chain in PEM, without the key.
  [[nodiscard]] std::string pem() const;
  // The same certificates and the same key.
  [[nodiscard]] bool same_as(const ServerIdentity& other) const;

  [[nodiscard]] const CertificateInfo& info() const { return info_; }
  // For tls_context.
  [[nodiscard]] const std::vector<std::shared_ptr<x509_st>>& chain() const { return chain_; }
  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }

 private:
  ServerIdentity() = default;
  std::vector<std::shared_ptr<x509_st>> chain_;
  std::shared_ptr<evp_pkey_st> key_;
  CertificateInfo info_;
  std::string certificate_file_;
};

}  // namespace leafgate::crypto
