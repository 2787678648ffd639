#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/crypto/digest.hpp"
#include "gateway/model/attestation.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/leaf_link.hpp"
#include "gateway/model/leaf_signature.hpp"
#include "gateway/model/result.hpp"

// The messages of the leaf link, as leaf_link.cddl has them. Pure; any thread.
namespace leafgate::wire {

inline constexpr std::size_t largest_leaf_message = 4096;
inline constexpr std::size_t longest_leaf_payload = 2048;  // of either side

// --- what a leaf says

struct LeafRegister {
  std::string registration_id;  // 1 to 128 octets of UTF-8; RegistrationId has the last word
  Mechanism mechanism = Mechanism::none;
  std::array<std::uint8_t, 16> nonce{};
  std::string payload;                       // JSON; empty: none
  std::vector<Bytes> chain;                  // x509: DER, leaf first; or
  std::optional<crypto::Digest> thumbprint;  // SHA-256 of the leaf certificate
  Bytes endorsement_key;                     // tpm
  Bytes storage_root_key;
  SchemeSet schemes;  // x509: never empty
  bool wants_transcript = false;
};
// Exactly one of the first two for symmetricKey and x509, the last alone for tpm.
struct LeafProof {
  std::optional<crypto::Digest> mac;  // of a COSE_Mac0
  SignatureScheme scheme = SignatureScheme::es256;
  Bytes signature;                          // of a COSE_Sign1
  std::optional<crypto::Digest> token_mac;  // of the text a token signs
};
struct LeafPoll {
  std::string operation;
};
struct LeafSigned {
  Bytes signature;  // empty: the leaf says no
};
struct LeafMessage {
  std::uint32_t exchange = 0;
  std::variant<LeafRegister, LeafProof, LeafPoll, LeafSigned> body;
};

// Errors: too_large (above largest_leaf_message), malformed (not deterministic CBOR, not a message of a leaf,
// members that do not belong together); the detail names the place and never repeats octets.
Result<LeafMessage> read_leaf_message(ByteView message);

// --- what the gateway says

enum class GatewayMessageType : int { challenge = 2, status = 4, result = 6, error = 7, sign = 8 };

// A message but for its proof, which is made over its body.
class GatewayMessage {
 public:
  [[nodiscard]] GatewayMessageType type() const { return type_; }
  [[nodiscard]] Bytes body() const;  // the map without its proof, as it is hashed
  [[nodiscard]] Bytes with(std::uint32_t exchange, const GatewayProof& proof) const;
  [[nodiscard]] Bytes without_proof(std::uint32_t exchange) const;  // of a status

 private:
  friend GatewayMessage challenge_message(ByteView, std::string_view, ByteView, std::string_view,
                                          std::int64_t);
  friend GatewayMessage status_message(std::string_view, std::string_view, std::int64_t);
  friend struct ResultMessage;
  friend GatewayMessage error_message(int, std::string_view, std::optional<std::int64_t>);
  friend GatewayMessage sign_message(const SignRequest&, bool);
  explicit GatewayMessage(GatewayMessageType type) : type_(type) {}
  GatewayMessage& octets(int key, ByteView value);
  GatewayMessage& text(int key, std::string_view value);
  GatewayMessage& integer(int key, std::int64_t value);
  GatewayMessage& chain(int key, const std::vector<Bytes>& value);

  GatewayMessageType type_;
  Bytes entries_;
  std::size_t count_ = 0;
};

// The last three of a TPM; empty and 0: left out.
[[nodiscard]] GatewayMessage challenge_message(ByteView nonce, std::string_view binding, ByteView credential,
                                               std::string_view token_resource, std::int64_t token_expiry);
// `operation` empty: the leaf registers anew.
[[nodiscard]] GatewayMessage status_message(std::string_view status, std::string_view operation,
                                            std::int64_t retry_after);
struct ResultMessage {
  std::string assigned_hub;
  std::string device_id;
  std::string substatus;     // empty members are left out
  std::string payload;       // JSON
  Bytes authentication_key;  // of a TPM
  std::vector<Bytes> issued_chain;
  bool shortened = false;  // substatus or payload did not fit, and were left out
  // Errors: too_large (what a leaf cannot do without is longer than the leaf link has room for).
  [[nodiscard]] Result<void> check() const;
  [[nodiscard]] GatewayMessage message() const;
};
// `retry_after` absent: trying again does not help.
[[nodiscard]] GatewayMessage error_message(int error_code, std::string_view why,
                                           std::optional<std::int64_t> retry_after);
// `transcript`: that of TLS 1.2 whole, not its hash.
[[nodiscard]] GatewayMessage sign_message(const SignRequest& request, bool transcript);

// A registrationState that says `assigned`, as the text an Answer holds, in the words of the leaf link.
// Errors: malformed (no such object, no hub in it).
Result<ResultMessage> result_of_state(std::string_view state);
// errorCode and errorMessage of one that says `failed` or `disabled`; 0 and empty where there are none.
struct StateFault {
  int error_code = 0;
  std::string message;
};
[[nodiscard]] StateFault fault_of_state(std::string_view state);

}  // namespace leafgate::wire
