#pragma once

#include <memory>
#include <string>

#include "gateway/crypto/server_identity.hpp"
#include "gateway/crypto/ticket_keys.hpp"
#include "gateway/model/result.hpp"

struct ssl_ctx_st;

namespace leafgate::crypto {

// The TLS settings of one side: TLS 1.2 and 1.3, ephemeral key exchange and authenticated ciphers only,
// X25519 before P-256 before P-384, no renegotiation, no compression, no early data. Make one per loop:
// OpenSSL locks inside. Immutable once made.
class TlsContext {
 public:
  // Gives out one ticket per connection, sealed under `tickets`; none to who showed a certificate, for which
  // it asks (client_certificate.hpp).
  static Result<std::shared_ptr<TlsContext>> server(const ServerIdentity& identity,
                                                    std::shared_ptr<TicketKeys> tickets);
  // Trusts the CAs of this PEM file, or those of the system when it is empty. Errors name the file.
  static Result<std::shared_ptr<TlsContext>> client(const std::string& ca_file);

  // For tls_socket.
  [[nodiscard]] ssl_ctx_st* native() const { return context_.get(); }

 private:
  explicit TlsContext(bool for_server);
  Result<void> use(const ServerIdentity& identity);

  std::shared_ptr<TicketKeys> tickets_;
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
};

}  // namespace leafgate::crypto
