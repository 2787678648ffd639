#include "gateway/crypto/delegated_key.hpp"

#include <algorithm>
#include <utility>

#include <openssl/async.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>

#include "gateway/crypto/certificate_signature.hpp"
#include "gateway/crypto/delegated_provider.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/p256.hpp"

namespace leafgate::crypto {
namespace {

using State = DelegatedSlot::State;

// Of these the leaf's key can have one kind only.
SchemeSet that_fit(KeyKind kind, SchemeSet schemes) {
  SchemeSet fitting;
  for (const auto scheme : {SignatureScheme::es256, SignatureScheme::ps256, SignatureScheme::rs256}) {
    const bool fits = kind == (scheme == SignatureScheme::es256 ? KeyKind::p256 : KeyKind::rsa);
    if (fits && schemes.has(scheme)) fitting.add(scheme);
  }
  return fitting;
}

std::string names_of(SchemeSet schemes) {
  std::string names;
  for (const auto scheme : {SignatureScheme::es256, SignatureScheme::ps256, SignatureScheme::rs256})
    if (schemes.has(scheme)) names += (names.empty() ? "" : ", ") + std::string(to_text(scheme));
  return names;
}

// As OpenSSL names them.
std::string tls_names_of(SchemeSet schemes) {
  std::string names;
  const auto add = [&](SignatureScheme scheme, const char* name) {
    if (schemes.has(scheme)) names += (names.empty() ? "" : ":") + std::string(name);
  };
  add(SignatureScheme::es256, "ecdsa_secp256r1_sha256");
  add(SignatureScheme::ps256, "rsa_pss_rsae_sha256");
  add(SignatureScheme::rs256, "rsa_pkcs1_sha256");
  return names;
}

// What the peer takes, in its own order.
std::string wishes_of(SSL* ssl) {
  constexpr int most = 8;
  std::string names;
  for (int i = 0; i < most; ++i) {
    int sign = NID_undef;
    int hash = NID_undef;
    if (SSL_get_sigalgs(ssl, i, &sign, &hash, nullptr, nullptr, nullptr) <= i) break;
    if (sign == NID_undef) continue;
    std::string name = OBJ_nid2sn(sign);
    if (sign == NID_X9_62_id_ecPublicKey) name = "ECDSA";
    if (sign == NID_rsaEncryption) name = "RSA";
    if (sign == NID_rsassaPss) name = "RSA-PSS";
    if (hash != NID_undef) name += "+" + std::string(OBJ_nid2sn(hash));
    names += (names.empty() ? "" : ", ") + name;
  }
  return names;
}

// SSL_set_cert_cb(3): on a client when the server asked for a certificate. The slot lives as long as the key
// object that the SSL holds.
int note_wish(SSL* /*ssl*/, void* slot) noexcept {
  static_cast<DelegatedSlot*>(slot)->wanted = true;
  return 1;
}

// Of the peer: our certificate is at fault, or the signature of its owner.
bool is_about_us(int alert) {
  switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_DECRYPT_ERROR:
      return true;
    default:
      return false;
  }
}

Error nothing_in_common(SSL* ssl, SchemeSet schemes) {
  return {Errc::refused, "no signature scheme in common: the leaf has " + names_of(schemes) +
                             ", the service takes " + wishes_of(ssl)};
}

}  // namespace

DelegatedKey::DelegatedKey(std::shared_ptr<const CertificateChain> chain, std::shared_ptr<DelegatedSlot> slot)
    : chain_(std::move(chain)), slot_(std::move(slot)) {}

// What still waits must not wait for ever.
DelegatedKey::~DelegatedKey() { drop(); }

Result<std::shared_ptr<DelegatedKey>> DelegatedKey::make(std::shared_ptr<const CertificateChain> chain,
                                                         SchemeSet schemes) {
  const Certificate& leaf = chain->leaf();
  const SchemeSet fitting = that_fit(leaf.key_kind(), schemes);
  if (!leaf.has_acceptable_key() || fitting.empty())
    return Error(Errc::refused, leaf.subject() + ": its key and what it can sign with do not go together (" +
                                    names_of(schemes) + ")");
  auto slot = std::make_shared<DelegatedSlot>();
  slot->schemes = fitting;
  slot->public_key = std::shared_ptr<EVP_PKEY>(X509_get_pubkey(leaf.native()), EVP_PKEY_free);
  return std::shared_ptr<DelegatedKey>(new DelegatedKey(std::move(chain), std::move(slot)));
}

Result<void> DelegatedKey::attach(ssl_st* ssl) {
  ERR_clear_error();
  const auto key = make_delegated_pkey(slot_);
  bool good = key && SSL_use_certificate(ssl, chain_->leaf().native()) == 1 &&
              SSL_use_PrivateKey(ssl, key.get()) == 1;
  for (std::size_t i = 1; good && i < chain_->certificates.size(); ++i)
    good = SSL_add1_chain_cert(ssl, chain_->certificates[i].native()) == 1;
  good = good && SSL_set1_client_sigalgs_list(ssl, tls_names_of(slot_->schemes).c_str()) == 1;
  if (good && session_) good = SSL_set_session(ssl, session_.get()) == 1;
  if (!good) {
    slot_->failure = Error(Errc::refused, chain_->leaf().subject() + ": " + drain_errors());
    return *slot_->failure;
  }
  only_resumes_ = used();
  SSL_set_cert_cb(ssl, note_wish, slot_.get());
  SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
  // The chain goes as it is; OpenSSL would add what it finds among the CAs of servers.
  SSL_set_mode(ssl, SSL_MODE_ASYNC | SSL_MODE_NO_AUTO_CHAIN);
  return {};
}

Result<void> DelegatedKey::confirm(ssl_st* ssl) {
  SSL_clear_mode(ssl, SSL_MODE_ASYNC);
  if (SSL_session_reused(ssl) == 1 || (used() && !only_resumes_)) return {};
  if (only_resumes_) return Error(Errc::conflict, "the session of the one signature was not resumed");
  if (!slot_->wanted) return Error(Errc::implausible, "it asked for no certificate");
  slot_->failure = nothing_in_common(ssl, slot_->schemes);
  return *slot_->failure;
}

void DelegatedKey::blame(const ssl_st* ssl, std::optional<int> alert) {
  if (slot_->failure) return;
  const bool shown = slot_->state == State::signed_;
  if (slot_->wanted && slot_->state == State::idle) {
    slot_->failure = nothing_in_common(const_cast<SSL*>(ssl), slot_->schemes);
  } else if (shown && alert && is_about_us(*alert)) {
    slot_->failure = Error(Errc::refused, "the service does not take the leaf's certificate: " +
                                              std::string(SSL_alert_desc_string_long(*alert)));
  }
}

void DelegatedKey::keep_session(ssl_st* ssl) {
  // A copy: what OpenSSL holds, it spoils when the connection ends badly.
  if (SSL_SESSION* session = SSL_get0_session(ssl);
      session != nullptr && SSL_SESSION_is_resumable(session) == 1)
    session_ = {SSL_SESSION_dup(session), SSL_SESSION_free};
}

std::optional<SignRequest> DelegatedKey::asked(const std::string& host) const {
  constexpr std::string_view context = "TLS 1.3, client CertificateVerify";
  constexpr std::size_t spaces = 64;
  if (slot_->state != State::asked) return std::nullopt;
  SignRequest request;
  request.scheme = slot_->scheme;
  request.message = slot_->message;
  // RFC 8446 §4.4.3. A handshake of TLS 1.2 begins with its ClientHello, never with a space.
  const ByteView message = slot_->message;
  request.tls13 = message.size() > spaces + context.size() && message[spaces + context.size()] == 0 &&
                  std::all_of(message.begin(), message.begin() + spaces, [](auto c) { return c == ' '; }) &&
                  as_text(message.subspan(spaces, context.size())) == context;
  request.hash = sha256(message);
  request.purpose = std::string(request.tls13 ? "TLS 1.3" : "TLS 1.2") + " client of " + host;
  return request;
}

Result<void> DelegatedKey::answer(ByteView signature) {
  if (slot_->state != State::asked) return Error(Errc::conflict, "no signature is waited for");
  if (!is_signed_by(chain_->leaf(), slot_->scheme, slot_->message, signature)) {
    Error wrong(Errc::refused, "the leaf's signature does not verify, " + std::to_string(signature.size()) +
                                   " octets by " + std::string(to_text(slot_->scheme)));
    fail(wrong);
    return wrong;
  }
  const bool es256 = slot_->scheme == SignatureScheme::es256;
  slot_->signature =
      es256 ? p256_signature_der(signature.first(p256_number_octets), signature.last(p256_number_octets))
            : Bytes(signature.begin(), signature.end());
  slot_->settle(State::signed_);
  return {};
}

void DelegatedKey::fail(Error why) {
  if (slot_->state != State::asked) return;
  slot_->failure = std::move(why);
  slot_->settle(State::failed);
}

void DelegatedKey::drop() {
  if (slot_->state == State::asked) slot_->settle(State::failed);
}

bool DelegatedKey::may_connect() const {
  if (slot_->failure) return false;
  return slot_->state == State::idle || (used() && session_ != nullptr);
}

void bound_delegated_jobs(std::size_t most) {
  thread_local const bool bounded = ASYNC_init_thread(most, 0) == 1;
  (void)bounded;
}

bool can_delegate() { return ASYNC_is_capable() == 1; }

}  // namespace leafgate::crypto
