#include "gateway/crypto/server_identity.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <optional>
#include <system_error>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"

namespace leafgate::crypto {
namespace {

using File = std::unique_ptr<std::FILE, decltype([](std::FILE* file) { std::fclose(file); })>;

Result<File> open(const std::string& path) {
  File file(std::fopen(path.c_str(), "re"));
  if (file) return file;
  const int why = errno;
  const auto detail = path + ": " + std::generic_category().message(why);
  if (why == ENOENT || why == ENOTDIR) return Error(Errc::not_found, detail);
  if (why == EACCES || why == EPERM) return Error(Errc::refused, detail);
  return Error(Errc::internal, detail);
}

std::string whole_text_of(const X509_NAME* name) {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253);  // escapes control octets and non-ASCII
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

WallTime time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return WallTime{};
  return WallTime(Seconds(::timegm(&parts)));
}

std::string ip_text(const ASN1_OCTET_STRING* octets) {
  const auto* data = ASN1_STRING_get0_data(octets);
  std::string text;
  if (ASN1_STRING_length(octets) == 4) {
    for (int i = 0; i < 4; ++i) text += (i == 0 ? "" : ".") + std::to_string(data[i]);
    return text;
  }
  constexpr std::string_view hex = "0123456789abcdef";
  for (int i = 0; i < ASN1_STRING_length(octets); ++i) {
    if (i != 0 && i % 2 == 0) text += ':';
    text += hex[data[i] >> 4U];
    text += hex[data[i] & 15U];
  }
  return text;
}

std::vector<std::string> alternative_names(const X509* certificate) {
  std::vector<std::string> found;
  const Owned<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_DNS) {
      const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
      found.emplace_back(text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    }
    if (name->type == GEN_IPADD) found.push_back(ip_text(name->d.iPAddress));
  }
  return found;
}

Result<std::vector<std::shared_ptr<X509>>> read_chain(const std::string& path) {
  auto file = open(path);
  if (!file) return file.error();
  std::vector<std::shared_ptr<X509>> chain;
  ERR_clear_error();
  while (X509* next = PEM_read_X509(file->get(), nullptr, nullptr, nullptr)) {
    chain.emplace_back(next, X509_free);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string why = drain_errors();
  if (chain.empty()) return Error(Errc::malformed, path + ": no PEM certificate in it (" + why + ")");
  if (!at_end) {
    return Error(Errc::malformed,
                 path + ": certificate " + std::to_string(chain.size() + 1) + " is damaged (" + why + ")");
  }
  for (std::size_t i = 1; i < chain.size(); ++i) {
    X509* issuer = chain[i].get();
    const bool issued = X509_check_issued(issuer, chain[i - 1].get()) == X509_V_OK &&
                        X509_verify(chain[i - 1].get(), X509_get0_pubkey(issuer)) == 1;
    ERR_clear_error();
    if (issued) continue;
    return Error(Errc::malformed, path + ": certificate " + std::to_string(i + 1) +
                                      " did not issue certificate " + std::to_string(i) +
                                      "; the chain goes from the server's upward");
  }
  return chain;
}

// Asked when a key is encrypted: a daemon has nobody to ask. Notes that it happened.
int note_passphrase(char* /*to*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

Result<std::shared_ptr<EVP_PKEY>> read_key(const std::string& path) {
  auto file = open(path);
  if (!file) return file.error();
  bool encrypted = false;
  EVP_PKEY* key = PEM_read_PrivateKey(file->get(), nullptr, note_passphrase, &encrypted);
  const std::string why = drain_errors();
  if (encrypted) return Error(Errc::malformed, path + ": the key is encrypted; it has to be stored in clear");
  if (key == nullptr) return Error(Errc::malformed, path + ": no PEM private key in it (" + why + ")");
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

}  // namespace

std::int64_t CertificateInfo::days_left(WallTime now) const {
  return std::chrono::floor<std::chrono::days>(not_after - now).count();
}

bool CertificateInfo::ends_soon(WallTime now) const {
  const Millis tenth = (not_after - not_before) / 10;
  return not_after - now < std::min<Millis>(tenth, std::chrono::days(30));
}

Result<void> ServerIdentity::check(std::optional<WallTime> now) const {
  X509* own = chain_.front().get();
  const bool for_servers = X509_check_purpose(own, X509_PURPOSE_SSL_SERVER, 0) == 1;
  ERR_clear_error();
  const std::string who = certificate_file_ + " (" + info_.subject + "): ";
  if (!for_servers)
    return Error(Errc::refused, who + "not made for TLS servers (extendedKeyUsage, keyUsage)");
  if (now && *now < info_.not_before)
    return Error(Errc::refused, who + "not valid before " + to_rfc3339(info_.not_before));
  if (now && *now >= info_.not_after)
    return Error(Errc::refused, who + "ended at " + to_rfc3339(info_.not_after));
  return {};
}

bool ServerIdentity::same_as(const ServerIdentity& other) const {
  const auto same = [](const auto& a, const auto& b) { return X509_cmp(a.get(), b.get()) == 0; };
  return std::equal(chain_.begin(), chain_.end(), other.chain_.begin(), other.chain_.end(), same) &&
         EVP_PKEY_eq(key_.get(), other.key_.get()) == 1;
}

Result<ServerIdentity> ServerIdentity::load(const std::string& certificate_file,
                                            const std::string& key_file) {
  auto chain = read_chain(certificate_file);
  if (!chain) return chain.error();
  auto key = read_key(key_file);
  if (!key) return key.error();
  X509* own = chain->front().get();
  const bool match = X509_check_private_key(own, key->get()) == 1;
  ERR_clear_error();
  if (!match) {
    return Error(Errc::conflict, key_file + ": not the key of the first certificate in " + certificate_file +
                                     " (" + whole_text_of(X509_get_subject_name(own)) + ")");
  }
  ServerIdentity identity;
  identity.chain_ = std::move(*chain);
  identity.key_ = std::move(*key);
  identity.info_.subject = whole_text_of(X509_get_subject_name(own));
  identity.info_.issuer = whole_text_of(X509_get_issuer_name(own));
  identity.info_.names = alternative_names(own);
  identity.info_.not_before = WallTime::min();
  identity.info_.not_after = WallTime::max();
  for (const auto& each : identity.chain_) {
    CertificateInfo& info = identity.info_;
    info.not_before = std::max(info.not_before, time_of(X509_get0_notBefore(each.get())));
    info.not_after = std::min(info.not_after, time_of(X509_get0_notAfter(each.get())));
  }
  identity.certificate_file_ = certificate_file;
  return identity;
}

std::string ServerIdentity::pem() const {
  const Owned<BIO> memory(BIO_new(BIO_s_mem()));
  for (const auto& certificate : chain_)
    if (memory == nullptr || PEM_write_bio_X509(memory.get(), certificate.get()) != 1) return {};
  char* text = nullptr;
  const long length = BIO_get_mem_data(memory.get(), &text);
  return length > 0 ? std::string(text, static_cast<std::size_t>(length)) : std::string();
}

}  // namespace leafgate::crypto
