// A backup and the way back: what is in it, what is refused, what a kill or a full disk leaves.
#include <algorithm>
#include <csignal>
#include <thread>

#include <openssl/ec.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "store/backup_file.hpp"
#include "store/restore.hpp"
#include "store/wipe.hpp"
#include "tests/fakes/key_pair.hpp"
#include "tests/unit/store/sealing_site.hpp"

namespace leafgate::backup_test {
namespace {

constexpr int leaves = 40;

class BackupTest : public SealingSite {
 protected:
  BackupTest() {
    make_old_database(leaves);
    store_ = open().value();
  }

  BackupOrder wanted() {
    BackupOrder order;
    order.recipient = pair_.public_pem;
    order.key = store_->key_ring().take_out(store_->key_ring().keys().back().id).value();
    order.gateway = "press-hall";
    order.made = WallTime(Seconds(1'790'000'000));
    return order;
  }
  std::string fetched(BackupSource& source) {
    std::string out;
    for (Bytes piece = source.next().value(); !piece.empty(); piece = source.next().value())
      out += as_text(piece);
    EXPECT_EQ(out.size(), source.size());
    return out;
  }
  std::string backup() { return fetched(**run_task(store_->backups().make(wanted()))); }

  void put(const std::string& octets) { std::ofstream(file_, std::ios::binary) << octets; }
  RestoreOrder order() {
    RestoreOrder out;
    out.file = file_;
    out.private_pem = pair_.private_pem;
    out.state_dir = other_.path();
    return out;
  }
  std::vector<std::string> names(const std::string& folder) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      out.push_back(entry.path().filename().string());
    std::sort(out.begin(), out.end());
    return out;
  }
  // How many of its leaves have their key in the other folder's store.
  int readable() {
    StoreOptions options;
    options.path = other_.path();
    options.reserve = 4096;
    auto store = Store::open(std::move(options), random_);
    if (!store) return -1;
    int out = 0;
    for (int leaf = 0; leaf < leaves; ++leaf)
      if (key_of(**store, leaf) == secrets_[static_cast<std::size_t>(leaf) + 1]) ++out;
    const auto mark = run_task((*store)->key_ring().restored());
    restored_ = mark && *mark;
    (*store)->stop();
    return out;
  }

  KeyPair pair_{EVP_EC_gen("P-256")};
  std::unique_ptr<Store> store_;
  TemporaryFolder other_;
  TemporaryFolder desk_;
  std::string file_ = desk_.path() + "/site.backup";
  bool restored_ = false;
};

TEST_F(BackupTest, has_nothing_in_clear_and_brings_everything_back) {
  const std::string octets = backup();
  EXPECT_EQ(octets.find("leaf-1"), std::string::npos);
  EXPECT_EQ(octets.find("press-hall"), std::string::npos);
  EXPECT_FALSE(there("backup.part"));
  put(octets);
  const auto restored = restore(order());
  ASSERT_TRUE(restored) << restored.error().detail;
  EXPECT_EQ(restored->gateway, "press-hall");
  EXPECT_EQ(restored->made, WallTime(Seconds(1'790'000'000)));
  EXPECT_EQ(restored->replaced, "");
  EXPECT_EQ(names(other_.path()), (std::vector<std::string>{"leafgate.db", "lock", "sealing.key"}));
  struct stat facts {};
  for (const char* name : {"/leafgate.db", "/sealing.key"}) {
    ASSERT_EQ(::stat((other_.path() + name).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U) << name;
  }
  EXPECT_EQ(readable(), leaves);
  EXPECT_TRUE(restored_);
  EXPECT_FALSE(*run_task(store_->key_ring().restored())) << "what it was made of is as it was";
}

TEST_F(BackupTest, is_made_while_others_write_and_by_the_key_that_is_there) {
  BackupOrder order = wanted();
  order.key = crypto::Secret(Bytes(32, 7));
  EXPECT_EQ(run_task(store_->backups().make(std::move(order))).error().code, Errc::throttled);
  order = wanted();
  order.recipient = "no key";
  EXPECT_EQ(run_task(store_->backups().make(std::move(order))).error().code, Errc::malformed);
  EXPECT_FALSE(there("backup.part"));
}

TEST_F(BackupTest, one_that_is_being_made_ends_before_the_store_and_leaves_nothing) {
  ASSERT_TRUE(connect().execute(
      "CREATE TABLE much(a); INSERT INTO much WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n "
      "WHERE i<24000) SELECT zeroblob(2000) FROM n"));
  std::optional<Result<std::shared_ptr<BackupSource>>> made;
  test_loop().restart();
  spawn(test_loop().get_executor(), keep(store_->backups().make(wanted()), made));
  test_loop().poll();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!there("backup.part") && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  store_->end_long_work();
  EXPECT_FALSE(there("backup.part"));
  test_loop().run();
  ASSERT_FALSE(made.value()) << "it was made before its end was asked for";
  EXPECT_EQ(made.value().error().code, Errc::stopped);
  EXPECT_EQ(run_task(store_->backups().make(wanted())).error().code, Errc::stopped);
  EXPECT_EQ(key_of(*store_, 3), secrets_[4]) << "the store itself goes on";
}

TEST_F(BackupTest, what_is_wrong_with_the_file_is_said_and_changes_nothing) {
  const std::string good = backup();
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  const std::vector<std::string> bad{
      "",      "no envelope", good.substr(0, good.size() - 1), good.substr(0, good.size() / 2),
      flipped, good + "x"};
  for (const std::string& octets : bad) {
    put(octets);
    EXPECT_FALSE(restore(order())) << octets.size();
    EXPECT_EQ(names(other_.path()), (std::vector<std::string>{"lock"}));
  }
  put(good);
  RestoreOrder wrong = order();
  wrong.private_pem = KeyPair(EVP_EC_gen("P-256")).private_pem;
  EXPECT_EQ(restore(wrong).error().code, Errc::refused);
  wrong = order();
  wrong.file += "-missing";
  EXPECT_EQ(restore(wrong).error().code, Errc::not_found);
  EXPECT_EQ(names(other_.path()), (std::vector<std::string>{"lock"}));
}

TEST_F(BackupTest, of_a_newer_daemon_is_refused) {
  ASSERT_TRUE(connect().execute("UPDATE schema_version SET version=900, min_reader=900"));
  put(backup());
  EXPECT_EQ(restore(order()).error().code, Errc::conflict);
  EXPECT_EQ(names(other_.path()), (std::vector<std::string>{"lock"}));
}

TEST_F(BackupTest, a_store_that_is_there_stays_until_it_may_be_moved_aside) {
  put(backup());
  ASSERT_EQ(readable(), 0) << "makes a store";
  EXPECT_EQ(restore(order()).error().code, Errc::conflict);
  RestoreOrder forced = order();
  forced.replace = true;
  const auto restored = restore(forced);
  ASSERT_TRUE(restored) << restored.error().detail;
  const auto aside = names(restored->replaced);
  EXPECT_NE(std::find(aside.begin(), aside.end(), "leafgate.db"), aside.end());
  EXPECT_NE(std::find(aside.begin(), aside.end(), "sealing.key"), aside.end());
  EXPECT_EQ(readable(), leaves);
}

TEST_F(BackupTest, beside_a_daemon_that_runs_nothing_is_done) {
  put(backup());
  RestoreOrder mine = order();
  mine.state_dir = folder_.path();
  mine.replace = true;
  EXPECT_EQ(restore(mine).error().code, Errc::in_use);
  EXPECT_EQ(wipe(folder_.path()).error().code, Errc::in_use);
}

TEST_F(BackupTest, a_kill_at_any_step_leaves_the_old_store_or_the_new_one) {
  put(backup());
  bool ended = false;
  int olds = 0;
  for (int step = 0; !ended; ++step) {
    std::filesystem::remove_all(other_.path());
    ASSERT_EQ(readable(), 0) << "makes the old store";
    RestoreOrder forced = order();
    forced.replace = true;
    forced.before_step = [left = step]() mutable -> Result<void> {
      return left-- == 0 ? Error(Errc::stopped, "killed") : Result<void>();
    };
    const auto restored = restore(forced);
    ended = restored.has_value();
    const int found = readable();
    EXPECT_TRUE(found == leaves || (step == 0 && found == 0)) << "step " << step << ": " << found;
    EXPECT_EQ(restored_, found == leaves);
    olds += found == 0;
    ASSERT_LT(step, 50);
  }
  EXPECT_EQ(olds, 1) << "before it is all there";
}

TEST_F(BackupTest, a_full_disk_leaves_everything_as_it_was) {
  put(backup());
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  for (const rlim_t room : {rlim_t{0}, rlim_t{4'096}, rlim_t{60'000}}) {
    const rlimit limit{room, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto restored = restore(order());
    const auto made = run_task(store_->backups().make(wanted()));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code, Errc::store_full) << restored.error().detail;
    EXPECT_EQ(names(other_.path()), (std::vector<std::string>{"lock"}));
    EXPECT_FALSE(made);
    EXPECT_FALSE(there("backup.part"));
  }
  EXPECT_EQ(key_of(*store_, 3), secrets_[4]) << "the store itself goes on";
  EXPECT_TRUE(run_task(store_->backups().make(wanted())));
}

TEST_F(BackupTest, a_wipe_leaves_nothing_and_says_what_was) {
  put(backup());
  RestoreOrder forced = order();
  ASSERT_TRUE(restore(forced));
  ASSERT_EQ(readable(), leaves);
  forced.replace = true;
  ASSERT_TRUE(restore(forced));
  std::ofstream(other_.path() + "/note") << "not ours";
  std::filesystem::create_hard_link(other_.path() + "/leafgate.db", desk_.path() + "/blocks of the database");
  std::filesystem::create_hard_link(other_.path() + "/sealing.key", desk_.path() + "/blocks of the key");
  const auto wiped = wipe(other_.path());
  ASSERT_TRUE(wiped) << wiped.error().detail;
  EXPECT_EQ(wiped->database_sha256.size(), 64U);
  EXPECT_EQ(wiped->trouble, "");
  EXPECT_FALSE(wiped->anchor);
  EXPECT_EQ(wiped->left, (std::vector<std::string>{"note"}));
  EXPECT_EQ(names(other_.path()), (std::vector<std::string>{"lock", "note"}));
  for (const char* name : {"/blocks of the database", "/blocks of the key"}) {
    std::ifstream left(desk_.path() + name, std::ios::binary);
    const std::string content((std::istreambuf_iterator<char>(left)), std::istreambuf_iterator<char>());
    EXPECT_TRUE(content.find_first_not_of('\0') == std::string::npos) << name;
  }
  EXPECT_EQ(wipe(other_.path()).error().code, Errc::not_found);
}

TEST(BackupFile, its_head_is_read_back_and_strange_ones_are_refused) {
  BackupHead head;
  head.gateway = "g";
  head.key = crypto::Secret(Bytes(32, 5));
  head.database = 4'096;
  const crypto::Secret octets = encode(head);
  for (std::size_t size = 0; size < octets.size(); ++size) {
    const auto part = decode_backup_head(octets.view().first(size));
    EXPECT_TRUE(part && !*part) << size;
  }
  const auto read = decode_backup_head(octets.view()).value();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->octets, octets.size());
  EXPECT_EQ(read->head.database, 4'096U);
  EXPECT_EQ(as_text(read->head.key.view()), std::string(32, 5));
  EXPECT_EQ(decode_backup_head(as_bytes("leafgate backup 2\n")).error().code, Errc::unsupported);
  EXPECT_EQ(decode_backup_head(as_bytes("something else")).error().code, Errc::malformed);
  Bytes named(octets.view().begin(), octets.view().end());
  named[26] = 0xff;
  EXPECT_EQ(decode_backup_head(named).error().code, Errc::malformed);
}

}  // namespace
}  // namespace leafgate::backup_test
