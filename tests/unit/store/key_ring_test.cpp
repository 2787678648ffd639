#include "gateway/ports/key_ring.hpp"

#include <sys/stat.h>

#include "gateway/ports/sealed_rows.hpp"
#include "store/database.hpp"
#include "store/key_file.hpp"
#include "store/sealed_blob.hpp"
#include "store/sealing_rows.hpp"
#include "tests/unit/store/sealing_site.hpp"

namespace leafgate::key_ring_test {
namespace {

using namespace example;

TpmObject object(int number) { return {Bytes(160, static_cast<std::uint8_t>(number)), Bytes(80, 2)}; }
crypto::Secret key(int number) { return crypto::Secret(Bytes(32, static_cast<std::uint8_t>(100 + number))); }

class KeyRingTest : public SealingSite {
 protected:
  std::unique_ptr<Store> store_;
  static constexpr int leaves = 600;

  KeyRing& ring() { return store_->key_ring(); }
  Trust& trust() { return store_->trust(); }

  // Every kind of secret there is.
  void fill() {
    store_ = open().value();
    std::vector<Enrollment> all;
    for (int leaf = 0; leaf < leaves; ++leaf) {
      all.push_back(enrollment(EnrollmentKind::individual, "leaf-" + std::to_string(leaf)));
      all.back().primary_key = sealed(secret(leaf), "individual " + all.back().id);
    }
    all.push_back(enrollment(EnrollmentKind::group, "line"));
    TpmHmacKey group{object(7), crypto::Secret(as_bytes(secret(leaves)))};
    all.back().primary_key = trust().seal_tpm_key(group, "group line").value();
    ASSERT_TRUE(run_task(store_->enrollments().import(std::move(all))));
    ASSERT_TRUE(run_task(ring().set_belonging({TpmAnchor{}, crypto::Secret(as_bytes(secret(leaves + 1)))})));
    auto connection = connect();
    const auto derived = sealed(secret(leaves + 2), sealed_rows::derived("group line", "Leaf-X")).blob;
    const auto held = group_blob();
    const auto digest = crypto::sha256(as_bytes(held));
    Query row(connection, "INSERT INTO derived_key VALUES('group line', 'Leaf-X', ?1, ?2)");
    ASSERT_TRUE(row.blob(1, as_text(digest)).blob(2, derived).run());
    ASSERT_TRUE(run_task(
        store_->registrations().settle(registration("leaf-tpm"), operation("op"), {}, std::nullopt)));
    const auto of_leaf = sealed(secret(leaves + 3), sealed_rows::registration("leaf-tpm")).blob;
    Query leaf(connection, "UPDATE registration SET tpm_key=?1");
    ASSERT_TRUE(leaf.blob(1, of_leaf).run());
  }
  SealedKey sealed(const std::string& secret, const std::string& row) {
    return trust().seal(crypto::Secret(as_bytes(secret)), row).value();
  }
  std::string group_blob() {
    return run_task(store_->enrollments().groups()).value().at(0).primary_key.value().blob;
  }
  void expect_all_readable() {
    for (int leaf = 0; leaf < leaves; leaf += 7)
      ASSERT_EQ(key_of(*store_, leaf), secrets_[static_cast<std::size_t>(leaf)]);
    const auto group = trust().unseal_tpm_key(SealedKey{group_blob()}, "group line").value();
    EXPECT_EQ(as_text(group.auth.view()), secrets_[leaves]);
    EXPECT_EQ(group.object, object(7));
    const auto belonging = run_task(ring().belonging()).value();
    EXPECT_EQ(as_text(belonging->counter_auth.view()), secrets_[leaves + 1]);
    auto connection = connect();
    const auto digest = crypto::sha256(as_bytes(group_blob()));
    Query row(connection, "SELECT sealed FROM derived_key WHERE group_key=?1");
    ASSERT_TRUE(row.blob(1, as_text(digest)).step().value()) << "found by the group's key";
    EXPECT_EQ(opened(row.text(0), sealed_rows::derived("group line", "Leaf-X")), secrets_[leaves + 2]);
    EXPECT_EQ(opened(connection.ask("SELECT tpm_key FROM registration").value(),
                     sealed_rows::registration("leaf-tpm")),
              secrets_[leaves + 3]);
  }
  std::string opened(const std::string& blob, const std::string& row) {
    const auto plain = trust().unseal(SealedKey{blob}, row);
    return plain ? std::string(as_text(plain->view())) : std::string(to_text(plain.error().code));
  }
  std::string keys_in_use() {
    return ask(
        "SELECT group_concat(DISTINCT hex(substr(b, 2, 1))) FROM (SELECT primary_key AS b FROM enrollment "
        "UNION SELECT sealed FROM derived_key UNION SELECT tpm_key FROM registration "
        "UNION SELECT counter_auth FROM tpm_anchor)");
  }
};

TEST_F(KeyRingTest, a_new_key_seals_everything_anew_and_the_file_goes) {
  fill();
  EXPECT_EQ(keys_in_use(), "01");
  EXPECT_EQ(run_task(ring().add(object(1), {1, 2, 3}, key(1))).value(), 2);
  EXPECT_EQ(trust().protection(), Protection::key_file);
  EXPECT_TRUE(ring().progress().wanted);
  expect_all_readable();
  ASSERT_TRUE(run_task(ring().reseal()));
  EXPECT_FALSE(ring().progress().wanted);
  EXPECT_EQ(ring().progress().unreadable, 0U);
  EXPECT_EQ(trust().protection(), Protection::tpm);
  EXPECT_EQ(keys_in_use(), "02");
  EXPECT_FALSE(there("sealing.key"));
  ASSERT_EQ(ring().keys().size(), 1U);
  EXPECT_EQ(ring().keys().front().sealed, object(1));
  EXPECT_EQ(ring().keys().front().recovery, Bytes({1, 2, 3}));
  expect_all_readable();
}

TEST_F(KeyRingTest, until_the_tpm_gives_the_key_everything_waits) {
  fill();
  ASSERT_TRUE(run_task(ring().add(object(1), {}, key(1))));
  ASSERT_TRUE(run_task(ring().reseal()));
  store_->stop();
  store_ = nullptr;
  store_ = open().value();
  EXPECT_FALSE(trust().is_open());
  EXPECT_EQ(trust().protection(), Protection::tpm);
  EXPECT_EQ(trust().seal(key(3), "row").error().code, Errc::throttled);
  EXPECT_TRUE(run_task(ring().belonging()).value()->counter_auth.empty());
  EXPECT_EQ(run_task(ring().reseal()).error().code, Errc::throttled);
  EXPECT_EQ(ring().open(2, key(2)).error().code, Errc::refused);
  EXPECT_EQ(ring().open(3, key(1)).error().code, Errc::not_found);
  EXPECT_EQ(ring().take_out(2).error().code, Errc::throttled);
  EXPECT_EQ(ring().find(key(1)).value(), 2);
  ASSERT_TRUE(ring().open(2, key(1)));
  expect_all_readable();
}

// A kill between the row of the new key and the end of sealing anew.
TEST_F(KeyRingTest, sealing_anew_goes_on_after_a_kill) {
  fill();
  ASSERT_TRUE(run_task(ring().add(object(1), {}, key(1))));
  store_ = nullptr;
  store_ = open().value();
  EXPECT_FALSE(trust().is_open()) << "the newest is not";
  EXPECT_EQ(key_of(*store_, 7), secrets_[7]) << "under the key of the file";
  EXPECT_TRUE(ring().progress().wanted);
  ASSERT_TRUE(ring().open(2, key(1)));
  ASSERT_TRUE(run_task(ring().reseal()));
  EXPECT_FALSE(there("sealing.key"));
  expect_all_readable();
}

TEST_F(KeyRingTest, a_key_file_that_outlived_its_key_is_removed_at_the_next_start) {
  fill();
  std::filesystem::copy_file(path("sealing.key"), path("kept"));
  ASSERT_TRUE(run_task(ring().add(object(1), {}, key(1))));
  ASSERT_TRUE(run_task(ring().reseal()));
  store_ = nullptr;
  std::filesystem::rename(path("kept"), path("sealing.key"));
  store_ = open().value();
  EXPECT_FALSE(there("sealing.key"));
  EXPECT_EQ(ask("SELECT scrub FROM sealing_work"), "0");
}

TEST_F(KeyRingTest, a_key_out_of_reach_stays_while_something_is_sealed_under_it) {
  fill();
  ASSERT_TRUE(run_task(ring().add(object(1), {}, key(1))));
  store_ = nullptr;
  std::filesystem::rename(path("sealing.key"), path("kept"));
  store_ = open().value();
  ASSERT_TRUE(ring().open(2, key(1)));
  EXPECT_EQ(run_task(ring().reseal()).error().code, Errc::throttled);
  EXPECT_EQ(ring().keys().size(), 2U);
  EXPECT_GT(ring().progress().unreadable, 0U);
  EXPECT_TRUE(ring().progress().wanted);
  store_ = nullptr;
  std::filesystem::rename(path("kept"), path("sealing.key"));
  store_ = open().value();
  ASSERT_TRUE(ring().open(2, key(1)));
  ASSERT_TRUE(run_task(ring().reseal()));
  expect_all_readable();
}

TEST_F(KeyRingTest, what_was_read_before_is_written_under_the_newest_key) {
  fill();
  auto old = run_task(store_->enrollments().individual("leaf-3")).value().value();
  auto record = run_task(store_->registrations().find("leaf-tpm")).value()->registration;
  record.assignment->tpm_key = sealed("blob", sealed_rows::registration("leaf-tpm"));
  ASSERT_TRUE(run_task(ring().add(object(1), {}, key(1))));
  ASSERT_TRUE(run_task(ring().reseal()));
  EXPECT_EQ(opened(old.primary_key->blob, "individual leaf-3"), secrets_[3]) << "from memory";
  old.etag = "2";
  std::vector<Enrollment> again{old};
  ASSERT_TRUE(run_task(store_->enrollments().import(std::move(again))));
  record.assignment->etag = "2";
  ASSERT_TRUE(run_task(store_->registrations().settle(record, operation("op"), {}, std::nullopt)));
  EXPECT_EQ(keys_in_use(), "02");
}

// As where there was no room to seal at the start: leaves are served from what was read in clear.
TEST_F(KeyRingTest, what_was_read_in_clear_opens_and_is_written_sealed_after_all_was_sealed) {
  make_old_database(3);
  {
    DatabaseOptions options;
    options.path = path("leafgate.db");
    options.after_clean_stop = true;
    auto connection = open_database(options).value();
    sealing_rows::Key row;
    row.sealed = object(1);
    row.proof = SealingKey::proof(key(1));
    ASSERT_TRUE(sealing_rows::add(connection, row));
  }
  store_ = open().value();
  auto old = run_task(store_->enrollments().individual("leaf-1")).value().value();
  ASSERT_TRUE(ring().open(1, key(1)));
  ASSERT_TRUE(run_task(ring().reseal()));
  EXPECT_EQ(opened(old.primary_key->blob, "individual leaf-1"), secrets_[2]);
  old.etag = "2";
  std::vector<Enrollment> again{old};
  ASSERT_TRUE(run_task(store_->enrollments().import(std::move(again))));
  EXPECT_EQ(ask("SELECT hex(substr(primary_key, 1, 2)) FROM enrollment WHERE id='leaf-1'"), "0201");
  EXPECT_EQ(key_of(*store_, 1), secrets_[2]);
}

// A power cut between overwriting the key file and removing it.
TEST_F(KeyRingTest, a_key_file_that_was_overwritten_and_not_removed_stops_no_start) {
  fill();
  ASSERT_TRUE(run_task(ring().add(object(1), {}, key(1))));
  ASSERT_TRUE(run_task(ring().reseal()));
  store_ = nullptr;
  std::ofstream(path("sealing.key")) << std::string(128, '\0');
  ASSERT_EQ(::chmod(path("sealing.key").c_str(), 0600), 0);
  auto again = open();
  ASSERT_TRUE(again) << again.error().detail;
  store_ = std::move(*again);
  EXPECT_FALSE(there("sealing.key"));
  ASSERT_TRUE(ring().open(2, key(1)));
  expect_all_readable();
}

TEST_F(KeyRingTest, importing_the_same_keys_again_writes_nothing) {
  fill();
  std::vector<Enrollment> again{enrollment(EnrollmentKind::individual, "leaf-5")};
  again.back().primary_key = sealed(secrets_[5], "individual leaf-5");
  // The first import leaves rows behind that are swept later, and in any case before the next one.
  ASSERT_TRUE(run_task(store_->enrollments().import(again)));
  const auto writes = store_->monitor().health().writes;
  ASSERT_TRUE(run_task(store_->enrollments().import(std::move(again))));
  EXPECT_EQ(store_->monitor().health().writes, writes);
}

TEST_F(KeyRingTest, another_tpm_takes_over_the_same_key) {
  fill();
  ASSERT_TRUE(run_task(ring().add(object(1), {1}, key(1))));
  ASSERT_TRUE(run_task(ring().reseal()));
  ASSERT_TRUE(run_task(ring().replace(2, object(2), {})));
  EXPECT_EQ(ring().keys().front().sealed, object(2));
  EXPECT_EQ(ring().keys().front().recovery, Bytes{1});
  EXPECT_TRUE(ring().keys().front().open);
  ASSERT_TRUE(run_task(ring().replace(2, object(2), {2})));
  EXPECT_EQ(ring().keys().front().recovery, Bytes{2});
}

// As `restore` leaves it: the key is meant for a TPM and stands in the file.
TEST_F(KeyRingTest, a_key_that_is_handed_over_in_the_file_is_open_at_once) {
  fill();
  ASSERT_TRUE(run_task(ring().add(object(1), {}, key(1))));
  ASSERT_TRUE(run_task(ring().reseal()));
  store_ = nullptr;
  ASSERT_TRUE(KeyFile(path("sealing.key")).write(key(1)));
  store_ = open().value();
  EXPECT_TRUE(trust().is_open());
  EXPECT_EQ(trust().protection(), Protection::key_file);
  EXPECT_TRUE(ring().keys().front().in_file);
  expect_all_readable();
  ASSERT_TRUE(run_task(ring().replace(2, object(2), {})));
  ASSERT_TRUE(run_task(ring().remove_file()));
  EXPECT_EQ(trust().protection(), Protection::tpm);
  EXPECT_FALSE(there("sealing.key"));
}

TEST_F(KeyRingTest, the_only_place_of_a_key_is_not_removed) {
  fill();
  EXPECT_EQ(run_task(ring().remove_file()).error().code, Errc::conflict);
  EXPECT_TRUE(there("sealing.key"));
}

TEST_F(KeyRingTest, no_file_has_a_secret_in_clear_at_any_time) {
  fill();
  EXPECT_EQ(found_in_clear(), "");
  secrets_.push_back(std::string(as_text(key(1).view())));
  secrets_.push_back(std::string(as_text(ring().take_out(1).value().view())));
  ASSERT_TRUE(run_task(ring().add(object(1), {}, key(1))));
  EXPECT_EQ(found_in_clear(), "");
  ASSERT_TRUE(run_task(ring().reseal()));
  EXPECT_EQ(found_in_clear(), "");
  store_->stop();
  EXPECT_EQ(found_in_clear(), "");
}

}  // namespace
}  // namespace leafgate::key_ring_test
