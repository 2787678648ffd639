// What leaves without IP say, octet by octet.
#include <gtest/gtest.h>

#include "adapters/wire/leaf_cbor.hpp"
#include "gateway/crypto/digest.hpp"
#include "tests/unit/wire/leaf_octets.hpp"

namespace leafgate::wire::leaf_message_test {
namespace {

using namespace leaf_octets;

template <class Body>
Body read(const std::string& hex) {
  const auto message = read_leaf_message(octets(hex));
  if (!message) throw std::runtime_error(message.error().detail + ": " + hex);
  if (message->exchange != 7) throw std::runtime_error("another exchange");
  return std::get<Body>(message->body);
}

TEST(LeafMessage, RegisterOfASymmetricKey) {
  const auto r = read<LeafRegister>(good_key_register);
  EXPECT_EQ(r.registration_id, "dev-7");
  EXPECT_EQ(r.mechanism, Mechanism::symmetric_key);
  EXPECT_EQ(crypto::hex(r.nonce), times(16, "5a"));
  EXPECT_EQ(r.payload, "");
  EXPECT_TRUE(r.schemes.empty());
  EXPECT_FALSE(r.wants_transcript);
}

TEST(LeafMessage, RegisterOfACertificate) {
  const auto r = read<LeafRegister>(good_certificate_register);
  EXPECT_EQ(r.mechanism, Mechanism::x509);
  ASSERT_EQ(r.chain.size(), 1U);
  EXPECT_EQ(crypto::hex(r.chain[0]), "01020304");
  EXPECT_FALSE(r.thumbprint);
  EXPECT_TRUE(r.schemes.has(SignatureScheme::es256));
  EXPECT_TRUE(r.schemes.has(SignatureScheme::rs256));
  EXPECT_FALSE(r.schemes.has(SignatureScheme::ps256));
  EXPECT_TRUE(r.wants_transcript);
}

TEST(LeafMessage, WhoNamesNoSchemeSignsWithEs256) {
  const auto r = read<LeafRegister>(message(1, {id, by_certificate, nonce, thumbprint, "0bf4"}));
  SchemeSet es256;
  es256.add(SignatureScheme::es256);
  EXPECT_EQ(r.schemes, es256);
  EXPECT_EQ(crypto::hex(r.thumbprint.value()), times(32, "77"));
  EXPECT_FALSE(r.wants_transcript);
}

TEST(LeafMessage, RegisterOfATpm) {
  const auto r = read<LeafRegister>(good_tpm_register);
  EXPECT_EQ(r.mechanism, Mechanism::tpm);
  EXPECT_EQ(as_text(r.endorsement_key), "ek1");
  EXPECT_EQ(as_text(r.storage_root_key), "srk");
}

TEST(LeafMessage, Proofs) {
  const auto mac = read<LeafProof>(good_mac_proof);
  EXPECT_EQ(crypto::hex(mac.mac.value()), times(32, "cc"));
  EXPECT_TRUE(mac.signature.empty());
  const std::pair<const char*, SignatureScheme> algorithms[] = {{"43a10126", SignatureScheme::es256},
                                                                {"44a1013824", SignatureScheme::ps256},
                                                                {"45a101390100", SignatureScheme::rs256}};
  for (const auto& [head, scheme] : algorithms) {
    const auto signature = read<LeafProof>(message(3, {"0184" + std::string(head) + "a0f642beef"}));
    EXPECT_EQ(signature.scheme, scheme);
    EXPECT_EQ(crypto::hex(signature.signature), "beef");
    EXPECT_FALSE(signature.mac);
  }
  EXPECT_EQ(crypto::hex(read<LeafProof>(good_token_proof).token_mac.value()), times(32, "cc"));
}

TEST(LeafMessage, PollAndSignature) {
  EXPECT_EQ(read<LeafPoll>(good_poll).operation, "5.a");
  EXPECT_EQ(crypto::hex(read<LeafSigned>(good_signature).signature), "beef");
  EXPECT_TRUE(read<LeafSigned>(no_signature).signature.empty());
}

TEST(LeafMessage, WhatIsAsLongAsItMayBeIsRead) {
  EXPECT_EQ(read<LeafRegister>(message(1, {"01" + text(128), by_key, nonce})).registration_id.size(), 128U);
  EXPECT_EQ(read<LeafPoll>(message(5, {"01" + text(256)})).operation.size(), 256U);
  EXPECT_EQ(read<LeafSigned>(message(9, {"01" + blob(512)})).signature.size(), 512U);
  const std::string four = "0684" + blob(900) + blob(900) + blob(900) + blob(900);
  EXPECT_EQ(read<LeafRegister>(message(1, {id, by_certificate, nonce, four})).chain.size(), 4U);
  EXPECT_EQ(read<LeafRegister>(message(1, {id, by_certificate, nonce, "0681" + blob(2048)})).chain[0].size(),
            2048U);
  const auto tpm = read<LeafRegister>(message(1, {id, by_tpm, nonce, "08" + blob(512), "09" + blob(512)}));
  EXPECT_EQ(tpm.storage_root_key.size(), 512U);
  for (const char* mtu : {"041840", "041880", "0418f0"})
    EXPECT_TRUE(read_leaf_message(octets(message(1, {id, by_key, nonce, mtu})))) << mtu;
  const auto last =
      read_leaf_message(octets("8305"
                               "1affffffff"
                               "a10163352e61"));
  ASSERT_TRUE(last);
  EXPECT_EQ(last->exchange, 0xffff'ffffU);
}

TEST(LeafMessage, APayloadIsOneJsonValue) {
  const auto with = [](const std::string& json) {
    return message(1, {id, by_key, nonce, "05" + head(3, json.size()) + crypto::hex(as_bytes(json))});
  };
  EXPECT_EQ(read<LeafRegister>(with(R"({"a":[1,2.50]})")).payload, R"({"a":[1,2.50]})");
  EXPECT_EQ(read<LeafRegister>(with(" 7 ")).payload, "7");
  EXPECT_EQ(read<LeafRegister>(with("null")).payload, "") << "as if there were none, as over IP";
  EXPECT_EQ(read<LeafRegister>(with('"' + std::string(2046, 'x') + '"')).payload.size(), 2048U);
  // It is written into the body for the service as it stands.
  for (const std::string bad : {"hello", "{}, {}", R"(1,"csr":"x")", R"({"a":1}})", R"({"a":1,"tpm":{})", " ",
                                "{", R"("\ud800)", "nul", "01"})
    EXPECT_FALSE(read_leaf_message(octets(with(bad)))) << bad;
  EXPECT_FALSE(read_leaf_message(octets(with(std::string(40, '[') + std::string(40, ']'))))) << "too deep";
  EXPECT_FALSE(read_leaf_message(octets(with('"' + std::string(2047, 'x') + '"')))) << "too long";
}

struct Bad {
  const char* name;
  std::string hex;
};
void expect_refused(const std::vector<Bad>& rows) {
  for (const Bad& row : rows) {
    const auto message = read_leaf_message(octets(row.hex));
    EXPECT_FALSE(message) << row.name;
    EXPECT_EQ(message.error().code, Errc::malformed) << row.name;
  }
}

TEST(LeafMessage, RegistersThatAreNone) {
  expect_refused({
      {"nothing in it", message(1, {})},
      {"no id", message(1, {by_key, nonce})},
      {"no attestation", message(1, {id, nonce})},
      {"no nonce", message(1, {id, by_key})},
      {"an empty id", message(1, {"0160", by_key, nonce})},
      {"an id too long", message(1, {"01" + text(129), by_key, nonce})},
      {"an id in octets", message(1, {"01456465762d37", by_key, nonce})},
      {"an id that is not UTF-8", message(1, {"0162c328", by_key, nonce})},
      {"an id with a surrogate", message(1, {"0163eda080", by_key, nonce})},
      {"an id with an overlong letter", message(1, {"0162c0af", by_key, nonce})},
      {"an id beyond Unicode", message(1, {"0164f4908080", by_key, nonce})},
      {"an id that ends within a letter", message(1, {"0161c3", by_key, nonce})},
      {"attestation 0", message(1, {id, "0200", nonce})},
      {"attestation 4", message(1, {id, "0204", nonce})},
      {"attestation -1", message(1, {id, "0220", nonce})},
      {"attestation as text", message(1, {id, "026131", nonce})},
      {"a nonce too short", message(1, {id, by_key, "034f" + times(15, "5a")})},
      {"a nonce too long", message(1, {id, by_key, "0351" + times(17, "5a")})},
      {"a nonce as text", message(1, {id, by_key, "0370" + times(16, "5a")})},
      {"another mtu", message(1, {id, by_key, nonce, "041841"})},
      {"a negative mtu", message(1, {id, by_key, nonce, "04383f"})},
      {"an empty payload", message(1, {id, by_key, nonce, "0560"})},
      {"an unknown key", message(1, {id, by_key, nonce, "0c00"})},
      {"key 0", message(1, {"0000", id, by_key, nonce})},
      {"a negative key", message(1, {"2000", id, by_key, nonce})},
      {"a text as key", message(1, {id, by_key, nonce, "616100"})},
      {"keys out of order", message(1, {id, nonce, by_key})},
      {"a key twice", message(1, {id, id, by_key, nonce})},
      {"an empty chain", message(1, {id, by_certificate, nonce, "0680"})},
      {"an empty certificate", message(1, {id, by_certificate, nonce, "068140"})},
      {"a certificate too large", message(1, {id, by_certificate, nonce, "0681" + blob(2049)})},
      {"five certificates", message(1, {id, by_certificate, nonce, "0685" + times(5, "4101")})},
      {"a certificate as text", message(1, {id, by_certificate, nonce, "06816101"})},
      {"a thumbprint too short", message(1, {id, by_certificate, nonce, "07581f" + times(31, "77")})},
      {"a thumbprint too long", message(1, {id, by_certificate, nonce, "075821" + times(33, "77")})},
      {"no scheme", message(1, {id, by_certificate, nonce, chain, "0a80"})},
      {"four schemes", message(1, {id, by_certificate, nonce, chain, "0a8426382439010026"})},
      {"a scheme twice", message(1, {id, by_certificate, nonce, chain, "0a822626"})},
      {"ES384", message(1, {id, by_certificate, nonce, chain, "0a813822"})},
      {"a wish that is 1", message(1, {id, by_certificate, nonce, chain, "0b01"})},
      {"a wish that is null", message(1, {id, by_certificate, nonce, chain, "0bf6"})},
      {"an EK too large", message(1, {id, by_tpm, nonce, "08" + blob(513), srk})},
      {"an empty EK", message(1, {id, by_tpm, nonce, "0840", srk})},
  });
}

TEST(LeafMessage, MembersThatDoNotBelongTogether) {
  expect_refused({
      {"a certificate of a symmetric key", message(1, {id, by_key, nonce, chain})},
      {"a thumbprint of a symmetric key", message(1, {id, by_key, nonce, thumbprint})},
      {"an EK of a symmetric key", message(1, {id, by_key, nonce, ek})},
      {"an SRK of a symmetric key", message(1, {id, by_key, nonce, srk})},
      {"schemes of a symmetric key", message(1, {id, by_key, nonce, "0a8126"})},
      {"a transcript of a symmetric key", message(1, {id, by_key, nonce, "0bf5"})},
      {"x509 without certificate", message(1, {id, by_certificate, nonce})},
      {"x509 with chain and thumbprint", message(1, {id, by_certificate, nonce, chain, thumbprint})},
      {"x509 with an EK", message(1, {id, by_certificate, nonce, chain, ek, srk})},
      {"tpm without keys", message(1, {id, by_tpm, nonce})},
      {"tpm without SRK", message(1, {id, by_tpm, nonce, ek})},
      {"tpm without EK", message(1, {id, by_tpm, nonce, srk})},
      {"tpm with a chain", message(1, {id, by_tpm, nonce, chain, ek, srk})},
      {"tpm with schemes", message(1, {id, by_tpm, nonce, ek, srk, "0a8126"})},
  });
}

TEST(LeafMessage, ProofsThatAreNone) {
  const std::string mac = "018443a10105a0f6" + tag;
  expect_refused({
      {"nothing in it", message(3, {})},
      {"two proofs", message(3, {mac, "02" + tag})},
      {"an unknown key", message(3, {mac, "0300"})},
      {"a MAC of 31 octets", message(3, {"018443a10105a0f6581f" + times(31, "cc")})},
      {"a MAC of 33 octets", message(3, {"018443a10105a0f65821" + times(33, "cc")})},
      {"an empty signature", message(3, {"018443a10126a0f640"})},
      {"a signature too long", message(3, {"018443a10126a0f6" + blob(513)})},
      {"HMAC 256/64", message(3, {"018443a10104a0f6" + tag})},
      {"ES384", message(3, {"018444a1013822a0f642beef"})},
      {"a header with two entries", message(3, {"018445a201050280a0f6" + tag})},
      {"a header that is a list", message(3, {"0184438101"
                                              "05a0f6" +
                                              tag})},
      {"a header with another key", message(3, {"018443a10205a0f6" + tag})},
      {"a header with something behind it", message(3, {"018444a1010500a0f6" + tag})},
      {"a header too short", message(3, {"018442a101a0f6" + tag})},
      {"an algorithm that is not in its shortest form", message(3, {"018444a1011805a0f6" + tag})},
      {"an empty header", message(3, {"018440a0f6" + tag})},
      {"an unprotected header", message(3, {"018443a10105a10401f6" + tag})},
      {"a payload that is attached", message(3, {"018443a10105a041ff" + tag})},
      {"three elements", message(3, {"018343a10105a0f6"})},
      {"five elements", message(3, {"018543a10105a0f6" + tag + "00"})},
      {"no COSE", message(3, {"01" + tag})},
      {"a COSE tag before it", message(3, {"01d18443a10105a0f6" + tag})},
      {"a token MAC of 20 octets", message(3, {"02" + blob(20)})},
  });
}

TEST(LeafMessage, OtherMessagesThatAreNone) {
  expect_refused({
      {"a poll without operation", message(5, {})},
      {"a poll of an empty one", message(5, {"0160"})},
      {"a poll of one too long", message(5, {"01" + text(257)})},
      {"a poll with more", message(5, {"016161", "0200"})},
      {"a signature too long", message(9, {"01" + blob(513)})},
      {"an empty signature", message(9, {"0140"})},
      {"a signature under another key", message(9, {"0242beef"})},
      {"what only the gateway says: challenge", message(2, {"015820" + times(32, "aa"), "026178"})},
      {"status", message(4, {"016161", "0301"})},
      {"result", message(6, {"016161", "026161"})},
      {"error", message(7, {"0100", "026161"})},
      {"sign", message(8, {"0126", "0201", "035820" + times(32, "aa"), "046161"})},
      {"type 0", message(0, {})},
      {"type 10", message(10, {})},
      {"type -1", "832007a0"},
      {"exchange -1", "830520a10163352e61"},
      {"exchange 2^32", "83051b0000000100000000a10163352e61"},
      {"exchange as text",
       "8305"
       "6137"
       "a10163352e61"},
      {"a body that is a list",
       "83050781"
       "63352e61"},
      {"two elements", "820507"},
      {"four elements",
       "840507a10163352e61"
       "00"},
      {"a map instead of the list", "a10507"},
      {"nothing at all", ""},
  });
}

TEST(LeafMessage, OnlyTheOneSpellingIsRead) {
  expect_refused({
      {"type in two octets", "83180507a10163352e61"},
      {"exchange in two octets", "83051807a10163352e61"},
      {"exchange in three octets", "8305190007a10163352e61"},
      {"exchange in five octets", "83051a00000007a10163352e61"},
      {"exchange in nine octets", "83051b0000000000000007a10163352e61"},
      {"exchange 255 in three octets", "83051900ffa10163352e61"},
      {"exchange 65535 in five octets", "83051a0000ffffa10163352e61"},
      {"the list's length in two octets", "98030507a10163352e61"},
      {"the map's length in two octets", "830507b8010163352e61"},
      {"a text's length in two octets", "830507a1017803352e61"},
      {"a list without end", "9f0507a10163352e61ff"},
      {"a map without end", "830507bf0163352e61ff"},
      {"a text in pieces", "830507a1017f63352e61ff"},
      {"octets in pieces", "830907a1015f42beefff"},
      {"a reserved length",
       "8305"
       "1c"
       "a10163352e61"},
      {"a half float as exchange", "8305f94700a10163352e61"},
      {"a float as exchange", "8305fa40e00000a10163352e61"},
      {"a double as exchange", "8305fb401c000000000000a10163352e61"},
      {"undefined as exchange", "8305f7a10163352e61"},
      {"a tag before the message", "d9d9f7830507a10163352e61"},
      {"a tag before the operation", "830507a101c063352e61"},
      {"a big number as exchange", "8305c24107a10163352e61"},
      {"a length beyond all memory", "830507a1017bffffffffffffffff61"},
      {"a map beyond all memory", "830507bbffffffffffffffff"},
  });
}

TEST(LeafMessage, NothingMayFollowOrBeMissing) {
  for (const std::string& good : all_good()) {
    const Bytes whole = octets(good);
    ASSERT_TRUE(read_leaf_message(whole)) << good;
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
      EXPECT_FALSE(read_leaf_message(ByteView(whole).first(cut))) << good << " cut at " << cut;
    for (const char* more : {"00", "f6", "a0"}) EXPECT_FALSE(read_leaf_message(octets(good + more))) << good;
  }
}

// Sixteen lists in each other, at each place where a value stands.
TEST(LeafMessage, WhatIsDeepIsRefusedWithoutGoingDown) {
  const std::string deep = times(2000, "81") + "00";
  expect_refused({{"the message", deep},
                  {"its type", "83" + deep},
                  {"an id", message(1, {"01" + deep, by_key, nonce})},
                  {"a chain", message(1, {id, by_certificate, nonce, "0681" + deep})},
                  {"a proof", message(3, {"01" + deep})},
                  {"a header in a header", message(3, {"018443a10181a0f6" + tag})}});
}

TEST(LeafMessage, OneAboveTheLimitIsNotLookedAt) {
  const auto large = read_leaf_message(Bytes(largest_leaf_message + 1, 0x83));
  EXPECT_EQ(large.error().code, Errc::too_large);
  const std::string four = "0684" + blob(1000) + blob(1000) + blob(1000) + blob(1025);
  Bytes most = octets(message(1, {id, by_certificate, nonce, four}));
  EXPECT_LE(most.size(), largest_leaf_message);
  EXPECT_TRUE(read_leaf_message(most));
}

TEST(LeafMessage, AnErrorNamesThePlaceAndRepeatsNothing) {
  const auto message = read_leaf_message(octets(leaf_octets::message(1, {"01" + text(129), by_key, nonce})));
  EXPECT_EQ(message.error().detail, "too long at octet 7");
}

}  // namespace
}  // namespace leafgate::wire::leaf_message_test
