#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/attestation.hpp"
#include "gateway/model/bytes.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"

namespace leafgate {

// The shared access signature by which a leaf proves a symmetric key to DPS:
//   SharedAccessSignature sr={resource}&sig={signature}&se={seconds}[&skn={name}]
// in any order. Signed is `sr LF se` as they stand on the wire: SDKs percent-encode sr in upper case, lower
// case, or not at all, so it must never be re-encoded before the check. Source: DPS how-to-control-access;
// SDK sources (device protocol sheet §3). Everything here is pure; any thread.
struct SasToken {
  std::string signed_text;  // sr LF se, raw
  std::string resource;     // sr decoded: "0ne00ABCDEF/registrations/edge-device-01"
  Bytes signature;          // 32 octets
  WallTime expires_at{};    // se
  std::string key_name;     // skn as written; absent and empty are the same, nobody checks it
};

// Errors: malformed (also a known field given twice, control characters, a date beyond the year 9999),
// too_large (above 2 KiB). Unknown fields are skipped: they are not signed. The detail tells nothing of the
// token but which field is wrong.
Result<SasToken> parse_sas_token(std::string_view text);

// A key that may have signed. An empty key is never tried: anybody could sign with it.
struct CandidateKey {
  ByteView key;
  bool secondary = false;
};

// A Verdict, and which of the candidates proved good.
struct SasVerdict : Verdict {
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  std::size_t candidate = none;
};

// Judges a token against the keys that may vouch for `id`, tried in their order. Without any it is
// not_checkable, unless it could not be right under any key (malformed, or signed for another id or scope).
// Expiry has 60 s of grace. By an unsynced clock a good signature is good_by_untrusted_clock. A token that
// has opened an operation while it lived stays good for its polls (`opened_operation`): iot-identity-service
// signs for 30 s and never again.
[[nodiscard]] SasVerdict judge_sas(const SasToken& token, const IdScope& scope, const RegistrationId& id,
                                   std::span<const CandidateKey> candidates, WallReading now,
                                   bool opened_operation);
// The same from the text; one that does not parse is proven_false (token_malformed), an empty one
// no_credential.
[[nodiscard]] SasVerdict judge_sas(std::string_view token, const IdScope& scope, const RegistrationId& id,
                                   std::span<const CandidateKey> candidates, WallReading now,
                                   bool opened_operation);

// What a group key is derived with for `id`: the id as presented, and its lower case where that differs.
// Which of them DPS takes is not documented; tooling derives from the id as typed.
[[nodiscard]] std::vector<std::string_view> derivation_ids(const RegistrationId& id);

// A token for the service: sr percent-encoded in upper case, skn=registration, as the Azure SDK for .NET
// writes it. Above all a credential: never logged. `expires` counts in whole seconds.
[[nodiscard]] std::string mint_sas_token(const IdScope& scope, const RegistrationId& id, ByteView key,
                                         WallTime expires);

// The same where the key is a TPM's: what it has to sign, and the token with that signature.
[[nodiscard]] std::string sas_text(const IdScope& scope, const RegistrationId& id, WallTime expires);
[[nodiscard]] std::string signed_sas_token(const IdScope& scope, const RegistrationId& id, ByteView signature,
                                           WallTime expires);

}  // namespace leafgate
