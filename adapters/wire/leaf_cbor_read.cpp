// What leaves say.
#include <algorithm>

#include "adapters/wire/cbor_reader.hpp"
#include "adapters/wire/json_text.hpp"
#include "adapters/wire/leaf_cbor.hpp"
#include "gateway/model/cose_number.hpp"

namespace leafgate::wire {
namespace {

constexpr int type_register = 1;
constexpr int type_proof = 3;
constexpr int type_poll = 5;
constexpr int type_signature = 9;
constexpr std::size_t most_certificates = 4;
constexpr std::size_t largest_certificate = 2048;
constexpr std::size_t longest_id = 128;
constexpr std::size_t longest_operation = 256;
constexpr std::size_t largest_tpm_key = 512;
constexpr std::size_t largest_signature = 512;

using Status = Result<void>;

template <std::size_t size>
Status read_exactly(CborReader& in, std::array<std::uint8_t, size>& out) {
  const auto octets = in.octets(size, size);
  if (!octets) return octets.error();
  std::copy(octets->begin(), octets->end(), out.begin());
  return {};
}

Status read_octets(CborReader& in, std::size_t most, Bytes& out) {
  const auto octets = in.octets(1, most);
  if (!octets) return octets.error();
  out.assign(octets->begin(), octets->end());
  return {};
}

Status read_text(CborReader& in, std::size_t most, std::string& out) {
  const auto text = in.text(1, most);
  if (!text) return text.error();
  out.assign(*text);
  return {};
}

// The entries of a map in ascending order of their keys, each read by `entry(key)`; whoever knows a key not
// says malformed.
template <class Entry>
Status read_map(CborReader& in, std::size_t most, Entry entry) {
  const auto size = in.map(most);
  if (!size) return size.error();
  std::int64_t before = 0;
  for (std::size_t i = 0; i < *size; ++i) {
    const auto key = in.integer();
    if (!key) return key.error();
    if (*key <= before) return in.malformed("a key out of order");
    before = *key;
    if (const Status read = entry(*key); !read) return read.error();
  }
  return {};
}

// It goes on to the service inside of a JSON object, so it must be one value and no more. null is none.
Status read_payload(CborReader& in, std::string& out) {
  const auto text = in.text(1, longest_leaf_payload);
  if (!text) return text.error();
  const auto value = json::checked(*text);
  if (!value) return in.malformed("a payload that is not JSON");
  if (json::kind_of(*value) != json::Kind::null) out.assign(*value);
  return {};
}

Status read_chain(CborReader& in, std::vector<Bytes>& out) {
  const auto count = in.array(most_certificates);
  if (!count) return count.error();
  if (*count == 0) return in.malformed("an empty chain");
  for (std::size_t i = 0; i < *count; ++i) {
    out.emplace_back();
    if (const Status read = read_octets(in, largest_certificate, out.back()); !read) return read.error();
  }
  return {};
}

Status read_schemes(CborReader& in, SchemeSet& out) {
  const auto count = in.array(3);
  if (!count) return count.error();
  for (std::size_t i = 0; i < *count; ++i) {
    const auto number = in.integer();
    if (!number) return number.error();
    const auto scheme = scheme_of_cose(*number);
    if (!scheme || out.has(*scheme)) return in.malformed("a signature scheme that is unknown or named twice");
    out.add(*scheme);
  }
  return out.empty() ? Status(in.malformed("no signature scheme")) : Status();
}

Status read_mechanism(CborReader& in, Mechanism& out) {
  const auto kind = in.integer();
  if (!kind) return kind.error();
  if (*kind < 1 || *kind > 3) return in.malformed("an unknown attestation");
  constexpr auto kinds = std::to_array({Mechanism::symmetric_key, Mechanism::x509, Mechanism::tpm});
  out = kinds[static_cast<std::size_t>(*kind - 1)];
  return {};
}

Status read_mtu(CborReader& in) {
  const auto mtu = in.integer();
  if (!mtu) return mtu.error();
  return *mtu == 64 || *mtu == 128 || *mtu == 240 ? Status() : Status(in.malformed("an unknown mtu"));
}

Status read_entry(CborReader& in, std::int64_t key, LeafRegister& out) {
  switch (key) {
    case 1:
      return read_text(in, longest_id, out.registration_id);
    case 2:
      return read_mechanism(in, out.mechanism);
    case 3:
      return read_exactly(in, out.nonce);
    case 4:
      return read_mtu(in);
    case 5:
      return read_payload(in, out.payload);
    case 6:
      return read_chain(in, out.chain);
    case 7:
      return read_exactly(in, out.thumbprint.emplace());
    case 8:
      return read_octets(in, largest_tpm_key, out.endorsement_key);
    case 9:
      return read_octets(in, largest_tpm_key, out.storage_root_key);
    case 10:
      return read_schemes(in, out.schemes);
    case 11: {
      const auto wants = in.boolean();
      if (!wants) return wants.error();
      out.wants_transcript = *wants;
      return {};
    }
    default:
      return in.malformed("an unknown key");
  }
}

// Whether what came belongs together.
Status check(const CborReader& in, const LeafRegister& r, bool has_nonce) {
  if (r.registration_id.empty() || r.mechanism == Mechanism::none || !has_nonce)
    return in.malformed("no id, attestation or nonce");
  const bool x509 = r.mechanism == Mechanism::x509;
  const bool tpm = r.mechanism == Mechanism::tpm;
  const bool certificate = !r.chain.empty() || r.thumbprint;
  if (!r.chain.empty() && r.thumbprint) return in.malformed("a chain and its thumbprint");
  if (certificate != x509) return in.malformed("a certificate with another attestation, or none");
  if (!x509 && (!r.schemes.empty() || r.wants_transcript)) return in.malformed("signature schemes of no key");
  if (r.endorsement_key.empty() == tpm || r.storage_root_key.empty() == tpm)
    return in.malformed("TPM keys with another attestation, or none");
  return {};
}

Result<LeafRegister> read_register(CborReader& in) {
  LeafRegister out;
  bool has_nonce = false;
  const Status read = read_map(in, 11, [&](std::int64_t key) {
    has_nonce = has_nonce || key == 3;
    return read_entry(in, key, out);
  });
  if (!read) return read.error();
  if (const Status whole = check(in, out, has_nonce); !whole) return whole.error();
  if (out.mechanism == Mechanism::x509 && out.schemes.empty()) out.schemes.add(SignatureScheme::es256);
  return out;
}

// [protected, {}, null, tag]
Status read_cose(CborReader& in, LeafProof& out) {
  const auto size = in.array(4);
  if (!size) return size.error();
  if (*size != 4) return in.malformed("no COSE structure");
  const auto head = in.octets(3, 5);
  if (!head) return head.error();
  CborReader inner(*head);
  std::int64_t algorithm = 0;
  const Status protected_head = read_map(inner, 1, [&](std::int64_t key) -> Status {
    const auto number = inner.integer();
    if (!number) return number.error();
    if (key != 1) return inner.malformed("an unknown COSE header");
    algorithm = *number;
    return {};
  });
  if (!protected_head || !inner.at_end())
    return in.malformed("a protected header that is not {1: algorithm}");
  const auto unprotected = in.map(0);
  if (!unprotected) return unprotected.error();
  if (const Status payload = in.null(); !payload) return payload.error();
  if (algorithm == cose_hmac_256) return read_exactly(in, out.mac.emplace());
  const auto scheme = scheme_of_cose(algorithm);
  if (!scheme) return in.malformed("an unknown COSE algorithm");
  out.scheme = *scheme;
  return read_octets(in, largest_signature, out.signature);
}

Result<LeafProof> read_proof(CborReader& in) {
  LeafProof out;
  const Status read = read_map(in, 2, [&](std::int64_t key) -> Status {
    if (key == 1) return read_cose(in, out);
    if (key == 2) return read_exactly(in, out.token_mac.emplace());
    return in.malformed("an unknown key");
  });
  if (!read) return read.error();
  const bool by_cose = out.mac || !out.signature.empty();
  if (by_cose == out.token_mac.has_value()) return in.malformed("no proof, or two");
  return out;
}

Result<LeafPoll> read_poll(CborReader& in) {
  LeafPoll out;
  const Status read = read_map(in, 1, [&](std::int64_t key) -> Status {
    return key == 1 ? read_text(in, longest_operation, out.operation)
                    : Status(in.malformed("an unknown key"));
  });
  if (!read) return read.error();
  if (out.operation.empty()) return in.malformed("no operationId");
  return out;
}

Result<LeafSigned> read_signature(CborReader& in) {
  LeafSigned out;
  const Status read = read_map(in, 1, [&](std::int64_t key) -> Status {
    return key == 1 ? read_octets(in, largest_signature, out.signature)
                    : Status(in.malformed("an unknown key"));
  });
  if (!read) return read.error();
  return out;
}

template <class Body>
Result<LeafMessage> whole(const CborReader& in, std::uint32_t exchange, Result<Body> body) {
  if (!body) return body.error();
  if (!in.at_end()) return in.malformed("something behind the message");
  LeafMessage out;
  out.exchange = exchange;
  out.body = std::move(*body);
  return out;
}

}  // namespace

Result<LeafMessage> read_leaf_message(ByteView message) {
  if (message.size() > largest_leaf_message) return Error(Errc::too_large, "a message above 4 KiB");
  CborReader in(message);
  const auto size = in.array(3);
  if (!size) return size.error();
  if (*size != 3) return in.malformed("not [type, exchange, body]");
  const auto type = in.integer();
  if (!type) return type.error();
  const auto number = in.integer();
  if (!number) return number.error();
  constexpr std::int64_t last_exchange = 0xffff'ffff;
  if (*number < 0 || *number > last_exchange) return in.malformed("no exchange number");
  const auto exchange = static_cast<std::uint32_t>(*number);
  switch (*type) {
    case type_register:
      return whole(in, exchange, read_register(in));
    case type_proof:
      return whole(in, exchange, read_proof(in));
    case type_poll:
      return whole(in, exchange, read_poll(in));
    case type_signature:
      return whole(in, exchange, read_signature(in));
    default:
      return in.malformed("no message of a leaf");
  }
}

}  // namespace leafgate::wire
