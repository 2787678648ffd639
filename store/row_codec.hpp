#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/enrollment.hpp"
#include "gateway/model/result.hpp"
#include "gateway/ports/registrations.hpp"

namespace leafgate {

// Octets of the columns that hold more than one value. Numbers are LEB128, 7 bits an octet, lowest first;
// texts are a length and their octets. Decoders are strict and bounded: wrong version, a count or length past
// its bound, a number spelt longer than needed, missing or left-over octets are `malformed`.

// The last note_limit notes, texts cut to their limits. Layout: octet 1 (version), count, notes. A note:
// flags, milliseconds since the note before (zigzag; the first: since 1970), then those of reason code, step,
// source, client and detail that differ from the note before. Flag bit 0: unverified; bits 1-5: the same
// reason, step, source, client, detail as before.
[[nodiscard]] std::string encode_notes(const std::vector<AttemptNote>& notes);
Result<std::vector<AttemptNote>> decode_notes(std::string_view octets);

// A list of texts. Layout: octet 1 (version), count, texts.
[[nodiscard]] std::string encode_texts(const std::vector<std::string>& texts);
Result<std::vector<std::string>> decode_texts(std::string_view octets);

// A list of three texts: SHA-256 and SHA-1 in lower-case hex (each may be empty), DER of at most 16 KiB or
// nothing.
[[nodiscard]] std::string encode_certificate(const EnrolledCertificate& certificate);
Result<EnrolledCertificate> decode_certificate(std::string_view octets);

}  // namespace leafgate
