#include "gateway/crypto/x509.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "gateway/crypto/der_frame.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"

namespace leafgate::crypto {
namespace {

constexpr std::size_t longest_name = 128;
constexpr std::size_t longest_shown = 256;

Error malformed(const std::string& what) { return {Errc::malformed, "certificate: " + what}; }

std::string text_of(const X509_NAME* name) {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253);  // escapes control octets and non-ASCII
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return std::string(text, static_cast<std::size_t>(length)).substr(0, longest_shown);
}

std::optional<WallTime> stated_time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
  return WallTime(Seconds(::timegm(&parts)));
}

std::optional<std::string> utf8_of(const ASN1_STRING* from) {
  unsigned char* octets = nullptr;
  const int length = ASN1_STRING_to_UTF8(&octets, from);
  if (length < 0) return std::nullopt;
  std::string text(reinterpret_cast<const char*>(octets), static_cast<std::size_t>(length));
  OPENSSL_free(octets);
  const bool good = !text.empty() && text.size() <= longest_name &&
                    std::none_of(text.begin(), text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
  return good ? std::optional(std::move(text)) : std::nullopt;
}

std::optional<std::string> only_common_name(const X509_NAME* subject) {
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return std::nullopt;
  return utf8_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
}

std::string thumbprint(const X509* certificate, const EVP_MD* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  unsigned size = 0;
  if (X509_digest(certificate, algorithm, octets.data(), &size) != 1) return {};
  return hex(ByteView(octets).first(size));
}

KeyKind curve_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name.data(), name.size(), &size) != 1) return KeyKind::other;
  // A curve written out in full may differ from the one it resembles (CVE-2020-0601).
  int written_out = 0;
  EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &written_out);
  if (written_out != 0) return KeyKind::other;
  const std::string_view curve(name.data(), size);
  if (curve == SN_X9_62_prime256v1) return KeyKind::p256;
  if (curve == SN_secp384r1) return KeyKind::p384;
  return curve == SN_secp521r1 ? KeyKind::p521 : KeyKind::other;
}

}  // namespace

Result<Certificate> Certificate::parse(ByteView der) {
  if (der.size() > largest) return Error(Errc::too_large, "certificate: larger than 16 KiB");
  if (!is_framed_as_der(der)) return malformed("not in DER, or followed by something");
  const unsigned char* at = der.data();
  std::shared_ptr<X509> parsed(d2i_X509(nullptr, &at, static_cast<long>(der.size())), X509_free);
  if (!parsed) return malformed(drain_errors());
  ERR_clear_error();
  Certificate certificate(std::move(parsed));
  // Read as it would be written: else two files could have one thumbprint, or one file two.
  if (!std::ranges::equal(certificate.der(), der)) return malformed("not in DER, or followed by something");
  if (auto read = certificate.read(); !read) return read.error();
  return certificate;
}

Result<Certificate> Certificate::adopt(x509_st* parsed) {
  X509_up_ref(parsed);
  Certificate certificate(std::shared_ptr<X509>(parsed, X509_free));
  if (auto read = certificate.read(); !read) return read.error();
  return certificate;
}

Result<void> Certificate::read() {
  const X509* x509 = x509_.get();
  const auto not_before = stated_time_of(X509_get0_notBefore(x509));
  const auto not_after = stated_time_of(X509_get0_notAfter(x509));
  if (!not_before || !not_after) return malformed("its dates cannot be read");
  not_before_ = *not_before;
  not_after_ = *not_after;
  sha256_ = thumbprint(x509, EVP_sha256());
  sha1_ = thumbprint(x509, EVP_sha1());
  if (sha256_.empty() || sha1_.empty()) return malformed(drain_errors());
  common_name_ = only_common_name(X509_get_subject_name(x509));
  read_key();
  ERR_clear_error();
  return {};
}

void Certificate::read_key() {
  EVP_PKEY* key = X509_get0_pubkey(x509_.get());
  if (key == nullptr) return;
  key_bits_ = EVP_PKEY_get_bits(key);
  const int kind = EVP_PKEY_get_base_id(key);
  if (kind == EVP_PKEY_RSA) key_kind_ = KeyKind::rsa;
  if (kind == EVP_PKEY_EC) key_kind_ = curve_of(key);
}

std::string Certificate::subject() const { return text_of(X509_get_subject_name(x509_.get())); }
std::string Certificate::issuer() const { return text_of(X509_get_issuer_name(x509_.get())); }

Bytes Certificate::der() const {
  const int size = i2d_X509(x509_.get(), nullptr);
  Bytes out(static_cast<std::size_t>(std::max(size, 0)));
  unsigned char* at = out.data();
  if (size > 0) i2d_X509(x509_.get(), &at);
  return out;
}

bool Certificate::has_acceptable_key() const {
  if (key_kind_ == KeyKind::rsa) return key_bits_ >= 2048 && key_bits_ <= 4096;
  return key_kind_ != KeyKind::other;
}

bool Certificate::has_acceptable_signature() const {
  int digest = NID_undef;
  if (X509_get_signature_info(x509_.get(), &digest, nullptr, nullptr, nullptr) != 1) return false;
  return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512;
}

bool Certificate::has_understood_extensions() const {
  return (X509_get_extension_flags(x509_.get()) & (EXFLAG_INVALID | EXFLAG_CRITICAL)) == 0;
}

bool Certificate::is_authority() const {
  constexpr std::uint32_t wanted = EXFLAG_BCONS | EXFLAG_CA;
  return (X509_get_extension_flags(x509_.get()) & wanted) == wanted &&
         (X509_get_key_usage(x509_.get()) & KU_KEY_CERT_SIGN) != 0;  // absent: all bits
}

bool Certificate::is_for_clients() const {
  return X509_check_purpose(x509_.get(), X509_PURPOSE_SSL_CLIENT, 0) == 1;
}

bool Certificate::is_self_signed() const { return is_issued_by(*this); }

bool Certificate::names_as_issuer(const Certificate& authority) const {
  const bool names = X509_check_issued(authority.native(), native()) == X509_V_OK;
  ERR_clear_error();
  return names;
}

bool Certificate::is_issued_by(const Certificate& authority) const {
  if (!names_as_issuer(authority)) return false;
  EVP_PKEY* key = X509_get0_pubkey(authority.native());
  const bool good = key != nullptr && X509_verify(native(), key) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace leafgate::crypto
