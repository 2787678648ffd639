#include "gateway/attestation/tpm_credential.hpp"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/random.hpp"
#include "tests/fakes/quick_rsa_keys.hpp"
#include "tests/fakes/software_tpm.hpp"

namespace leafgate::tpm_credential_test {
namespace {

// Positions in a TPM2B_PUBLIC as SDKs send it (device protocol sheet §5.2).
constexpr std::size_t at_type = 2;
constexpr std::size_t at_name_alg = 4;
constexpr std::size_t at_attributes = 6;
constexpr std::size_t at_policy = 10;

Bytes public_of(std::uint32_t attributes, const Bytes& policy) {
  Bytes area = {0x00, 0x01, 0x00, 0x0B};
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    area.push_back(static_cast<std::uint8_t>(attributes >> shift));
  area.push_back(0);
  area.push_back(static_cast<std::uint8_t>(policy.size()));
  area.insert(area.end(), policy.begin(), policy.end());
  for (const int octet : {0x00, 0x06, 0x00, 0x80, 0x00, 0x43, 0x00, 0x10, 0x08, 0x00, 0, 0, 0, 0, 0x01, 0x00})
    area.push_back(static_cast<std::uint8_t>(octet));
  area.push_back(0xc3);
  for (unsigned i = 1; i < 255; ++i) area.push_back(static_cast<std::uint8_t>(i * 7 + 1));
  area.push_back(0x01);
  Bytes out = {static_cast<std::uint8_t>(area.size() >> 8), static_cast<std::uint8_t>(area.size())};
  out.insert(out.end(), area.begin(), area.end());
  return out;
}

Bytes template_policy() {
  return {0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
          0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};
}
Bytes endorsement() { return public_of(0x0003'00B2, template_policy()); }
Bytes storage() { return public_of(0x0003'0472, {}); }

void fill(std::span<std::uint8_t> out) { crypto::SystemRandom().fill(out); }

// Values of another implementation.
TEST(TpmPublicArea, IsReadAndNamed) {
  EXPECT_EQ(endorsement().size(), 316U);
  const auto ek = read_endorsement_key(endorsement());
  ASSERT_TRUE(ek) << ek.error().detail;
  EXPECT_EQ(ek->digest, "e49e43b913323f5747a56234df6a8840e5f08cb9659929e8cd32c20e4b334a53");
  EXPECT_EQ(crypto::hex(ek->name), "000bde289a9e3e781732cb94891d367f6f4b27e33a5eb3c80a412879e8750d6774ca");
  EXPECT_EQ(ek->modulus.size(), 256U);
  EXPECT_EQ(default_registration_id(endorsement()), "4spehoitgi7vor5fmi2n62uiids7bdfzmwmst2gnglba4sztjjjq");
  EXPECT_EQ(storage().size(), 284U);
  const auto srk = read_storage_key(storage());
  ASSERT_TRUE(srk) << srk.error().detail;
  EXPECT_EQ(srk->digest, "3790cbd526f10f9868ee8bb3af1ebe192f9155df5cdb8fda55a76a883b03ea49");
  EXPECT_EQ(crypto::hex(srk->name), "000b94021394bdb2c49c7ffe4711041b90d73f58d26a3faa8fa6aa4970cf260cb6dd");
}

struct Changed {
  const char* field;
  std::function<void(Bytes&)> change;
};

auto set(std::size_t at, int octet) {
  return [=](Bytes& b) { b[at] = static_cast<std::uint8_t>(octet); };
}
auto flip(std::size_t at, int bits) {
  return [=](Bytes& b) { b[at] = static_cast<std::uint8_t>(b[at] ^ bits); };
}
// From the end: the modulus is 256 octets behind its size; before it come exponent, keyBits and scheme.
std::size_t behind_policy(const Bytes& whole, std::size_t from_symmetric) {
  return whole.size() - 258 - 14 + from_symmetric;
}

std::vector<Changed> of_both(const Bytes& whole) {
  const auto at = [&](std::size_t n) { return behind_policy(whole, n); };
  return {
      {"its size", [](Bytes& b) { b.pop_back(); }},
      {"its size", [](Bytes& b) { b.push_back(0); }},
      {"its size", [](Bytes& b) { b.clear(); }},
      {"its size", [](Bytes& b) { b.resize(1); }},
      {"its size", set(0, 0xff)},
      {"too large", [](Bytes& b) { b.resize(513); }},
      {"type", set(at_type + 1, 0x23)},  // ECC
      {"type", set(at_type + 1, 0x08)},  // KEYEDHASH
      {"nameAlg", set(at_name_alg + 1, 0x04)},
      {"nameAlg", set(at_name_alg + 1, 0x0C)},
      {"objectAttributes", flip(at_attributes + 3, 0x02)},  // fixedTPM
      {"objectAttributes", flip(at_attributes + 3, 0x10)},  // fixedParent
      {"objectAttributes", flip(at_attributes + 3, 0x20)},  // sensitiveDataOrigin
      {"objectAttributes", flip(at_attributes + 1, 0x01)},  // restricted
      {"objectAttributes", flip(at_attributes + 1, 0x02)},  // decrypt
      {"objectAttributes", flip(at_attributes + 1, 0x04)},  // sign
      {"objectAttributes", flip(at_attributes + 3, 0x04)},  // stClear
      {"objectAttributes", flip(at_attributes + 2, 0x08)},  // encryptedDuplication
      {"objectAttributes", flip(at_attributes, 0x80)},      // reserved
      {"symmetric", set(at(1), 0x10)},                      // none
      {"symmetric", set(at(2), 0x01)},                      // AES-256
      {"symmetric", set(at(5), 0x42)},                      // CBC
      {"scheme", set(at(7), 0x17)},                         // OAEP
      {"keyBits", set(at(8), 0x0C)},                        // 3072
      {"exponent", set(at(13), 0x03)},
      {"unique", set(at(14), 0x00)},
      {"modulus", set(whole.size() - 256, 0x43)},
      {"modulus", set(whole.size() - 1, 0x02)},
  };
}

template <class Read>
void expect_refused(const Bytes& good, const std::vector<Changed>& rows, Read read) {
  ASSERT_TRUE(read(good));
  for (const Changed& row : rows) {
    Bytes changed = good;
    row.change(changed);
    const auto refused = read(changed);
    ASSERT_FALSE(refused) << row.field;
    EXPECT_EQ(refused.error().code, Errc::malformed);
    EXPECT_EQ(refused.error().detail, std::string("TPM2B_PUBLIC: ") + row.field);
  }
}

TEST(TpmPublicArea, IsRefusedWhenAnyFieldIsNotWhatItMustBe) {
  auto rows = of_both(endorsement());
  rows.push_back({"authPolicy", flip(at_policy + 2, 0x01)});
  rows.push_back({"objectAttributes", flip(at_attributes + 3, 0x80)});  // adminWithPolicy
  expect_refused(endorsement(), rows, read_endorsement_key);
  rows = of_both(storage());
  rows.push_back({"objectAttributes", flip(at_attributes + 3, 0x40)});  // userWithAuth
  expect_refused(storage(), rows, read_storage_key);
  EXPECT_FALSE(read_endorsement_key(storage()));
  EXPECT_FALSE(read_storage_key(endorsement()));
  EXPECT_FALSE(read_storage_key(public_of(0x0003'0472, template_policy())));
  EXPECT_FALSE(read_endorsement_key(public_of(0x0003'00B2, {})));
}

TEST(TpmPublicArea, IsRefusedCutAnywhere) {
  const Bytes whole = endorsement();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(read_endorsement_key(cut)) << size;
    if (size < 2) continue;
    cut[0] = static_cast<std::uint8_t>((size - 2) >> 8);
    cut[1] = static_cast<std::uint8_t>(size - 2);
    EXPECT_FALSE(read_endorsement_key(cut)) << size << " with its size set right";
  }
}

TEST(TpmPublicArea, MayWriteTheUsualExponentOut) {
  Bytes area = endorsement();
  area[behind_policy(area, 11)] = 0x01;
  area[behind_policy(area, 13)] = 0x01;
  EXPECT_TRUE(read_endorsement_key(area));
}

TEST(TpmKeysOfALeaf, AreBothWanted) {
  TpmKeys keys;
  EXPECT_EQ(read_tpm_keys(keys).error().detail, "endorsementKey is missing");
  keys.endorsement_key = crypto::base64::encode(endorsement());
  EXPECT_EQ(read_tpm_keys(keys).error().detail, "storageRootKey is missing");
  keys.storage_root_key = "AA";
  EXPECT_EQ(read_tpm_keys(keys).error().code, Errc::malformed);
  keys.storage_root_key = keys.endorsement_key;
  EXPECT_EQ(read_tpm_keys(keys).error().detail, "storageRootKey: TPM2B_PUBLIC: objectAttributes");
  keys.storage_root_key = crypto::base64::encode(storage());
  EXPECT_TRUE(read_tpm_keys(keys));
}

struct Challenge : testing::Test {
  SoftwareTpm tpm;
  crypto::Secret key{as_bytes("an HMAC key of thirty-two octets")};

  Result<Bytes> made_for(const SoftwareTpm& who) {
    const auto shown = read_tpm_keys(who.keys());
    if (!shown) return shown.error();
    return make_challenge(shown->endorsement, shown->storage, fill, key, "0ne00ABCDEF/registrations/leaf-1");
  }
};

TEST_F(Challenge, HasTheLayoutThatSdksReadAndBringsTheKey) {
  const auto blob = made_for(tpm);
  ASSERT_TRUE(blob) << blob.error().detail;
  EXPECT_EQ(blob->size(), 766U + 32U);
  const std::pair<std::size_t, std::size_t> sizes[] = {{0, 52},    {54, 256}, {312, 142},
                                                       {456, 256}, {714, 48}, {764, 32}};
  for (const auto& [at, size] : sizes) EXPECT_EQ((*blob)[at] * 256U + (*blob)[at + 1], size) << "at " << at;
  const auto opened = tpm.open(*blob);
  ASSERT_TRUE(opened);
  EXPECT_EQ(as_text(*opened), "an HMAC key of thirty-two octets");
}

TEST_F(Challenge, OpensInNoOtherTpmAndNotAfterANewOwner) {
  const auto blob = made_for(tpm);
  ASSERT_TRUE(blob);
  EXPECT_FALSE(SoftwareTpm().open(*blob));
  tpm.clear();
  EXPECT_FALSE(tpm.open(*blob));
}

// With which the long runs are made.
TEST_F(Challenge, OpensWithQuickKeysAsWithAnyOther) {
  QuickRsaKeys keys;
  const auto endorsement = keys.next();
  tpm = SoftwareTpm(endorsement, keys.next());
  const auto blob = made_for(tpm);
  ASSERT_TRUE(blob) << blob.error().detail;
  const auto opened = tpm.open(*blob);
  ASSERT_TRUE(opened);
  EXPECT_EQ(as_text(*opened), "an HMAC key of thirty-two octets");
  EXPECT_FALSE(SoftwareTpm(endorsement, keys.next()).open(*blob));
  EXPECT_FALSE(SoftwareTpm(keys.next(), keys.next()).open(*blob));
  for (const std::size_t at : {10U, 60U, 330U, 470U, 720U}) {
    Bytes changed = *blob;
    changed[at] ^= 0x10;
    EXPECT_FALSE(tpm.open(changed)) << at;
  }
}

TEST_F(Challenge, IsAnotherOneEachTime) {
  const auto once = made_for(tpm);
  const auto again = made_for(tpm);
  ASSERT_TRUE(once && again);
  for (const std::size_t at : {4U, 56U, 316U, 458U, 732U, 766U})
    EXPECT_FALSE(std::ranges::equal(ByteView(*once).subspan(at, 16), ByteView(*again).subspan(at, 16))) << at;
}

TEST_F(Challenge, DoesNotOpenWithAnyOctetOfItChanged) {
  const auto blob = made_for(tpm);
  ASSERT_TRUE(blob);
  // Every octet of the short fields, some of the long ones; the trailing field is not authenticated.
  for (std::size_t at = 0; at < 766; at += (at >= 56 && at < 312) || (at >= 458 && at < 714) ? 61 : 1) {
    Bytes changed = *blob;
    changed[at] ^= 0x10;
    EXPECT_FALSE(tpm.open(changed)) << at;
  }
}

}  // namespace
}  // namespace leafgate::tpm_credential_test
