// What the gateway says to leaves without IP.
#include <algorithm>
#include <utility>

#include "adapters/wire/json_text.hpp"
#include "adapters/wire/leaf_cbor.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/model/cbor_writer.hpp"
#include "gateway/model/cose_number.hpp"

namespace leafgate::wire {
namespace {

constexpr int key_of_proof = 15;
constexpr std::size_t longest_why = 128;
constexpr std::size_t longest_purpose = 128;
constexpr std::size_t longest_hub = 256;
constexpr std::size_t longest_device = 128;
constexpr std::size_t longest_substatus = 64;
constexpr std::size_t largest_hub_key = 1024;

void write_proof(CborWriter& out, const GatewayProof& proof) {
  const bool is_mac = proof.public_key.empty();
  const Bytes head = CborWriter()
                         .map(1)
                         .integer(1)
                         .integer(is_mac ? cose_hmac_256 : cose_number(SignatureScheme::es256))
                         .take();
  out.array(4).octets(head);
  if (is_mac)
    out.map(0);
  else
    out.map(1).integer(4).octets(proof.public_key);
  out.null().octets(proof.tag);
}

// Cut where a character begins.
std::string_view bounded_text(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

Bytes GatewayMessage::body() const { return CborWriter().map(count_).raw(entries_).take(); }

Bytes GatewayMessage::with(std::uint32_t exchange, const GatewayProof& proof) const {
  CborWriter out;
  out.array(3).integer(static_cast<int>(type_)).integer(exchange).map(count_ + 1).raw(entries_);
  out.integer(key_of_proof);
  write_proof(out, proof);
  return out.take();
}

Bytes GatewayMessage::without_proof(std::uint32_t exchange) const {
  return CborWriter().array(3).integer(static_cast<int>(type_)).integer(exchange).raw(body()).take();
}

GatewayMessage& GatewayMessage::octets(int key, ByteView value) {
  const Bytes entry = CborWriter().integer(key).octets(value).take();
  entries_.insert(entries_.end(), entry.begin(), entry.end());
  ++count_;
  return *this;
}

GatewayMessage& GatewayMessage::text(int key, std::string_view value) {
  const Bytes entry = CborWriter().integer(key).text(value).take();
  entries_.insert(entries_.end(), entry.begin(), entry.end());
  ++count_;
  return *this;
}

GatewayMessage& GatewayMessage::integer(int key, std::int64_t value) {
  const Bytes entry = CborWriter().integer(key).integer(value).take();
  entries_.insert(entries_.end(), entry.begin(), entry.end());
  ++count_;
  return *this;
}

GatewayMessage& GatewayMessage::chain(int key, const std::vector<Bytes>& value) {
  CborWriter entry;
  entry.integer(key).array(value.size());
  for (const Bytes& certificate : value) entry.octets(certificate);
  entries_.insert(entries_.end(), entry.written().begin(), entry.written().end());
  ++count_;
  return *this;
}

GatewayMessage challenge_message(ByteView nonce, std::string_view binding, ByteView credential,
                                 std::string_view token_resource, std::int64_t token_expiry) {
  GatewayMessage out(GatewayMessageType::challenge);
  out.octets(1, nonce).text(2, binding);
  if (credential.empty()) return out;
  return out.octets(3, credential).text(4, token_resource).integer(5, token_expiry);
}

GatewayMessage status_message(std::string_view status, std::string_view operation, std::int64_t retry_after) {
  GatewayMessage out(GatewayMessageType::status);
  out.text(1, status);
  if (!operation.empty()) out.text(2, operation);
  return out.integer(3, retry_after);
}

Result<void> ResultMessage::check() const {
  if (assigned_hub.size() > longest_hub || device_id.size() > longest_device ||
      authentication_key.size() > largest_hub_key)
    return Error(Errc::too_large, "hub, device or its key is longer than the leaf link has room for");
  return {};
}

GatewayMessage ResultMessage::message() const {
  GatewayMessage out(GatewayMessageType::result);
  out.text(1, assigned_hub).text(2, device_id);
  if (!substatus.empty()) out.text(3, substatus);
  if (!payload.empty()) out.text(4, payload);
  if (!authentication_key.empty()) out.octets(5, authentication_key);
  if (!issued_chain.empty()) out.chain(6, issued_chain);
  return out;
}

GatewayMessage error_message(int error_code, std::string_view why, std::optional<std::int64_t> retry_after) {
  GatewayMessage out(GatewayMessageType::error);
  out.integer(1, error_code).text(2, why.empty() ? "refused" : bounded_text(why, longest_why));
  if (retry_after) out.integer(3, *retry_after);
  return out;
}

GatewayMessage sign_message(const SignRequest& request, bool transcript) {
  GatewayMessage out(GatewayMessageType::sign);
  out.integer(1, cose_number(request.scheme));
  if (request.tls13)
    out.integer(2, 1).octets(3, request.message);
  else if (transcript)
    out.integer(2, 3).octets(3, request.message);
  else
    out.integer(2, 2).octets(3, request.hash);
  const std::string_view purpose = request.purpose.empty() ? "TLS client" : std::string_view(request.purpose);
  return out.text(4, bounded_text(purpose, longest_purpose));
}

Result<ResultMessage> result_of_state(std::string_view state) {
  const auto text = json::checked(state);
  if (!text) return text.error();
  const auto members = json::members(*text);
  if (!members) return members.error();
  ResultMessage out;
  const auto read = [&](std::string_view name, std::string& into) {
    const auto value = json::find(*members, name);
    const auto word = value ? json::text_of(*value) : Result<std::string>(std::string());
    if (word) into = *word;
  };
  read("assignedHub", out.assigned_hub);
  read("deviceId", out.device_id);
  read("substatus", out.substatus);
  if (const auto payload = json::find(*members, "payload")) out.payload = json::compacted(*payload);
  for (auto [member, longest] :
       {std::pair(&out.substatus, longest_substatus), std::pair(&out.payload, longest_leaf_payload)}) {
    if (member->size() <= longest) continue;
    member->clear();
    out.shortened = true;
  }
  if (out.assigned_hub.empty() || out.device_id.empty())
    return Error(Errc::malformed, "a registration state without hub or device");
  const auto tpm = json::find(*members, "tpm");
  const auto inside =
      tpm ? json::members(*tpm) : Result<std::vector<json::Member>>(std::vector<json::Member>());
  const auto key = inside ? json::find(*inside, "authenticationKey") : std::nullopt;
  const auto word = key ? json::text_of(*key) : Result<std::string>(std::string());
  if (auto octets = crypto::base64::decode(word ? *word : std::string()); octets)
    out.authentication_key = std::move(*octets);
  return out;
}

StateFault fault_of_state(std::string_view state) {
  StateFault fault;
  const auto text = json::checked(state);
  const auto members = text ? json::members(*text) : Result<std::vector<json::Member>>(text.error());
  if (!members) return fault;
  if (const auto code = json::find(*members, "errorCode"); code) {
    const auto number = json::integer_of(*code);
    if (number) fault.error_code = *number;
  }
  if (const auto message = json::find(*members, "errorMessage"); message) {
    const auto word = json::text_of(*message);
    if (word) fault.message = *word;
  }
  return fault;
}

}  // namespace leafgate::wire
