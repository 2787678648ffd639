#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

#include "gateway/model/leaf_signature.hpp"
#include "gateway/model/result.hpp"

struct evp_pkey_st;

namespace leafgate::crypto {

// What DelegatedKey and the provider share: one signature to be made elsewhere. Held by the key and, through
// OpenSSL's key object, by each SSL that uses it; so they may go in any order. On one loop, hence no lock.
struct DelegatedSlot {
  enum class State { idle, asked, signed_, failed };

  DelegatedSlot();
  ~DelegatedSlot();
  DelegatedSlot(const DelegatedSlot&) = delete;
  DelegatedSlot& operator=(const DelegatedSlot&) = delete;

  // Takes down what OpenSSL wants signed. False when it may not be: it was asked before, or for what the leaf
  // cannot do. Called on the small stack of an ASYNC job: keeps to copying octets.
  bool ask(SignatureScheme wanted, ByteView what);
  void settle(State how);
  [[nodiscard]] bool settled() const { return state == State::signed_ || state == State::failed; }

  State state = State::idle;
  SchemeSet schemes;
  std::shared_ptr<evp_pkey_st> public_key;  // of the certificate
  SignatureScheme scheme = SignatureScheme::es256;
  Bytes message;
  Bytes signature;               // as OpenSSL wants it: DER for es256
  std::optional<Error> failure;  // what the leaf is to blame for
  bool wanted = false;           // the peer asked for a certificate
  bool asked_again = false;      // and for a second signature
  std::function<void()> on_settled;
};

// How many live now.
[[nodiscard]] std::size_t delegated_slots();

}  // namespace leafgate::crypto
