#include "gateway/crypto/aead.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"

namespace leafgate::crypto {
namespace {

[[noreturn]] void broken() { throw std::runtime_error("AES-256-GCM: " + drain_errors()); }

// Looked up once: that takes longer than sealing a key. The context is made for each use, and freeing it
// wipes the key schedule, which one kept per thread would hold on to.
const EVP_CIPHER* cipher() {
  static const EVP_CIPHER* const fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  if (fetched == nullptr) broken();
  return fetched;
}

int length_of(ByteView octets) { return static_cast<int>(octets.size()); }

Owned<EVP_CIPHER_CTX> begin(ByteView key, const AeadNonce& nonce, ByteView associated, bool sealing) {
  if (key.size() != aead_key_octets) throw std::runtime_error("AES-256-GCM: a key of another length");
  Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  int done = 0;
  if (!context ||
      EVP_CipherInit_ex2(context.get(), cipher(), key.data(), nonce.data(), sealing ? 1 : 0, nullptr) != 1 ||
      (!associated.empty() &&
       EVP_CipherUpdate(context.get(), nullptr, &done, associated.data(), length_of(associated)) != 1))
    broken();
  return context;
}

void run(EVP_CIPHER_CTX* context, std::uint8_t* out, ByteView in) {
  int done = 0;
  if (!in.empty() &&
      (EVP_CipherUpdate(context, out, &done, in.data(), length_of(in)) != 1 || done != length_of(in)))
    broken();
}

}  // namespace

Bytes aead_seal(ByteView key, const AeadNonce& nonce, ByteView associated, ByteView plain) {
  const Owned<EVP_CIPHER_CTX> context = begin(key, nonce, associated, true);
  Bytes out(plain.size() + aead_tag_octets);
  run(context.get(), out.data(), plain);
  std::uint8_t* const tag = out.data() + plain.size();
  int none = 0;
  if (EVP_CipherFinal_ex(context.get(), tag, &none) != 1 ||
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, aead_tag_octets, tag) != 1)
    broken();
  return out;
}

Result<Secret> aead_open(ByteView key, const AeadNonce& nonce, ByteView associated, ByteView sealed) {
  if (sealed.size() < aead_tag_octets) return Error(Errc::malformed, "too short for what is sealed");
  const ByteView text = sealed.first(sealed.size() - aead_tag_octets);
  std::array<std::uint8_t, aead_tag_octets> tag{};
  const ByteView shown = sealed.last(aead_tag_octets);
  std::copy(shown.begin(), shown.end(), tag.begin());
  const Owned<EVP_CIPHER_CTX> context = begin(key, nonce, associated, false);
  Secret out(text.size());
  run(context.get(), out.writable().data(), text);
  std::uint8_t nothing = 0;
  int none = 0;
  if (EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, aead_tag_octets, tag.data()) != 1) broken();
  if (EVP_CipherFinal_ex(context.get(), &nothing, &none) != 1) {
    ERR_clear_error();
    return Error(Errc::refused, "was not sealed with this key for this place, or was changed");
  }
  return out;
}

}  // namespace leafgate::crypto
