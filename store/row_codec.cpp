#include "store/row_codec.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "store/octets.hpp"

namespace leafgate {
namespace {

constexpr char row_version = 1;
constexpr std::uint8_t unverified = 1;
constexpr std::size_t longest_code = 64;

struct Texts {
  std::array<std::string, 5> values;  // reason code, step, source, client, detail
};
constexpr std::array<std::size_t, 5> text_limits{longest_code, note_short_limit, note_short_limit,
                                                 note_client_limit, note_detail_limit};

Texts texts_of(const AttemptNote& note) {
  Texts out{{std::string(code(note.reason)), note.step, note.source, note.client, note.detail}};
  for (std::size_t i = 0; i < text_limits.size(); ++i)
    if (out.values.at(i).size() > text_limits.at(i)) out.values.at(i).resize(text_limits.at(i));
  return out;
}

}  // namespace

std::string encode_notes(const std::vector<AttemptNote>& notes) {
  const std::size_t count = std::min(notes.size(), note_limit);
  std::string out(1, row_version);
  put_number(out, count);
  Texts before;
  std::int64_t at_before = 0;
  for (auto note = notes.end() - static_cast<std::ptrdiff_t>(count); note != notes.end(); ++note) {
    const Texts texts = texts_of(*note);
    const std::int64_t at = note->at.time_since_epoch().count();
    std::uint8_t flags = note->unverified ? unverified : 0;
    for (std::size_t i = 0; i < text_limits.size(); ++i)
      if (texts.values.at(i) == before.values.at(i)) flags = static_cast<std::uint8_t>(flags | (2U << i));
    out.push_back(static_cast<char>(flags));
    put_number(out, zigzag(at - at_before));
    for (std::size_t i = 0; i < text_limits.size(); ++i)
      if ((flags & (2U << i)) == 0) put_text(out, texts.values.at(i));
    before = texts;
    at_before = at;
  }
  return out;
}

Result<std::vector<AttemptNote>> decode_notes(std::string_view octets) {
  const Error malformed(Errc::malformed, "stored notes do not parse");
  Octets in(octets);
  if (in.one() != row_version) return malformed;
  const std::uint64_t count = in.number();
  if (count > note_limit) return malformed;
  std::vector<AttemptNote> out;
  Texts texts;
  std::uint64_t at = 0;  // unsigned: what a damaged row adds up to must not overflow
  for (std::uint64_t n = 0; n < count && in.good(); ++n) {
    const std::uint8_t flags = in.one();
    if (flags >= 0x40) return malformed;
    at += static_cast<std::uint64_t>(unzigzag(in.number()));
    for (std::size_t i = 0; i < text_limits.size(); ++i)
      if ((flags & (2U << i)) == 0) texts.values.at(i) = in.text(text_limits.at(i));
    AttemptNote note;
    note.at = WallTime(Millis(static_cast<std::int64_t>(at)));
    // A reason of a newer program reads as none.
    note.reason = reason_from_code(texts.values[0]).value_or(Reason::none);
    note.step = texts.values[1];
    note.source = texts.values[2];
    note.client = texts.values[3];
    note.detail = texts.values[4];
    note.unverified = (flags & unverified) != 0;
    out.push_back(std::move(note));
  }
  if (!in.ended()) return malformed;
  return out;
}

std::string encode_texts(const std::vector<std::string>& texts) {
  std::string out(1, row_version);
  put_number(out, texts.size());
  for (const std::string& text : texts) put_text(out, text);
  return out;
}

Result<std::vector<std::string>> decode_texts(std::string_view octets) {
  const Error malformed(Errc::malformed, "stored list of texts does not parse");
  Octets in(octets);
  if (in.one() != row_version) return malformed;
  const std::uint64_t count = in.number();
  if (count > octets.size()) return malformed;
  std::vector<std::string> out;
  for (std::uint64_t n = 0; n < count && in.good(); ++n) out.push_back(in.text(octets.size()));
  if (!in.ended()) return malformed;
  return out;
}

std::string encode_certificate(const EnrolledCertificate& certificate) {
  return encode_texts({certificate.sha256, certificate.sha1, std::string(as_text(certificate.der))});
}

Result<EnrolledCertificate> decode_certificate(std::string_view octets) {
  constexpr std::size_t largest = 16 * 1024;
  constexpr std::array<std::size_t, 2> digits{64, 40};
  const Error malformed(Errc::malformed, "stored certificate does not parse");
  const auto texts = decode_texts(octets);
  if (!texts || texts->size() != 3 || texts->back().size() > largest) return malformed;
  for (std::size_t i = 0; i < digits.size(); ++i)
    if (!(*texts)[i].empty() && (*texts)[i].size() != digits.at(i)) return malformed;
  const ByteView der = as_bytes(texts->back());
  return EnrolledCertificate{(*texts)[0], (*texts)[1], Bytes(der.begin(), der.end())};
}

}  // namespace leafgate
