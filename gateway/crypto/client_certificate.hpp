#pragma once

#include <memory>

#include "gateway/crypto/x509.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace leafgate::crypto {

// Client certificates at the server side of TLS. Leaves are asked for one and need not have one: most prove
// themselves by a token later. No CA is named in the request, so that every stack offers what it has. What
// comes is not verified here but judged later against the enrollments; the handshake proves only that the
// leaf holds its key. Refused in the handshake: a chain above CertificateChain's bounds, RSA above 4096 bits
// (it would be us who pays), unreadable dates, signatures over SHA-1. Who showed a certificate gets no
// session ticket: a resumed session no longer has the chain to judge again. Throws std::runtime_error when
// OpenSSL refuses its settings.
void ask_for_certificates(ssl_ctx_st* context);

// True when this connection must get no ticket. Asked while one would be sealed.
[[nodiscard]] bool has_client_certificate(const ssl_st* ssl);

// What the peer showed in a finished handshake, leaf first; null when it showed nothing. Shares what OpenSSL
// has parsed, so that it costs no second parse and little memory.
[[nodiscard]] std::shared_ptr<const CertificateChain> shown_chain(const ssl_st* ssl);

}  // namespace leafgate::crypto
