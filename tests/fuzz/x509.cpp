#include <cstdlib>

#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/x509_file.hpp"

using namespace leafgate;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void look_at(const crypto::Certificate& certificate) {
  const Bytes der = certificate.der();
  require(certificate.sha256() == crypto::hex(crypto::sha256(der)));
  require(der.size() <= crypto::Certificate::largest);
  const auto& name = certificate.common_name();
  require(!name || (!name->empty() && name->size() <= 128 && name->find('\0') == std::string::npos));
  require(certificate.subject().size() <= 256 && certificate.issuer().size() <= 256);
  (void)certificate.has_acceptable_key();
  (void)certificate.has_acceptable_signature();
  (void)certificate.has_understood_extensions();
  (void)certificate.is_for_clients();
  (void)certificate.is_authority();
  if (certificate.is_self_signed()) require(certificate.names_as_issuer(certificate));
  const crypto::Certificate* path[] = {&certificate, &certificate};
  (void)crypto::verify_path(path, WallTime(Seconds(1'795'000'000)));
}

}  // namespace

// What is read is written again octet for octet (parse() itself sees to that), and every question to it has
// an answer. Each certificate is parsed once: that is most of the time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView octets(data, size);
  if (!crypto::looks_like_certificates(octets)) {
    const auto certificate = crypto::Certificate::parse(octets);
    if (certificate) look_at(*certificate);
    return 0;
  }
  const auto file = crypto::read_certificates(octets);
  if (!file) return 0;
  require(!file->empty() && file->size() <= crypto::CertificateChain::most);
  for (const crypto::Certificate& each : *file) look_at(each);
  return 0;
}
