#include "gateway/crypto/signing_key.hpp"

#include <stdexcept>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"
#include "gateway/crypto/p256_point.hpp"

namespace leafgate::crypto {
namespace {

[[noreturn]] void broken(const char* what) { throw std::runtime_error(what + (": " + drain_errors())); }

}  // namespace

SigningKey::SigningKey(std::shared_ptr<evp_pkey_st> key)
    : key_(std::move(key)), point_(key_ ? p256_point_of(key_.get()) : Bytes()) {}

SigningKey SigningKey::generate() {
  SigningKey made(shared_key(EVP_EC_gen("P-256")));
  if (!made.key_ || made.point_.empty()) broken("no key on P-256");
  return made;
}

Result<SigningKey> SigningKey::from(const Secret& secret) {
  const unsigned char* at = secret.view().data();
  auto key = shared_key(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, static_cast<long>(secret.size())));
  const bool whole = key && at == secret.view().data() + secret.size();
  (void)drain_errors();
  if (!whole) return Error(Errc::malformed, "no private key");
  SigningKey made(std::move(key));
  if (made.point_.empty()) return Error(Errc::malformed, "a key that is not on P-256");
  return made;
}

Secret SigningKey::secret() const {
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key_.get(), &der);
  if (size <= 0) broken("a key that cannot be written");
  Secret out(ByteView(der, static_cast<std::size_t>(size)));
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return out;
}

Bytes SigningKey::sign(ByteView message) const {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  Bytes der;
  bool good = context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
              EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1;
  der.resize(size);
  good = good && EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) == 1;
  if (!good) broken("no signature");
  der.resize(size);
  const auto numbers = parse_p256_signature(der);
  if (!numbers) broken("no signature that can be read");
  Bytes out;
  out.reserve(numbers->r.size() + numbers->s.size());
  for (const auto& number : {numbers->r, numbers->s}) out.insert(out.end(), number.begin(), number.end());
  return out;
}

}  // namespace leafgate::crypto
