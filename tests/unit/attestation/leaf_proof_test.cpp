// Proofs of the leaf link, against values that Python and openssl made (make_leaf_proof_vectors.py).
#include "gateway/attestation/leaf_proof.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "gateway/crypto/p256.hpp"
#include "gateway/crypto/x509.hpp"
#include "tests/fakes/hex_octets.hpp"
#include "tests/unit/attestation/leaf_proof_vectors.hpp"

namespace leafgate::leaf_proof_test {
namespace {

namespace vectors = leaf_proof_vectors;

Bytes device_key() {
  Bytes key(64);
  for (std::size_t at = 0; at < key.size(); ++at) key[at] = static_cast<std::uint8_t>(64 + at);
  return key;
}

template <std::size_t size>
std::array<std::uint8_t, size> array_of(std::string_view hex) {
  const Bytes octets = hex_octets(hex);
  std::array<std::uint8_t, size> out{};
  std::copy(octets.begin(), octets.end(), out.begin());
  return out;
}

RegistrationId id_of(std::string_view text) { return RegistrationId::parse(text).value(); }

LeafClaim claim() {
  LeafClaim out;
  out.registration_id = "Dev-7";
  out.nonce.fill(0xa1);
  out.binding = "serial/line1";
  out.register_hash = array_of<32>(vectors::register_hash);
  return out;
}

GatewayWord word() {
  GatewayWord out;
  out.type = 6;
  out.exchange = 0x89abcdef;
  out.registration_id = "Dev-7";
  out.leaf_nonce.fill(0x5a);
  out.nonce = Bytes(32, 0xa1);
  out.messages = array_of<32>(vectors::messages);
  out.body = array_of<32>(vectors::body);
  return out;
}

SasVerdict judge(const MacEvidence& evidence, const std::vector<Bytes>& keys, std::string_view id = "Dev-7") {
  std::vector<CandidateKey> candidates;
  for (const Bytes& key : keys) candidates.push_back({key, candidates.size() == 1});
  return judge_mac(evidence, id_of(id), candidates);
}

MacEvidence good_mac() { return {claim(), hex_octets(vectors::mac_of_leaf)}; }

TEST(LeafMac, IsGoodByTheDeviceKey) {
  const SasVerdict verdict = judge(good_mac(), {device_key()});
  EXPECT_EQ(verdict.proof, Proof::good);
  EXPECT_EQ(verdict.reason, Reason::none);
  EXPECT_EQ(verdict.credential, crypto::hex(crypto::sha256(device_key())));
  EXPECT_EQ(verdict.candidate, 0U);
  EXPECT_FALSE(verdict.secondary);
}

TEST(LeafMac, TriesTheKeysInTheirOrderAndNeverAnEmptyOne) {
  const SasVerdict verdict = judge(good_mac(), {Bytes(32, 1), device_key(), device_key()});
  EXPECT_EQ(verdict.proof, Proof::good);
  EXPECT_EQ(verdict.candidate, 1U);
  EXPECT_TRUE(verdict.secondary);
  MacEvidence by_nothing = good_mac();
  const auto mac = gateway_mac(word(), {});
  by_nothing.mac.assign(mac.begin(), mac.end());
  EXPECT_EQ(judge(by_nothing, {Bytes()}).proof, Proof::proven_false);
}

TEST(LeafMac, IsFalseByOtherKeys) {
  const SasVerdict verdict = judge(good_mac(), {Bytes(64, 1), Bytes(32, 2)});
  EXPECT_EQ(verdict.proof, Proof::proven_false);
  EXPECT_EQ(verdict.reason, Reason::wrong_key);
  EXPECT_EQ(verdict.candidate, SasVerdict::none);
  EXPECT_EQ(verdict.credential, "");
}

TEST(LeafMac, CannotBeCheckedWithoutAnyKey) { EXPECT_EQ(judge(good_mac(), {}).proof, Proof::not_checkable); }

TEST(LeafMac, OfAnotherIdIsFalseUnderEveryKey) {
  for (const auto* other : {"Dev-8", "dev-7", "DEV-7"}) {
    for (const std::vector<Bytes>& keys : {std::vector<Bytes>{}, {device_key()}}) {
      const SasVerdict verdict = judge(good_mac(), keys, other);
      EXPECT_EQ(verdict.proof, Proof::proven_false) << other;
      EXPECT_EQ(verdict.reason, Reason::link_proof_false) << other;
    }
  }
}

TEST(LeafMac, IsFalseWithAnyBitFlipped) {
  const std::vector<Bytes> keys = {device_key()};
  for (std::size_t bit = 0; bit < 256; ++bit) {
    MacEvidence flipped = good_mac();
    flipped.mac[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_EQ(judge(flipped, keys).proof, Proof::proven_false);
    flipped = good_mac();
    flipped.claim.nonce[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_EQ(judge(flipped, keys).proof, Proof::proven_false);
    flipped = good_mac();
    flipped.claim.register_hash[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    EXPECT_EQ(judge(flipped, keys).proof, Proof::proven_false);
  }
  for (const char* binding : {"serial/line2", "serial/line", "serial/line11", "", "Serial/line1"}) {
    MacEvidence elsewhere = good_mac();
    elsewhere.claim.binding = binding;
    EXPECT_EQ(judge(elsewhere, keys).reason, Reason::wrong_key) << binding;
  }
}

TEST(LeafMac, OfAnotherLengthIsFalse) {
  for (const std::size_t size : {0U, 1U, 16U, 31U, 33U, 64U}) {
    MacEvidence other = good_mac();
    other.mac.resize(size);
    EXPECT_EQ(judge(other, {device_key()}).proof, Proof::proven_false) << size;
  }
}

TEST(LeafMac, OfTheGatewayIsNoProofOfALeaf) {
  for (const auto& hex :
       {vectors::mac_of_leaf_as_gateway, vectors::mac_of_gateway, vectors::mac_of_gateway_as_leaf}) {
    MacEvidence mixed{claim(), hex_octets(hex)};
    EXPECT_EQ(judge(mixed, {device_key()}).proof, Proof::proven_false);
  }
}

TEST(GatewayMac, IsOverEverythingThatWasSaid) {
  const std::string good(vectors::mac_of_gateway);
  EXPECT_EQ(crypto::hex(gateway_mac(word(), device_key())), good);
  const auto first = [] {
    GatewayWord out = word();
    out.type = 2;
    out.exchange = 3;
    out.nonce.clear();
    return out;
  }();
  EXPECT_EQ(crypto::hex(gateway_mac(first, device_key())), vectors::mac_of_first_word);
  using Spoil = void (*)(GatewayWord&);
  for (const Spoil spoil :
       {+[](GatewayWord& w) { w.type = 7; }, +[](GatewayWord& w) { ++w.exchange; },
        +[](GatewayWord& w) { w.registration_id = "dev-7"; }, +[](GatewayWord& w) { w.leaf_nonce[15] ^= 1; },
        +[](GatewayWord& w) { w.nonce[0] ^= 1; }, +[](GatewayWord& w) { w.nonce.clear(); },
        +[](GatewayWord& w) { w.messages[31] ^= 1; }, +[](GatewayWord& w) { w.body[0] ^= 0x80; }}) {
    GatewayWord other = word();
    spoil(other);
    EXPECT_NE(crypto::hex(gateway_mac(other, device_key())), good);
    EXPECT_NE(gateway_text(other), gateway_text(word()));
  }
}

TEST(GatewayText, IsTheSigStructureOfItsWord) {
  EXPECT_EQ(crypto::hex(gateway_text(word())), vectors::text_of_gateway);
}

CertificateEvidence signed_by(std::string_view certificate, SignatureScheme scheme,
                              std::string_view signature) {
  auto chain = std::make_shared<crypto::CertificateChain>();
  chain->certificates.push_back(crypto::Certificate::parse(hex_octets(certificate)).value());
  auto proof = std::make_shared<LeafSignature>();
  proof->claim = claim();
  proof->scheme = scheme;
  proof->octets = hex_octets(signature);
  CertificateEvidence evidence;
  evidence.chain = std::move(chain);
  evidence.signature = std::move(proof);
  return evidence;
}

struct Good {
  const char* name;
  std::string_view certificate;
  SignatureScheme scheme;
  std::string_view signature;
};
const Good good_signatures[] = {
    {"ES256", vectors::certificate_p256, SignatureScheme::es256, vectors::es256},
    {"PS256", vectors::certificate_rsa, SignatureScheme::ps256, vectors::ps256},
    {"RS256", vectors::certificate_rsa, SignatureScheme::rs256, vectors::rs256},
};

TEST(LeafSignature, IsGoodByTheKeyOfTheCertificate) {
  for (const Good& row : good_signatures)
    EXPECT_TRUE(holds_its_key(signed_by(row.certificate, row.scheme, row.signature), id_of("Dev-7")))
        << row.name;
}

TEST(LeafSignature, IsNotAskedForWhereTheHandshakeProvedTheKey) {
  CertificateEvidence evidence = signed_by(vectors::certificate_rsa, SignatureScheme::rs256, "");
  EXPECT_FALSE(holds_its_key(evidence, id_of("Dev-7")));
  evidence.signature = nullptr;
  EXPECT_TRUE(holds_its_key(evidence, id_of("Dev-7")));
}

TEST(LeafSignature, OfOneSchemeIsNoneOfAnother) {
  for (const Good& row : good_signatures) {
    for (const auto scheme : {SignatureScheme::es256, SignatureScheme::ps256, SignatureScheme::rs256}) {
      for (const auto certificate :
           {vectors::certificate_p256, vectors::certificate_p384, vectors::certificate_rsa}) {
        const bool good = scheme == row.scheme && certificate == row.certificate;
        EXPECT_EQ(holds_its_key(signed_by(certificate, scheme, row.signature), id_of("Dev-7")), good)
            << row.name;
      }
    }
  }
}

TEST(LeafSignature, IsFalseWithABitFlippedOrAnotherLength) {
  for (const Good& row : good_signatures) {
    const CertificateEvidence good = signed_by(row.certificate, row.scheme, row.signature);
    const auto with = [&](auto spoil) {
      auto spoilt = std::make_shared<LeafSignature>(*good.signature);
      spoil(*spoilt);
      CertificateEvidence evidence = good;
      evidence.signature = std::move(spoilt);
      return holds_its_key(evidence, id_of("Dev-7"));
    };
    for (std::size_t bit = 0; bit < good.signature->octets.size() * 8; bit += 3)
      EXPECT_FALSE(with([&](auto& s) { s.octets[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8)); }))
          << row.name << bit;
    for (const std::size_t size : {0U, 1U, 32U, 63U, 65U, 96U, 255U, 257U, 512U})
      EXPECT_FALSE(with([&](auto& s) { s.octets.resize(size); })) << row.name << size;
    EXPECT_FALSE(with([](auto& s) { s.claim.nonce[31] ^= 1; })) << row.name;
    EXPECT_FALSE(with([](auto& s) { s.claim.register_hash[0] ^= 1; })) << row.name;
    EXPECT_FALSE(with([](auto& s) { s.claim.binding = "serial/line2"; })) << row.name;
  }
}

TEST(LeafSignature, OfAnotherIdOrAnotherSpeakerIsFalse) {
  for (const auto* other : {"Dev-8", "dev-7"})
    EXPECT_FALSE(holds_its_key(signed_by(vectors::certificate_p256, SignatureScheme::es256, vectors::es256),
                               id_of(other)));
  EXPECT_FALSE(
      holds_its_key(signed_by(vectors::certificate_p256, SignatureScheme::es256, vectors::es256_as_gateway),
                    id_of("Dev-7")));
}

TEST(LeafSignature, OfNumbersThatNoKeyMakesIsFalse) {
  const std::string zero(64, '0');
  const std::string order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
  const std::string good(vectors::es256);
  for (const std::string& numbers :
       {zero + zero, zero + good.substr(64), good.substr(0, 64) + zero, order + good.substr(64),
        good.substr(0, 64) + order, std::string(128, 'f')})
    EXPECT_FALSE(
        holds_its_key(signed_by(vectors::certificate_p256, SignatureScheme::es256, numbers), id_of("Dev-7")));
}

}  // namespace
}  // namespace leafgate::leaf_proof_test
