#include "store/sealing_start.hpp"

#include <sys/stat.h>

#include "store/database.hpp"
#include "store/reseal.hpp"
#include "tests/unit/store/sealing_site.hpp"

namespace leafgate::sealing_start_test {
namespace {

using SealingStartTest = SealingSite;

TEST_F(SealingStartTest, a_first_start_makes_a_key_in_a_file_that_later_ones_open) {
  std::string mac;
  SealedKey sealed;
  {
    const auto store = open().value();
    EXPECT_EQ(store->trust().protection(), Protection::key_file);
    EXPECT_TRUE(store->trust().is_open());
    sealed = store->trust().seal(crypto::Secret(as_bytes("key")), "row").value();
    mac = store->trust().store_mac("m");
    ASSERT_EQ(store->key_ring().keys().size(), 1U);
    EXPECT_TRUE(store->key_ring().keys().front().in_file);
    EXPECT_FALSE(store->key_ring().progress().wanted);
  }
  const auto store = open().value();
  EXPECT_EQ(as_text(store->trust().unseal(sealed, "row").value().view()), "key");
  EXPECT_EQ(store->trust().store_mac("m"), mac);
  struct stat facts {};
  ASSERT_EQ(::stat(path("sealing.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST_F(SealingStartTest, a_key_file_that_others_may_read_stops_the_start) {
  open().value()->stop();
  ASSERT_EQ(::chmod(path("sealing.key").c_str(), 0644), 0);
  EXPECT_EQ(open().error().code, Errc::conflict);
}

TEST_F(SealingStartTest, without_its_file_the_store_opens_locked_and_makes_no_other_key) {
  SealedKey sealed;
  {
    const auto store = open().value();
    sealed = store->trust().seal(crypto::Secret(as_bytes("key")), "row").value();
  }
  std::filesystem::rename(path("sealing.key"), path("kept"));
  {
    const auto store = open().value();
    EXPECT_FALSE(store->trust().is_open());
    EXPECT_EQ(store->trust().unseal(sealed, "row").error().code, Errc::throttled);
    EXPECT_FALSE(there("sealing.key"));
  }
  std::filesystem::rename(path("kept"), path("sealing.key"));
  EXPECT_TRUE(open().value()->trust().unseal(sealed, "row"));
}

TEST_F(SealingStartTest, the_key_file_of_another_store_opens_nothing_and_stays) {
  open().value()->stop();
  ASSERT_TRUE(KeyFile(path("sealing.key")).write(crypto::Secret(Bytes(32, 9))));
  EXPECT_FALSE(open().value()->trust().is_open());
  EXPECT_TRUE(there("sealing.key"));
}

TEST_F(SealingStartTest, a_key_file_that_was_made_before_a_kill_is_used) {
  ASSERT_TRUE(KeyFile(path("sealing.key")).write(crypto::Secret(Bytes(32, 9))));
  const auto store = open().value();
  EXPECT_TRUE(store->trust().is_open());
  EXPECT_EQ(as_text(store->key_ring().take_out(1).value().view()), std::string(32, 9));
}

TEST_F(SealingStartTest, keys_that_were_removed_are_not_replaced) {
  open().value()->stop();
  ASSERT_TRUE(connect().execute("DELETE FROM sealing_key"));
  EXPECT_EQ(open().error().code, Errc::conflict);
}

TEST_F(SealingStartTest, what_was_in_clear_is_sealed_and_no_file_has_it_any_more) {
  make_old_database(700);
  EXPECT_NE(found_in_clear(), "");
  {
    const auto store = open().value();
    for (const int leaf : {0, 350, 699})
      EXPECT_EQ(key_of(*store, leaf), secrets_[static_cast<std::size_t>(leaf) + 1]);
    EXPECT_FALSE(store->key_ring().progress().wanted);
    EXPECT_EQ(found_in_clear(), "") << "while it runs";
    store->stop();
  }
  EXPECT_EQ(found_in_clear(), "");
  EXPECT_FALSE(there("leafgate.db.before-4"));
  EXPECT_EQ(ask("SELECT hex(secret) FROM site"), std::string(64, '0'));
  EXPECT_EQ(ask("SELECT reseal || clear || scrub FROM sealing_work"), "000");
  EXPECT_EQ(ask("PRAGMA quick_check"), "ok");
}

TEST_F(SealingStartTest, a_secret_in_clear_in_another_row_is_not_taken_for_its_own) {
  make_old_database(2);
  {
    auto connection = connect();
    ASSERT_TRUE(connection.execute(
        "UPDATE enrollment SET primary_key=(SELECT primary_key FROM enrollment WHERE id='leaf-0')"));
  }
  const auto store = open().value();
  EXPECT_NE(key_of(*store, 0), "");
  EXPECT_EQ(key_of(*store, 1), "");
}

TEST_F(SealingStartTest, a_key_planted_in_clear_later_opens_nothing) {
  {
    const auto store = open().value();
    std::vector<Enrollment> one{example::enrollment(EnrollmentKind::individual, "leaf-0")};
    ASSERT_TRUE(run_task(store->enrollments().import(std::move(one))));
    store->stop();
  }
  {
    auto connection = connect();
    const std::string planted = in_clear("planted", "individual leaf-0");
    Query query(connection, "UPDATE enrollment SET primary_key=?1");
    ASSERT_TRUE(query.blob(1, planted).run());
  }
  EXPECT_EQ(key_of(*open().value(), 0), "");
}

// Ends the sealing of 1,200 rows after each of its steps in turn, as a kill would.
TEST_F(SealingStartTest, a_kill_after_any_step_is_made_good_at_the_next_start) {
  for (int steps = 0; steps < 12; ++steps) {
    std::filesystem::remove_all(folder_.path());
    std::filesystem::create_directory(folder_.path());
    secrets_.clear();
    make_old_database(600);
    const crypto::Secret key(Bytes(32, 5));
    ASSERT_TRUE(KeyFile(path("sealing.key")).write(key));
    {
      DatabaseOptions options;
      options.path = path("leafgate.db");
      options.after_clean_stop = true;
      auto connection = open_database(options).value();
      sealing_rows::Key row;
      row.proof = SealingKey::proof(key);
      ASSERT_TRUE(sealing_rows::add(connection, row));
      ASSERT_TRUE(connection.execute("UPDATE site SET secret=zeroblob(32)"));
      SealingKeys keys;
      keys.emplace(1, SealingKey(1, key.copy()));
      Reseal reseal(std::move(keys), true, std::make_shared<ResealCounts>());
      for (int n = 0; n < steps; ++n)
        if (reseal.step(connection).value()) break;
    }
    const auto store = open().value();
    for (int leaf = 0; leaf < 600; leaf += 67)
      ASSERT_EQ(key_of(*store, leaf), secrets_[static_cast<std::size_t>(leaf) + 1]);
    store->stop();
    EXPECT_EQ(found_in_clear(), "") << steps;
  }
}

}  // namespace
}  // namespace leafgate::sealing_start_test
