#pragma once

#include <string>
#include <string_view>

#include "gateway/model/denial.hpp"

// The file by which whoever holds the signing key keeps leaves out, also at gateways without an uplink. One
// JSON object:
//
//   {"payload": BASE64, "alg": "ES256" | "EdDSA", "signature": BASE64}
//
// Signed are the octets that `payload` stands for, as they are: no canonical form of JSON is needed, and what
// was signed is what is read. Both texts are RFC 4648 section 4, padded, in one line. The signature is as
// crypto/document_signature.hpp says; with OpenSSL alone (P-256):
//
//   openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out deny.pem
//   openssl pkey -in deny.pem -pubout -out deny.pub          # deny.signer
//   openssl dgst -sha256 -sign deny.pem -out sig payload.json
//   printf '{"payload":"%s","alg":"ES256","signature":"%s"}' "$(base64 -w0 payload.json)" "$(base64 -w0 sig)"
//
// (Ed25519: openssl pkeyutl -sign -rawin -inkey deny.pem -in payload.json -out sig.) The payload is
//
//   {"idScope": "0ne00000000", "number": 7, "until": TIME, "entries": [
//     {"registrationId": "pump-07"},
//     {"certificate": SHA-256 of a leaf's certificate or of a CA, 64 hexadecimal digits},
//     {"endorsementKey": SHA-256 of the TPM2B_PUBLIC, 64 hexadecimal digits, "until": TIME}]}
//
// `number` is 1 to 2^53 and rises with each list; a list replaces the one before. `until` (RFC 3339, UTC) is
// optional; that of an entry counts before that of the list. No other member is taken: a word that an older
// gateway did not understand could change what is meant. Pure; any thread.
namespace leafgate::wire {

constexpr std::size_t largest_deny_list = 1024 * 1024;  // octets of the whole file

// Errors: too_large (octets, entries), malformed; the detail names the entry.
Result<SignedDenyList> read_deny_list(std::string_view file);
Result<DenyList> read_deny_payload(std::string_view payload);
// One entry by itself: {"registrationId": ...}, as a local one is asked for. Errors: too_large, malformed.
Result<Denial> read_denial(std::string_view text);

// The payload as it is signed, and the file around it.
[[nodiscard]] std::string write_deny_payload(const DenyList& list);
[[nodiscard]] std::string write_deny_list(std::string_view payload, DocumentAlgorithm algorithm,
                                          ByteView signature);

}  // namespace leafgate::wire
