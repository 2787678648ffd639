#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "gateway/crypto/base64.hpp"
#include "gateway/model/tpm.hpp"
#include "tests/fakes/tpm_rsa_key.hpp"

namespace leafgate {

// What a leaf's TPM does with a challenge, written from the TPM 2.0 library specification without the
// gateway's own code for it: an endorsement and a storage root key, and TPM2_ActivateCredential, TPM2_Import
// and TPM2_HMAC with them. Every wrong octet makes open() give nothing.
class SoftwareTpm {
 public:
  using Octets = Bytes;

  using Key = std::shared_ptr<const TpmRsaKey>;

  SoftwareTpm() : SoftwareTpm(std::make_shared<FullRsaKey>(), std::make_shared<FullRsaKey>()) {}
  SoftwareTpm(Key endorsement, Key storage)
      : endorsement_(std::move(endorsement)), storage_(std::move(storage)) {}

  [[nodiscard]] Octets endorsement_public() const {
    static constexpr std::array<std::uint8_t, 32> policy{
        0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
        0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};
    return public_of(*endorsement_, 0x0003'00B2, policy);
  }
  [[nodiscard]] Octets storage_public() const { return public_of(*storage_, 0x0003'0472, {}); }
  [[nodiscard]] TpmKeys keys() const {
    TpmKeys out;
    out.endorsement_key = crypto::base64::encode(endorsement_public());
    out.storage_root_key = crypto::base64::encode(storage_public());
    return out;
  }
  // As a new owner does: the endorsement key stays.
  void clear() { clear(std::make_shared<FullRsaKey>()); }
  void clear(Key storage) { storage_ = std::move(storage); }

  // The HMAC key that a challenge brings; nothing when this TPM would refuse it.
  [[nodiscard]] std::optional<Octets> open(std::span<const std::uint8_t> blob) const {
    Parts in{blob};
    const Octets id_object = in.sized();
    const Octets credential_seed = endorsement_->decrypt(in.sized(), std::string("IDENTITY", 9));
    const Octets duplicate = in.sized();
    const Octets duplication_seed = storage_->decrypt(in.sized(), std::string("DUPLICATE", 10));
    const Octets area = in.sized();
    const Octets uri_data = in.sized();
    if (!in.good || !in.left.empty() || uri_data.empty()) return std::nullopt;
    if (credential_seed.size() != 32 || duplication_seed.size() != 32) return std::nullopt;

    Parts credential{unwrapped(credential_seed, id_object, name(storage_public()))};
    const Octets inner_key = credential.sized();
    if (!credential.good || inner_key.size() != 16) return std::nullopt;

    Octets object_name = {0x00, 0x0B};
    append(object_name, sha256(area));
    const Octets inner = cfb(inner_key, unwrapped(duplication_seed, duplicate, object_name));
    Parts of_inner{inner};
    const Octets integrity = of_inner.sized();
    Octets bound = of_inner.left;
    append(bound, object_name);
    if (!of_inner.good || integrity != sha256(bound)) return std::nullopt;
    Parts sensitive{of_inner.sized()};
    const bool keyed_hash = sensitive.number() == 0x0008 && sensitive.sized().empty();
    const Octets seed = sensitive.sized();
    const Octets key = sensitive.sized();
    Octets unique = seed;
    append(unique, key);
    if (!keyed_hash || !sensitive.good || !sensitive.left.empty()) return std::nullopt;
    if (!is_hmac_key(area, sha256(unique))) return std::nullopt;
    return key;
  }

  static Octets sha256(const Octets& data) {
    Octets out(32);
    EVP_Digest(data.data(), data.size(), out.data(), nullptr, EVP_sha256(), nullptr);
    return out;
  }

 private:
  // Big endian, sizes of two octets.
  struct Parts {
    explicit Parts(std::span<const std::uint8_t> octets) : left(octets.begin(), octets.end()) {}
    explicit Parts(const Octets& octets) : left(octets) {}
    unsigned number() {
      if (left.size() < 2) good = false;
      if (!good) return 0;
      const unsigned out = left[0] * 256U + left[1];
      left.erase(left.begin(), left.begin() + 2);
      return out;
    }
    Octets sized() {
      const unsigned size = number();
      if (size > left.size()) good = false;
      if (!good) return {};
      const auto end = left.begin() + static_cast<std::ptrdiff_t>(size);
      Octets out(left.begin(), end);
      left.erase(left.begin(), end);
      return out;
    }
    Octets left;
    bool good = true;
  };

  static void append(Octets& to, const Octets& more) { to.insert(to.end(), more.begin(), more.end()); }

  static Octets public_of(const TpmRsaKey& key, std::uint32_t attributes,
                          std::span<const std::uint8_t> policy) {
    Octets area = {0x00, 0x01, 0x00, 0x0B};
    for (const unsigned shift : {24U, 16U, 8U, 0U})
      area.push_back(static_cast<std::uint8_t>(attributes >> shift));
    area.push_back(0);
    area.push_back(static_cast<std::uint8_t>(policy.size()));
    area.insert(area.end(), policy.begin(), policy.end());
    append(area, {0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x08, 0x00, 0, 0, 0, 0, 0x01, 0x00});
    append(area, key.modulus());
    Octets out = {static_cast<std::uint8_t>(area.size() >> 8), static_cast<std::uint8_t>(area.size())};
    append(out, area);
    return out;
  }

  static Octets name(const Octets& tpm2b_public) {
    Octets out = {0x00, 0x0B};
    append(out, sha256(Octets(tpm2b_public.begin() + 2, tpm2b_public.end())));
    return out;
  }

  static Octets hmac(const Octets& key, const Octets& message) {
    Octets out(32);
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), out.data(),
         nullptr);
    return out;
  }

  // One block is enough for what is derived here.
  static Octets derived(const Octets& seed, const std::string& label, const Octets& context, unsigned bits) {
    Octets message = {0, 0, 0, 1};
    message.insert(message.end(), label.begin(), label.end());
    message.push_back(0);
    append(message, context);
    append(message, {0, 0, static_cast<std::uint8_t>(bits >> 8), static_cast<std::uint8_t>(bits)});
    Octets out = hmac(seed, message);
    out.resize(bits / 8);
    return out;
  }

  static Octets cfb(const Octets& key, const Octets& data) {
    const Octets zeros(16);
    Octets out(data.size());
    int size = 0;
    EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
    EVP_DecryptInit_ex(context, EVP_aes_128_cfb128(), nullptr, key.data(), zeros.data());
    EVP_DecryptUpdate(context, out.data(), &size, data.data(), static_cast<int>(data.size()));
    EVP_CIPHER_CTX_free(context);
    return out;
  }

  // Empty when the HMAC is wrong.
  static Octets unwrapped(const Octets& seed, const Octets& wrapped, const Octets& bound_to) {
    Parts in{wrapped};
    const Octets mac = in.sized();
    Octets authentic = in.left;
    append(authentic, bound_to);
    if (!in.good || mac != hmac(derived(seed, "INTEGRITY", {}, 256), authentic)) return {};
    return cfb(derived(seed, "STORAGE", bound_to, 128), in.left);
  }

  static bool is_hmac_key(const Octets& area, const Octets& unique) {
    Octets wanted = {0x00, 0x08, 0x00, 0x0B, 0x00, 0x04, 0x04, 0x40, 0, 0, 0x00, 0x05, 0x00, 0x0B, 0, 32};
    append(wanted, unique);
    return area == wanted;
  }

  Key endorsement_;
  Key storage_;
};

}  // namespace leafgate
