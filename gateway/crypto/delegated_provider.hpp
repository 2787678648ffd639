#pragma once

#include <memory>

#include "gateway/crypto/delegated_slot.hpp"

struct evp_pkey_st;
struct ossl_provider_st;

namespace leafgate::crypto {

// An OpenSSL provider of our own, "leafgate": EC and RSA keys without a private part, whose signatures come
// from a DelegatedSlot. Nothing else of OpenSSL changes: whoever names no provider gets the default one,
// which is loaded first, since loading any provider ends its being there by itself. Make one before the first
// thread that uses OpenSSL and keep it for the life of the process. Throws std::runtime_error when OpenSSL
// cannot do it.
class ProviderScope {
 public:
  ProviderScope();
  ~ProviderScope();
  ProviderScope(const ProviderScope&) = delete;
  ProviderScope& operator=(const ProviderScope&) = delete;

 private:
  ossl_provider_st* provider_ = nullptr;
};

// A key of that provider over `slot`, whose public key says the kind. Null when there is no ProviderScope or
// the key is neither EC nor RSA.
[[nodiscard]] std::shared_ptr<evp_pkey_st> make_delegated_pkey(const std::shared_ptr<DelegatedSlot>& slot);

}  // namespace leafgate::crypto
