#include "gateway/crypto/x509_file.hpp"

#include <cstdlib>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/der_frame.hpp"

using namespace leafgate;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// Wrapped as PEM again, each is found again octet for octet.
void wrap_again(const std::vector<Bytes>& found) {
  std::string pem;
  for (const Bytes& der : found)
    pem += "-----BEGIN CERTIFICATE-----\n" + crypto::base64::encode(der) + "\n-----END CERTIFICATE-----\n";
  const auto again = crypto::unwrap_certificates(as_bytes(pem));
  require(again && *again == found);
}

}  // namespace

// What is done with a file of certificates before OpenSSL sees an octet of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file(data, size);
  const auto found = crypto::unwrap_certificates(file);
  if (!found) {
    const Errc why = found.error().code;
    require(why == Errc::refused || why == Errc::unsupported || why == Errc::malformed ||
            why == Errc::too_large);
    return 0;
  }
  require(!found->empty() && found->size() <= crypto::CertificateChain::most);
  require(crypto::looks_like_certificates(file));
  std::size_t octets = 0;
  for (const Bytes& der : *found) {
    octets += der.size();
    require(crypto::is_framed_as_der(der) && der.size() <= crypto::Certificate::largest);
  }
  require(octets <= crypto::CertificateChain::largest);
  wrap_again(*found);
  return 0;
}
