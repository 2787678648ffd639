#include <array>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/x509.h>

#include "tests/standin/certificates.hpp"

namespace leafgate::standin {
namespace {

std::string name_text(const X509_NAME* name) {
  BIO* memory = BIO_new(BIO_s_mem());
  X509_NAME_print_ex(memory, name, 0, XN_FLAG_RFC2253 & ~XN_FLAG_DN_REV);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string out(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  return out;
}

std::string date_text(const ASN1_TIME* at) {
  std::tm parts{};
  ASN1_TIME_to_tm(at, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string serial_text(const X509& certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(&certificate), nullptr);
  char* hex = BN_bn2hex(number);
  std::string out(hex);
  OPENSSL_free(hex);
  BN_free(number);
  return out;
}

std::string hex(const X509& certificate, const EVP_MD* type, std::string_view digits) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(&certificate, type, digest.data(), &size);
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text += digits[digest.at(i) >> 4U];
    text += digits[digest.at(i) & 15U];
  }
  return text;
}

constexpr std::string_view small_digits = "0123456789abcdef";
constexpr std::string_view capital_digits = "0123456789ABCDEF";

}  // namespace

std::string thumbprint(const X509& certificate) { return hex(certificate, EVP_sha256(), small_digits); }

nlohmann::json certificate_info(const X509& certificate) {
  return {{"subjectName", name_text(X509_get_subject_name(&certificate))},
          {"sha1Thumbprint", hex(certificate, EVP_sha1(), capital_digits)},
          {"sha256Thumbprint", hex(certificate, EVP_sha256(), capital_digits)},
          {"issuerName", name_text(X509_get_issuer_name(&certificate))},
          {"notBeforeUtc", date_text(X509_get0_notBefore(&certificate))},
          {"notAfterUtc", date_text(X509_get0_notAfter(&certificate))},
          {"serialNumber", serial_text(certificate)},
          {"version", X509_get_version(&certificate) + 1}};
}

}  // namespace leafgate::standin
