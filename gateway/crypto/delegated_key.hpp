#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/crypto/delegated_slot.hpp"
#include "gateway/crypto/x509.hpp"
#include "gateway/model/leaf_signature.hpp"
#include "gateway/model/result.hpp"

struct ssl_st;
struct ssl_session_st;

namespace leafgate::crypto {

// The key of a leaf's certificate as a TLS client here uses it, while the key itself stays with the leaf: the
// handshake stops for the signature, somebody fetches it, the handshake goes on. For one attempt: gives one
// signature, and whoever connects again may only resume. Used on one loop; needs a ProviderScope.
class DelegatedKey {
 public:
  // `schemes` are what the leaf can do. Errors: refused (a key that is neither RSA of 2048 to 4096 bits nor
  // on P-256, or no scheme that fits it).
  static Result<std::shared_ptr<DelegatedKey>> make(std::shared_ptr<const CertificateChain> chain,
                                                    SchemeSet schemes);
  ~DelegatedKey();
  DelegatedKey(const DelegatedKey&) = delete;
  DelegatedKey& operator=(const DelegatedKey&) = delete;

  // For tls_socket, before the handshake: shows the chain, restricts what is signed to the leaf's schemes,
  // and lets this SSL pause. Errors: refused (OpenSSL does not take the certificate).
  Result<void> attach(ssl_st* ssl);
  // After the handshake: no pause may come any more, and the leaf has to have signed, or an earlier session
  // of this attempt was resumed. A client that has no usable scheme else sends no certificate, and nobody
  // notices. Errors: refused (no scheme in common), implausible (no certificate was asked for), conflict (the
  // session was not resumed).
  Result<void> confirm(ssl_st* ssl);
  // After a handshake that failed: what the leaf is to blame for, if anything.
  void blame(const ssl_st* ssl, std::optional<int> alert);
  // Once something was read: TLS 1.3 has told its tickets by then.
  void keep_session(ssl_st* ssl);

  // What is to be signed, while nobody has answered; `host` is named in its purpose.
  [[nodiscard]] std::optional<SignRequest> asked(const std::string& host) const;
  [[nodiscard]] bool settled() const { return slot_->settled(); }
  // Once, on the loop: the leaf's signature, es256 as r and s. It is verified before OpenSSL sees it. Errors:
  // refused (it does not verify: the handshake fails, and the leaf is to blame), conflict (nobody waits).
  Result<void> answer(ByteView signature);
  // There will be no signature, by the leaf's fault; nothing when nobody waits.
  void fail(Error why);
  // The same by nobody's fault.
  void drop();
  // Called when one of these three settled it.
  void on_settled(std::function<void()> tell) { slot_->on_settled = std::move(tell); }

  // The leaf signed, and the signature was good.
  [[nodiscard]] bool used() const { return slot_->state == DelegatedSlot::State::signed_; }
  // And another was wanted, which it does not give.
  [[nodiscard]] bool asked_again() const { return slot_->asked_again; }
  // A connection may still be made: the signature was not asked for yet, or a session can be resumed.
  [[nodiscard]] bool may_connect() const;
  // What the leaf is to blame for.
  [[nodiscard]] const std::optional<Error>& failure() const { return slot_->failure; }

 private:
  DelegatedKey(std::shared_ptr<const CertificateChain> chain, std::shared_ptr<DelegatedSlot> slot);

  std::shared_ptr<const CertificateChain> chain_;
  std::shared_ptr<DelegatedSlot> slot_;
  std::shared_ptr<ssl_session_st> session_;
  bool only_resumes_ = false;  // the connection that is being made: the signature is used up
};

// How many signatures may be waited for on one thread at a time: each holds a stack of 32 KiB beside its SSL
// object. Called before a delegated handshake on the thread that does it; the first call counts.
inline constexpr std::size_t delegated_jobs = 512;
void bound_delegated_jobs(std::size_t most = delegated_jobs);
// False where OpenSSL was built without what it needs: nothing can be delegated then.
[[nodiscard]] bool can_delegate();

}  // namespace leafgate::crypto
