#pragma once

#include <string>
#include <string_view>

#include "gateway/crypto/secret.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/tpm.hpp"
#include "gateway/ports/tpm.hpp"

namespace leafgate {

// Octets of what is kept of the TPM, made of numbers and texts (store/octets.hpp). Decoders are strict and
// bounded as those of store/row_codec.hpp are.

// Layout: octet 1 (version), private area, public area.
[[nodiscard]] std::string encode_object(const TpmObject& object);
Result<TpmObject> decode_object(std::string_view octets);

// Layout: octet 1 (version), endorsement name, storage name, storage handle, signing epoch, signing public,
// counter index, counter name.
[[nodiscard]] std::string encode_anchor(const TpmAnchor& anchor);
Result<TpmAnchor> decode_anchor(std::string_view octets);

// Layout: as of an object, and the value that opens it.
[[nodiscard]] crypto::Secret encode_hmac_key(const TpmHmacKey& key);
Result<TpmHmacKey> decode_hmac_key(ByteView octets);

}  // namespace leafgate
