#include "gateway/crypto/envelope.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "tests/fakes/key_pair.hpp"

namespace leafgate::crypto::envelope_test {
namespace {

const KeyPair& rsa() {
  static const KeyPair pair(EVP_RSA_gen(2048));
  return pair;
}
const KeyPair& ec() {
  static const KeyPair pair(EVP_EC_gen("P-256"));
  return pair;
}

Bytes octets_of(std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
  return out;
}

Bytes envelope_of(ByteView plain, std::size_t piece, const KeyPair& pair) {
  auto writer = EnvelopeWriter::to(pair.public_pem).value();
  Bytes out;
  for (std::size_t at = 0; at < plain.size(); at += piece) {
    const Bytes ready = writer.add(plain.subspan(at, std::min(piece, plain.size() - at)));
    out.insert(out.end(), ready.begin(), ready.end());
  }
  const Bytes rest = writer.finish();
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

Result<Bytes> open_in_pieces(ByteView envelope, std::size_t piece, const KeyPair& pair) {
  auto reader = EnvelopeReader::with(pair.private_pem);
  if (!reader) return reader.error();
  Bytes out;
  for (std::size_t at = 0; at < envelope.size(); at += piece) {
    const auto plain = reader->add(envelope.subspan(at, std::min(piece, envelope.size() - at)));
    if (!plain) return plain.error();
    out.insert(out.end(), plain->view().begin(), plain->view().end());
  }
  const auto rest = reader->finish();
  if (!rest) return rest.error();
  out.insert(out.end(), rest->view().begin(), rest->view().end());
  return out;
}

TEST(Envelope, gives_back_what_was_put_in_however_it_came_in_pieces) {
  constexpr std::size_t sizes[] = {
      0, 1, envelope_chunk - 1, envelope_chunk, envelope_chunk + 1, 3 * envelope_chunk};
  for (const KeyPair* pair : {&rsa(), &ec()})
    for (const std::size_t size : sizes)
      for (const std::size_t piece : {std::size_t{1000}, envelope_chunk, 10 * envelope_chunk}) {
        const Bytes plain = octets_of(size);
        const Bytes envelope = envelope_of(plain, piece, *pair);
        EXPECT_EQ(open_in_pieces(envelope, piece + 17, *pair).value(), plain) << size << ' ' << piece;
      }
}

TEST(Envelope, a_short_secret_goes_in_at_once) {
  const Secret secret(as_bytes("the key of the site"));
  for (const KeyPair* pair : {&rsa(), &ec()}) {
    const Bytes envelope = wrap(secret, pair->public_pem).value();
    EXPECT_EQ(as_text(unwrap(envelope, pair->private_pem).value().view()), "the key of the site");
    EXPECT_NE(wrap(secret, pair->public_pem).value(), envelope) << "each has a content key of its own";
  }
}

TEST(Envelope, opens_for_its_recipient_only) {
  const KeyPair other_ec(EVP_EC_gen("P-256"));
  const KeyPair other_rsa(EVP_RSA_gen(2048));
  const Bytes to_ec = wrap(Secret(32), ec().public_pem).value();
  const Bytes to_rsa = wrap(Secret(32), rsa().public_pem).value();
  EXPECT_EQ(unwrap(to_ec, other_ec.private_pem).error().code, Errc::refused);
  EXPECT_EQ(unwrap(to_rsa, other_rsa.private_pem).error().code, Errc::refused);
  EXPECT_EQ(unwrap(to_rsa, ec().private_pem).error().code, Errc::refused);
}

TEST(Envelope, an_octet_that_was_changed_anywhere_is_noticed) {
  const Bytes plain = octets_of(40);
  const Bytes envelope = envelope_of(plain, 40, ec());
  for (std::size_t at = 0; at < envelope.size(); ++at) {
    Bytes changed = envelope;
    changed[at] = static_cast<std::uint8_t>(changed[at] ^ 0x10U);
    EXPECT_FALSE(open_in_pieces(changed, 64, ec())) << at;
  }
}

TEST(Envelope, what_is_missing_moved_or_added_is_noticed) {
  const Bytes plain = octets_of(3 * envelope_chunk);
  const Bytes envelope = envelope_of(plain, 4096, ec());
  constexpr std::size_t chunk = envelope_chunk + 16;
  const std::size_t head = envelope.size() - 3 * chunk;
  for (const std::size_t left :
       {std::size_t{0}, head - 1, head, head + chunk, head + 2 * chunk, envelope.size() - 1})
    EXPECT_FALSE(open_in_pieces(ByteView(envelope).first(left), chunk, ec())) << left;
  Bytes moved = envelope;
  std::swap_ranges(moved.begin() + static_cast<std::ptrdiff_t>(head),
                   moved.begin() + static_cast<std::ptrdiff_t>(head + chunk),
                   moved.begin() + static_cast<std::ptrdiff_t>(head + chunk));
  EXPECT_FALSE(open_in_pieces(moved, chunk, ec()));
  Bytes more = envelope;
  more.push_back(0);
  EXPECT_FALSE(open_in_pieces(more, chunk, ec()));
}

TEST(Envelope, a_key_is_known_by_its_fingerprint_and_others_are_refused_by_name) {
  EXPECT_EQ(recipient_fingerprint(ec().public_pem).value().size(), 64U);
  EXPECT_NE(recipient_fingerprint(ec().public_pem).value(), recipient_fingerprint(rsa().public_pem).value());
  EXPECT_EQ(recipient_fingerprint("no key").error().code, Errc::malformed);
  EXPECT_EQ(recipient_fingerprint(ec().private_pem).error().code, Errc::malformed);
  EXPECT_EQ(recipient_fingerprint(KeyPair(EVP_RSA_gen(1024)).public_pem).error().code, Errc::unsupported);
  EXPECT_EQ(recipient_fingerprint(KeyPair(EVP_EC_gen("P-384")).public_pem).error().code, Errc::unsupported);
  EXPECT_EQ(EnvelopeWriter::to("no key").error().code, Errc::malformed);
}

TEST(Envelope, a_private_key_with_a_passphrase_says_so) {
  const std::string locked = KeyPair::text([](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, ec().key.get(), EVP_aes_256_cbc(),
                                    reinterpret_cast<const unsigned char*>("word"), 4, nullptr, nullptr);
  });
  const Bytes envelope = wrap(Secret(32), ec().public_pem).value();
  EXPECT_EQ(unwrap(envelope, locked).error().code, Errc::unsupported);
  EXPECT_EQ(unwrap(as_bytes("leafgate envelope 2\n and so on"), ec().private_pem).error().code,
            Errc::malformed);
  EXPECT_EQ(unwrap({}, ec().private_pem).error().code, Errc::malformed);
}

}  // namespace
}  // namespace leafgate::crypto::envelope_test
