#include "tests/integration/leaf_library/library_leaf.hpp"

#include <memory>
#include <stdexcept>

#include <openssl/ecdsa.h>

#include "adapters/leaf/program/keys.hpp"

namespace leafgate {
namespace {

LibraryLeaf& self(void* user) { return *static_cast<LibraryLeaf*>(user); }

LeafgateSpan span_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
std::string_view text_of(const std::uint8_t* octets, std::size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}
std::string text_of(LeafgateSpan span) { return std::string(text_of(span.at, span.size)); }

// r || s.
bool sign_es256(EVP_PKEY* key, const std::uint8_t* hash, std::uint8_t* out) {
  const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(EVP_PKEY_CTX_new(key, nullptr),
                                                                            EVP_PKEY_CTX_free);
  std::uint8_t der[80];
  std::size_t size = sizeof der;
  if (EVP_PKEY_sign_init(context.get()) != 1 || EVP_PKEY_sign(context.get(), der, &size, hash, 32) != 1)
    return false;
  const std::uint8_t* at = der;
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> read(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)), ECDSA_SIG_free);
  return read != nullptr && BN_bn2binpad(ECDSA_SIG_get0_r(read.get()), out, 32) == 32 &&
         BN_bn2binpad(ECDSA_SIG_get0_s(read.get()), out + 32, 32) == 32;
}

}  // namespace

LibraryLeaf::LibraryLeaf(std::string id, int attestation, std::string device_key, std::string_view pin)
    : id_(std::move(id)),
      pin_(pin),
      digests_(device_key),
      message_(attestation == LEAFGATE_TPM ? 1280 : 384),
      random_(static_cast<unsigned>(std::hash<std::string>()(id_))) {
  config.user = this;
  config.carrier = LEAFGATE_SERIAL;
  config.attestation = attestation;
  config.registration_id = span_of(id_);
  if (!pin_.empty()) config.pin = span_of(pin_).at;
  const std::string uid = device::sha256(id_);
  std::memcpy(config.uid, uid.data(), sizeof config.uid);
  add_hooks();
}

void LibraryLeaf::add_hooks() {
  LeafgateHooks& hooks = config.hooks;
  hooks.tx = [](void* user, const std::uint8_t* octets, std::size_t size) {
    self(user).said_.insert(self(user).said_.end(), octets, octets + size);
    return 0;
  };
  hooks.digest_start = [](void* user, int digest) { self(user).digests_.start(digest); };
  hooks.digest_add = [](void* user, int digest, const std::uint8_t* octets, std::size_t size) {
    self(user).digests_.add(digest, octets, size);
  };
  hooks.digest_end = [](void* user, int digest, std::uint8_t* out) { self(user).digests_.end(digest, out); };
  hooks.verify = [](void*, const std::uint8_t* by, const std::uint8_t* hash, const std::uint8_t* signature) {
    return device::verify_es256(text_of(by, 64), text_of(hash, 32), text_of(signature, 64)) ? 0 : -1;
  };
  hooks.sign = [](void* user, int, const std::uint8_t* hash, std::uint8_t* out, std::size_t,
                  std::size_t* size) {
    *size = 64;
    return sign_es256(self(user).key, hash, out) ? 0 : -1;
  };
  hooks.activate = [](void* user, LeafgateSpan, LeafgateSpan sr, LeafgateSpan tail, std::uint8_t* mac) {
    const std::string made = device::hmac_sha256(self(user).tpm_key, text_of(sr) + text_of(tail));
    std::memcpy(mac, made.data(), made.size());
    return 0;
  };
  hooks.random = [](void* user, std::uint8_t* out, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(self(user).random_());
    return 0;
  };
  hooks.now_ms = [](void* user) {
    const auto since = self(user).now_.time_since_epoch();
    return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count());
  };
  hooks.tell = [](void* user, const LeafgateNews* told) {
    self(user).news.push_back(
        {told->what, told->error_code, text_of(told->assigned_hub), told->authentication_key.size});
  };
}

void LibraryLeaf::start() {
  for (std::size_t i = 0; i < chain.size(); ++i) config.chain[i] = span_of(chain[i]);
  if (!chain.empty()) config.schemes[0] = LEAFGATE_ES256;
  if (leafgate_leaf_init(&leaf_, &config, message_.data(), message_.size()) != LEAFGATE_OK ||
      leafgate_leaf_register(&leaf_) != LEAFGATE_OK)
    throw std::runtime_error("the library does not take this leaf");
}

Bytes LibraryLeaf::hear(ByteView octets, TimePoint now) {
  now_ = now;
  said_.clear();
  leafgate_leaf_octets(&leaf_, octets.data(), octets.size());
  leafgate_leaf_tick(&leaf_);
  return std::exchange(said_, {});
}

}  // namespace leafgate
