// The key by which the gateway proves itself to leaves without IP, at rest.
#include <gtest/gtest.h>

#include "gateway/ports/sealed_rows.hpp"
#include "tests/unit/store/sealing_site.hpp"

namespace leafgate::link_identity_test {
namespace {

class LinkIdentityTest : public SealingSite {
 protected:
  std::unique_ptr<Store> store_ = open().value();

  std::optional<SealedKey> load() { return run_task(store_->link_identity().load()).value(); }
  void save(SealedKey key) { ASSERT_TRUE(run_task(store_->link_identity().save(std::move(key)))); }
  SealedKey sealed(const std::string& text) {
    return store_->trust().seal(crypto::Secret(as_bytes(text)), sealed_rows::link_key()).value();
  }
  std::string opened() {
    const auto plain = store_->trust().unseal(load().value(), sealed_rows::link_key());
    return plain ? std::string(as_text(plain->view())) : std::string(to_text(plain.error().code));
  }
  void reopen() {
    store_->stop();
    store_ = nullptr;
    store_ = open().value();
  }
};

TEST_F(LinkIdentityTest, there_is_none_at_first) { EXPECT_FALSE(load()); }

TEST_F(LinkIdentityTest, is_one_row_that_outlives_a_restart) {
  save(sealed("first"));
  EXPECT_EQ(opened(), "first");
  save(sealed("second"));
  EXPECT_EQ(ask("SELECT count(*) FROM link_identity"), "1");
  reopen();
  EXPECT_EQ(opened(), "second");
}

TEST_F(LinkIdentityTest, is_kept_octet_for_octet) {
  const SealedKey odd{std::string("\0\xff\0'", 4)};
  save(odd);
  reopen();
  EXPECT_EQ(load().value().blob, odd.blob);
}

TEST_F(LinkIdentityTest, follows_when_the_store_is_sealed_under_another_key) {
  const std::string text = secret(1);
  save(sealed(text));
  const std::string before = load().value().blob;
  TpmObject object;
  object.private_area = {1, 2};
  object.public_area = {3, 4};
  const auto added = run_task(store_->key_ring().add(object, {}, crypto::Secret(Bytes(32, 7))));
  ASSERT_TRUE(added) << added.error().detail;
  EXPECT_EQ(load().value().blob, before);
  EXPECT_EQ(opened(), text) << "the old key is open still";
  ASSERT_TRUE(run_task(store_->key_ring().reseal()));
  EXPECT_NE(load().value().blob, before);
  EXPECT_EQ(opened(), text);
  EXPECT_FALSE(there("sealing.key")) << "nothing is left under the old one";
  EXPECT_EQ(found_in_clear(), "");
  reopen();
  EXPECT_EQ(opened(), to_text(Errc::throttled)) << "only the new key opens it";
  ASSERT_TRUE(store_->key_ring().open(*added, crypto::Secret(Bytes(32, 7))));
  EXPECT_EQ(opened(), text);
}

TEST_F(LinkIdentityTest, what_does_not_open_is_left_as_it_is) {
  save(SealedKey{"no sealed key at all"});
  TpmObject object;
  object.private_area = {1, 2};
  object.public_area = {3, 4};
  ASSERT_TRUE(run_task(store_->key_ring().add(object, {}, crypto::Secret(Bytes(32, 7)))));
  (void)run_task(store_->key_ring().reseal());
  EXPECT_EQ(load().value().blob, "no sealed key at all");
}

}  // namespace
}  // namespace leafgate::link_identity_test
