#include "tests/standin/test/tpm_device.hpp"

#include <cstdint>
#include <ctime>
#include <stdexcept>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "tests/standin/encoding.hpp"
#include "tests/standin/test/standin_process.hpp"

namespace leafgate::standin {
namespace {

const unsigned char* bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

std::string from_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return out;
}

// Takes the next TPM2B off the front, without its size.
std::string take(std::string& from) {
  check(from.size() >= 2, "the blob ends early");
  const std::size_t size = static_cast<std::size_t>(bytes(from)[0]) * 256 + bytes(from)[1];
  check(from.size() >= 2 + size, "the blob ends early");
  std::string out = from.substr(2, size);
  from.erase(0, 2 + size);
  return out;
}

std::string sha256(const std::string& text) {
  std::string out(32, '\0');
  EVP_Digest(bytes(text), text.size(), bytes(out), nullptr, EVP_sha256(), nullptr);
  return out;
}

std::string name_of(const std::string& area) { return std::string("\x00\x0b", 2) + sha256(area); }

std::string kdfa(const std::string& key, const std::string& label, const std::string& context, int bits) {
  const std::string size{0, 0, static_cast<char>(bits / 256), static_cast<char>(bits % 256)};
  return hmac_sha256(key, std::string("\0\0\0\1", 4) + label + '\0' + context + size)
      .substr(0, static_cast<std::size_t>(bits / 8));
}

std::string decrypted(const std::string& key, const std::string& text) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  const std::string iv(16, '\0');
  std::string out(text.size(), '\0');
  int size = 0;
  EVP_DecryptInit_ex(context, EVP_aes_128_cfb128(), nullptr, bytes(key), bytes(iv));
  EVP_DecryptUpdate(context, bytes(out), &size, bytes(text), static_cast<int>(text.size()));
  EVP_CIPHER_CTX_free(context);
  return out;
}

std::string seed_of(EVP_PKEY* key, const std::string& label, const std::string& secret) {
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new(key, nullptr);
  void* owned = OPENSSL_memdup(label.data(), label.size());
  std::string out(256, '\0');
  std::size_t size = out.size();
  const bool good = EVP_PKEY_decrypt_init(context) == 1 &&
                    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                    EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
                    EVP_PKEY_CTX_set0_rsa_oaep_label(context, owned, static_cast<int>(label.size())) == 1 &&
                    EVP_PKEY_decrypt(context, bytes(out), &size, bytes(secret), secret.size()) == 1;
  EVP_PKEY_CTX_free(context);
  check(good, "the secret is for another key");
  out.resize(size);
  return out;
}

// Takes off the wrapper that HMAC and AES make with a seed, for an object of this name.
std::string unwrapped(const std::string& seed, const std::string& name, std::string text) {
  const std::string mac = take(text);
  check(hmac_sha256(kdfa(seed, "INTEGRITY", "", 256), text + name) == mac, "bad integrity");
  return decrypted(kdfa(seed, "STORAGE", name, 128), text);
}

std::string modulus(EVP_PKEY* key) {
  BIGNUM* n = nullptr;
  EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n);
  std::string out(256, '\0');
  BN_bn2binpad(n, bytes(out), 256);
  BN_free(n);
  return out;
}

}  // namespace

TpmDevice::TpmDevice()
    : endorsement_(EVP_RSA_gen(2048), EVP_PKEY_free), storage_(EVP_RSA_gen(2048), EVP_PKEY_free) {}

std::string TpmDevice::endorsement_area() const {
  return from_hex(
             "013a0001000b000300b20020837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa"
             "00060080004300100800000000000100") +
         modulus(endorsement_.get());
}

std::string TpmDevice::storage_area() const {
  return from_hex("011a0001000b00030472000000060080004300100800000000000100") + modulus(storage_.get());
}

std::string TpmDevice::endorsement_key() const { return base64_encode(endorsement_area()); }
std::string TpmDevice::storage_key() const { return base64_encode(storage_area()); }

std::string TpmDevice::member() const {
  return R"("tpm":{"endorsementKey":")" + endorsement_key() + R"(","storageRootKey":")" + storage_key() +
         "\"}";
}

TpmDevice::Activated TpmDevice::activate(const std::string& authentication_key) const {
  std::string blob = base64_decode(authentication_key).value_or("");
  const std::string credential = take(blob);
  const std::string credential_secret = take(blob);
  const std::string duplicate = take(blob);
  const std::string duplicate_secret = take(blob);
  const std::string object = take(blob);
  const std::string remark = take(blob);
  check(blob.empty(), "something behind the last field");

  const std::string identity = seed_of(endorsement_.get(), std::string("IDENTITY\0", 9), credential_secret);
  std::string inner_key = unwrapped(identity, name_of(storage_area().substr(2)), credential);
  inner_key = take(inner_key);
  check(inner_key.size() == 16, "the inner key is not one of AES-128");

  const std::string name = name_of(object);
  const std::string seed = seed_of(storage_.get(), std::string("DUPLICATE\0", 10), duplicate_secret);
  std::string inner = decrypted(inner_key, unwrapped(seed, name, duplicate));
  const std::string integrity = take(inner);
  check(sha256(inner + name) == integrity, "bad inner integrity");
  std::string sensitive = take(inner);
  check(sensitive.substr(0, 2) == std::string("\0\x08", 2), "not the sensitive part of an HMAC key");
  sensitive.erase(0, 2);
  check(take(sensitive).empty(), "an authValue");
  const std::string obfuscation = take(sensitive);
  const std::string key = take(sensitive);
  check(object == from_hex("0008000b00040440000000"
                           "05000b0020") +
                      sha256(obfuscation + key),
        "another public area than the service's");
  return {key, decrypted(inner_key, remark)};
}

std::string tpm_token(const std::string& id, const std::string& key, long expires_in) {
  const std::string resource = percent_encode(std::string(test_scope) + "/registrations/" + id);
  const std::string expires = std::to_string(std::time(nullptr) + expires_in);
  const std::string signature = base64_encode(hmac_sha256(key, resource + "\n" + expires));
  return "SharedAccessSignature sr=" + resource + "&sig=" + percent_encode(signature) + "&se=" + expires +
         "&skn=registration";
}

}  // namespace leafgate::standin
