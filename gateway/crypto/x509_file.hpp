#pragma once

#include <vector>

#include "gateway/crypto/x509.hpp"

namespace leafgate::crypto {

struct CertificateLimits {
  std::size_t most = CertificateChain::most;
  std::size_t octets = CertificateChain::largest;  // of all of them in DER
};

// The certificates of a file an operator carries in: one in DER, or PEM (RFC 7468; text around the blocks is
// passed over, as `openssl x509 -text` writes it). Strict: a block that is no certificate is an error.
// Errors, none of which repeats what the file holds: refused (a private key is in it), unsupported (another
// kind of block), malformed, too_large (a limit was passed).
Result<std::vector<Certificate>> read_certificates(ByteView file, const CertificateLimits& limits = {});

// The same without a look into the certificates: their octets, each framed as DER. Pure.
Result<std::vector<Bytes>> unwrap_certificates(ByteView file, const CertificateLimits& limits = {});

// Whether a file looks like one for read_certificates() rather than like other text.
[[nodiscard]] bool looks_like_certificates(ByteView file);

}  // namespace leafgate::crypto
