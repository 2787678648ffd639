#include "gateway/crypto/envelope.hpp"

#include <algorithm>

#include "gateway/crypto/aead.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/envelope_keys.hpp"

namespace leafgate::crypto {
namespace {

constexpr std::string_view magic = "leafgate envelope 1\n";
constexpr std::size_t before_key = magic.size() + 3;  // kind and length behind it
constexpr std::size_t longest_key = 512;              // RSA-4096
constexpr std::size_t sealed_chunk = envelope_chunk + aead_tag_octets;

AeadNonce nonce_of(std::uint64_t number) {
  AeadNonce nonce{};
  for (std::size_t i = 0; i < 8; ++i)
    nonce.at(nonce.size() - 1 - i) = static_cast<std::uint8_t>(number >> (8 * i));
  return nonce;
}

Bytes bound_to(ByteView head) {
  const Digest digest = sha256(head);
  return Bytes(digest.begin(), digest.end());
}

Bytes with_mark(const Bytes& bound, bool last) {
  Bytes out = bound;
  out.push_back(last ? 1 : 0);
  return out;
}

void append(Bytes& to, ByteView octets) { to.insert(to.end(), octets.begin(), octets.end()); }

}  // namespace

Result<std::string> recipient_fingerprint(std::string_view public_pem) {
  const auto key = envelope_keys::read_public(public_pem);
  if (!key) return key.error();
  return hex(sha256(envelope_keys::subject_public_key_info(*key)));
}

EnvelopeWriter::EnvelopeWriter(Secret key, Bytes head)
    : key_(std::move(key)), head_(std::move(head)), bound_(bound_to(head_)), waiting_(envelope_chunk) {}

Result<EnvelopeWriter> EnvelopeWriter::to(std::string_view public_pem) {
  const auto recipient = envelope_keys::read_public(public_pem);
  if (!recipient) return recipient.error();
  auto sent = envelope_keys::send(*recipient);
  if (!sent) return sent.error();
  Bytes head;
  append(head, as_bytes(magic));
  head.push_back(static_cast<std::uint8_t>(sent->kind));
  head.push_back(static_cast<std::uint8_t>(sent->octets.size() >> 8U));
  head.push_back(static_cast<std::uint8_t>(sent->octets.size()));
  append(head, sent->octets);
  return EnvelopeWriter(std::move(sent->content_key), std::move(head));
}

Bytes EnvelopeWriter::chunk(ByteView plain, bool last) {
  return aead_seal(key_.view(), nonce_of(next_++), with_mark(bound_, last), plain);
}

Bytes EnvelopeWriter::add(ByteView plain) {
  Bytes out = std::exchange(head_, {});
  // A full chunk waits for more: only then it is known not to be the last.
  while (!plain.empty()) {
    if (held_ == envelope_chunk) {
      append(out, chunk(waiting_.view(), false));
      held_ = 0;
    }
    const std::size_t taken = std::min(plain.size(), envelope_chunk - held_);
    std::copy_n(plain.begin(), taken, waiting_.writable().begin() + static_cast<std::ptrdiff_t>(held_));
    held_ += taken;
    plain = plain.subspan(taken);
  }
  return out;
}

Bytes EnvelopeWriter::finish() {
  Bytes out = std::exchange(head_, {});
  append(out, chunk(waiting_.view().first(held_), true));
  return out;
}

struct EnvelopeReader::Key {
  envelope_keys::Key key;
};

EnvelopeReader::EnvelopeReader(std::unique_ptr<Key> key) : private_(std::move(key)) {}
EnvelopeReader::EnvelopeReader(EnvelopeReader&&) noexcept = default;
EnvelopeReader& EnvelopeReader::operator=(EnvelopeReader&&) noexcept = default;
EnvelopeReader::~EnvelopeReader() = default;

Result<EnvelopeReader> EnvelopeReader::with(std::string_view private_pem) {
  auto key = envelope_keys::read_private(private_pem);
  if (!key) return key.error();
  return EnvelopeReader(std::make_unique<Key>(Key{std::move(*key)}));
}

Result<bool> EnvelopeReader::read_head() {
  const ByteView in(waiting_);
  const std::size_t seen = std::min(in.size(), magic.size());
  const Error no_envelope(Errc::malformed, "this is no envelope of leafgate");
  if (as_text(in.first(seen)) != magic.substr(0, seen)) return no_envelope;
  if (in.size() < before_key) return false;
  const std::uint8_t kind = in[magic.size()];
  const std::size_t size = static_cast<std::size_t>(in[magic.size() + 1] << 8U) | in[magic.size() + 2];
  if (kind < 1 || kind > 2 || size > longest_key) return no_envelope;
  if (in.size() < before_key + size) return false;
  auto key = envelope_keys::receive(private_->key, static_cast<envelope_keys::Kind>(kind),
                                    in.subspan(before_key, size));
  if (!key) return key.error();
  key_ = std::move(*key);
  bound_ = bound_to(in.first(before_key + size));
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(before_key + size));
  return true;
}

Result<Secret> EnvelopeReader::chunk(ByteView sealed, bool last) {
  return aead_open(key_.view(), nonce_of(next_++), with_mark(bound_, last), sealed);
}

Result<Secret> EnvelopeReader::add(ByteView octets) {
  append(waiting_, octets);
  if (key_.empty()) {
    const auto read = read_head();
    if (!read) return read.error();
    if (!*read) return Secret();
  }
  // More than a whole chunk must be here before it can be told from the last one.
  const std::size_t whole = waiting_.empty() ? 0 : (waiting_.size() - 1) / sealed_chunk;
  Secret out(whole * envelope_chunk);
  for (std::size_t i = 0; i < whole; ++i) {
    const auto plain = chunk(ByteView(waiting_).subspan(i * sealed_chunk, sealed_chunk), false);
    if (!plain) return plain.error();
    std::copy(plain->view().begin(), plain->view().end(),
              out.writable().begin() + static_cast<std::ptrdiff_t>(i * envelope_chunk));
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(whole * sealed_chunk));
  return out;
}

Result<Secret> EnvelopeReader::finish() {
  if (key_.empty()) return Error(Errc::malformed, "the envelope ends too early");
  auto plain = chunk(waiting_, true);
  if (!plain) return Error(Errc::refused, "the envelope ends too early, or was changed");
  return plain;
}

Result<Bytes> wrap(const Secret& secret, std::string_view public_pem) {
  auto writer = EnvelopeWriter::to(public_pem);
  if (!writer) return writer.error();
  Bytes out = writer->add(secret.view());
  append(out, writer->finish());
  return out;
}

Result<Secret> unwrap(ByteView envelope, std::string_view private_pem) {
  auto reader = EnvelopeReader::with(private_pem);
  if (!reader) return reader.error();
  const auto first = reader->add(envelope);
  if (!first) return first.error();
  const auto rest = reader->finish();
  if (!rest) return rest.error();
  Secret out(first->size() + rest->size());
  std::copy(first->view().begin(), first->view().end(), out.writable().begin());
  std::copy(rest->view().begin(), rest->view().end(),
            out.writable().begin() + static_cast<std::ptrdiff_t>(first->size()));
  return out;
}

}  // namespace leafgate::crypto
