#include "store/tpm_codec.hpp"

#include <algorithm>

#include "store/octets.hpp"

namespace leafgate {
namespace {

constexpr char tpm_row_version = 1;
constexpr std::size_t longest_area = 4096;
constexpr std::size_t longest_tpm_name = 128;
constexpr std::size_t longest_auth = 64;

Bytes octets(Octets& in, std::size_t longest) {
  const std::string text = in.text(longest);
  return Bytes(text.begin(), text.end());
}

std::uint32_t number32(Octets& in, bool& fits) {
  const std::uint64_t number = in.number();
  fits = fits && number <= UINT32_MAX;
  return static_cast<std::uint32_t>(number);
}

}  // namespace

std::string encode_object(const TpmObject& object) {
  std::string out(1, tpm_row_version);
  put_text(out, as_text(object.private_area));
  put_text(out, as_text(object.public_area));
  return out;
}

Result<TpmObject> decode_object(std::string_view stored) {
  Octets in(stored);
  const bool known = in.one() == tpm_row_version;
  TpmObject out;
  out.private_area = octets(in, longest_area);
  out.public_area = octets(in, longest_area);
  if (!known || !in.ended()) return Error(Errc::malformed, "stored TPM object does not parse");
  return out;
}

std::string encode_anchor(const TpmAnchor& anchor) {
  std::string out(1, tpm_row_version);
  put_text(out, as_text(anchor.endorsement_name));
  put_text(out, as_text(anchor.storage_name));
  put_number(out, anchor.storage_handle);
  put_number(out, anchor.signing_epoch);
  put_text(out, as_text(anchor.signing_public));
  put_number(out, anchor.counter_index);
  put_text(out, as_text(anchor.counter_name));
  return out;
}

Result<TpmAnchor> decode_anchor(std::string_view stored) {
  Octets in(stored);
  bool fits = in.one() == tpm_row_version;
  TpmAnchor out;
  out.endorsement_name = octets(in, longest_tpm_name);
  out.storage_name = octets(in, longest_tpm_name);
  out.storage_handle = number32(in, fits);
  out.signing_epoch = number32(in, fits);
  out.signing_public = octets(in, longest_area);
  out.counter_index = number32(in, fits);
  out.counter_name = octets(in, longest_tpm_name);
  if (!fits || !in.ended()) return Error(Errc::malformed, "stored TPM anchor does not parse");
  return out;
}

crypto::Secret encode_hmac_key(const TpmHmacKey& key) {
  std::string head = encode_object(key.object);
  put_number(head, key.auth.size());
  crypto::Secret out(head.size() + key.auth.size());
  const auto end = std::copy(head.begin(), head.end(), out.writable().begin());
  std::copy(key.auth.view().begin(), key.auth.view().end(), end);
  return out;
}

Result<TpmHmacKey> decode_hmac_key(ByteView stored) {
  Octets in(as_text(stored));
  const bool known = in.one() == tpm_row_version;
  TpmHmacKey out;
  out.object.private_area = octets(in, longest_area);
  out.object.public_area = octets(in, longest_area);
  const std::uint64_t size = in.number();
  if (!known || !in.good() || size > longest_auth || size != in.left().size())
    return Error(Errc::malformed, "stored TPM key does not parse");
  out.auth = crypto::Secret(as_bytes(in.left()));
  return out;
}

}  // namespace leafgate
