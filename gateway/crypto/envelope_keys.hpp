#pragma once

#include <memory>
#include <string_view>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/result.hpp"

struct evp_pkey_st;

// How the content key of an envelope reaches the holder of a private key; gateway/crypto/envelope.hpp has the
// layout.
namespace leafgate::crypto::envelope_keys {

enum class Kind : std::uint8_t { rsa = 1, ec = 2 };
using Key = std::shared_ptr<evp_pkey_st>;

Result<Key> read_public(std::string_view pem);
Result<Key> read_private(std::string_view pem);
[[nodiscard]] Bytes subject_public_key_info(const Key& key);  // DER

struct Sent {
  Kind kind;
  Bytes octets;  // the ciphertext or the ephemeral point
  Secret content_key;
};
Result<Sent> send(const Key& recipient);
Result<Secret> receive(const Key& own, Kind kind, ByteView octets);

}  // namespace leafgate::crypto::envelope_keys
