#include "store/sealing_trust.hpp"

#include <gtest/gtest.h>

#include "tests/unit/store/examples.hpp"

namespace leafgate::sealing_trust_test {
namespace {

using namespace example;

crypto::Secret secret(std::string_view text) { return crypto::Secret(as_bytes(text)); }
SealingKey key(std::int64_t id) { return {id, crypto::Secret(Bytes(32, static_cast<std::uint8_t>(id)))}; }

TpmHmacKey tpm_key() {
  TpmHmacKey out;
  out.object.private_area = {1, 2, 3};
  out.object.public_area = {4, 5};
  out.auth = secret("opens the object");
  return out;
}

class SealingTrustTest : public ::testing::Test {
 protected:
  CountingRandom random_;
  SealingTrust trust_{random_};
  SealingTrustTest() { trust_.open(key(1)); }
  std::string opened(const SealedKey& sealed, std::string_view row) {
    const auto plain = trust_.unseal(sealed, row);
    return plain ? std::string(as_text(plain->view())) : std::string(to_text(plain.error().code));
  }
  std::string can_open(const SealedKey& sealed) {
    const auto can = trust_.can_open(sealed, "row");
    return can ? "yes" : std::string(to_text(can.error().code));
  }
};

TEST_F(SealingTrustTest, a_blob_says_what_it_is_and_which_key_it_wants_and_nothing_else) {
  const auto sealed = trust_.seal(secret("device key"), "individual a").value();
  EXPECT_EQ(sealed.blob.substr(0, 2), "\x02\x01");
  EXPECT_EQ(sealed.blob.size(), 2 + 12 + 10 + 16);
  EXPECT_EQ(sealed.blob.find("device"), std::string::npos);
  EXPECT_EQ(opened(sealed, "individual a"), "device key");
}

TEST_F(SealingTrustTest, the_same_again_is_the_same_and_anything_else_is_not) {
  const auto sealed = trust_.seal(secret("k"), "individual a").value();
  EXPECT_EQ(trust_.seal(secret("k"), "individual a").value(), sealed);
  EXPECT_NE(trust_.seal(secret("k"), "individual b").value().blob.substr(2, 12), sealed.blob.substr(2, 12));
  EXPECT_NE(trust_.seal(secret("l"), "individual a").value().blob.substr(2, 12), sealed.blob.substr(2, 12));
}

TEST_F(SealingTrustTest, a_blob_of_another_row_or_kind_or_that_was_changed_is_refused) {
  const auto sealed = trust_.seal(secret("device key"), "individual a").value();
  EXPECT_EQ(opened(sealed, "individual b"), to_text(Errc::refused));
  EXPECT_EQ(opened(sealed, "group a"), to_text(Errc::refused));
  for (std::size_t at = 0; at < sealed.blob.size(); ++at) {
    SealedKey changed = sealed;
    changed.blob[at] = static_cast<char>(changed.blob[at] ^ 4);
    EXPECT_EQ(opened(changed, "individual a"), to_text(Errc::refused)) << at;
    changed.blob.resize(at);
    EXPECT_EQ(opened(changed, "individual a"), to_text(Errc::refused)) << at;
  }
  SealedKey other_kind = sealed;
  other_kind.blob[0] = 3;
  EXPECT_EQ(trust_.unseal_tpm_key(other_kind, "individual a").error().code, Errc::refused);
  EXPECT_EQ(trust_.unseal_tpm_key(sealed, "individual a").error().code, Errc::refused);
  const auto of_tpm = trust_.seal_tpm_key(tpm_key(), "group a").value();
  EXPECT_EQ(opened(of_tpm, "group a"), to_text(Errc::refused));
}

TEST_F(SealingTrustTest, what_is_out_of_reach_is_told_from_what_is_foreign) {
  const auto under_two = key(2).seal(BlobKind::secret, "row", as_bytes("k"));
  EXPECT_EQ(opened(SealedKey{under_two}, "row"), to_text(Errc::refused));
  EXPECT_EQ(can_open(SealedKey{under_two}), to_text(Errc::refused));
  trust_.expect(2);
  EXPECT_FALSE(trust_.is_open());
  EXPECT_EQ(opened(SealedKey{under_two}, "row"), to_text(Errc::throttled));
  EXPECT_EQ(can_open(SealedKey{under_two}), to_text(Errc::throttled));
  trust_.open(key(2));
  EXPECT_TRUE(trust_.is_open());
  EXPECT_EQ(opened(SealedKey{under_two}, "row"), "k");
  EXPECT_EQ(can_open(SealedKey{under_two}), "yes");
}

TEST_F(SealingTrustTest, whether_a_blob_can_be_opened_is_told_by_its_head_alone) {
  auto sealed = trust_.seal(secret("k"), "row").value();
  EXPECT_EQ(can_open(sealed), "yes");
  sealed.blob.back() = static_cast<char>(sealed.blob.back() ^ 1);
  EXPECT_EQ(opened(sealed, "row"), to_text(Errc::refused));
  EXPECT_EQ(can_open(sealed), "yes") << "what is damaged is found by opening it";
  EXPECT_EQ(can_open(SealedKey{"no blob"}), to_text(Errc::refused));
  EXPECT_EQ(can_open(trust_.seal_tpm_key(tpm_key(), "row").value()), to_text(Errc::refused));
}

TEST_F(SealingTrustTest, without_a_key_nothing_is_sealed_or_opened_and_macs_are_of_this_process) {
  const auto sealed = trust_.seal(secret("k"), "row").value();
  SealingTrust locked(random_);
  SealingTrust other(random_);
  locked.expect(1);
  EXPECT_FALSE(locked.is_open());
  EXPECT_EQ(locked.seal(secret("k"), "row").error().code, Errc::throttled);
  EXPECT_EQ(locked.unseal(sealed, "row").error().code, Errc::throttled);
  EXPECT_EQ(locked.derive(sealed, "row", "leaf-1").error().code, Errc::throttled);
  EXPECT_EQ(locked.seal_tpm_key(tpm_key(), "row").error().code, Errc::throttled);
  EXPECT_EQ(locked.store_mac("m"), locked.store_mac("m"));
  EXPECT_NE(locked.store_mac("m"), other.store_mac("m"));
  const std::string given = locked.store_mac("m");
  locked.open(key(1));
  EXPECT_EQ(locked.store_mac("m"), trust_.store_mac("m"));
  EXPECT_EQ(locked.store_macs("m"), (std::vector{trust_.store_mac("m"), given})) << "still good";
}

TEST_F(SealingTrustTest, the_newest_key_seals_and_older_ones_still_open) {
  const auto before = trust_.seal(secret("k"), "row").value();
  const std::string mac = trust_.store_mac("m");
  trust_.open(key(2));
  EXPECT_EQ(opened(before, "row"), "k");
  EXPECT_EQ(trust_.seal(secret("k"), "row").value().blob[1], 2);
  EXPECT_EQ(trust_.renewed(before, "row"), trust_.seal(secret("k"), "row").value());
  EXPECT_EQ(trust_.renewed(before, "another row"), before);
  EXPECT_EQ(trust_.renewed(SealedKey{"no blob"}, "row"), SealedKey{"no blob"});
  EXPECT_NE(trust_.store_mac("m"), mac);
  EXPECT_EQ(trust_.store_macs("m"), (std::vector{trust_.store_mac("m"), mac}));
}

TEST_F(SealingTrustTest, a_key_in_the_tpm_is_taken_out_whole_and_derives_what_was_told) {
  const auto sealed = trust_.seal_tpm_key(tpm_key(), "group a").value();
  EXPECT_EQ(sealed.blob[0], 3);
  EXPECT_TRUE(trust_.is_in_tpm(sealed));
  EXPECT_FALSE(trust_.is_in_tpm(trust_.seal(secret("k"), "group a").value()));
  const auto out = trust_.unseal_tpm_key(sealed, "group a").value();
  EXPECT_EQ(out.object, tpm_key().object);
  EXPECT_EQ(as_text(out.auth.view()), "opens the object");
  EXPECT_EQ(trust_.derive(sealed, "group a", "Leaf-1").error().code, Errc::throttled);
  trust_.know_derived(sealed, "Leaf-1", secret("derived"));
  EXPECT_EQ(as_text(trust_.derive(sealed, "group a", "Leaf-1").value().view()), "derived");
  EXPECT_FALSE(trust_.derive(sealed, "group a", "leaf-1")) << "case matters";
}

TEST_F(SealingTrustTest, what_is_clear_opens_only_where_it_is_expected) {
  // An octet 1, eight octets of SHA-256("individual a"), the key.
  const SealedKey clear{std::string("\x01"
                                    "\x69\xbd\xa5\x74\xc8\xca\x41\xfa",
                                    9) +
                        "key"};
  EXPECT_EQ(opened(clear, "individual a"), to_text(Errc::refused));
  trust_.allow_clear(true);
  EXPECT_EQ(opened(clear, "individual a"), "key");
  EXPECT_EQ(opened(clear, "individual b"), to_text(Errc::refused));
}

TEST(DerivedCache, keeps_the_most_recently_used) {
  DerivedCache cache(2);
  cache.put("g", "a", secret("1"));
  cache.put("g", "b", secret("2"));
  EXPECT_TRUE(cache.find("g", "a") != nullptr);
  cache.put("g", "c", secret("3"));
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_TRUE(cache.find("g", "b") == nullptr);
  EXPECT_EQ(as_text(cache.find("g", "a")->view()), "1");
  cache.put("g", "a", secret("4"));
  EXPECT_EQ(as_text(cache.find("g", "a")->view()), "4");
  EXPECT_TRUE(cache.find("h", "a") == nullptr);
}

}  // namespace
}  // namespace leafgate::sealing_trust_test
