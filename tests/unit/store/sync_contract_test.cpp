// The service's list, staged beside what counts (ports/enrollment_sync.hpp), of the store and of the fake.
#include "tests/unit/store/sync_contract.hpp"

namespace leafgate::sync_contract_test {
namespace {

using namespace sync_contract;

TYPED_TEST_SUITE(SyncContract, Sites);

TYPED_TEST(SyncContract, nothing_is_seen_before_the_switch_and_all_of_it_after) {
  this->begin();
  ASSERT_TRUE(this->stage({listed("line", "g1", group)}, "", group));
  ASSERT_TRUE(this->stage({listed("a"), listed("b")}));
  this->stage_end({listed("c")});
  EXPECT_EQ(this->ids(), "");
  EXPECT_EQ(run_task(this->enrollments().count()).value(), 0U);
  const SyncCounts counts = this->finish();
  EXPECT_EQ(counts.read, 4U);
  EXPECT_EQ(counts.changed, 4U);
  EXPECT_EQ(this->ids(), "a/1 b/1 c/1 ");
  EXPECT_EQ(run_task(this->enrollments().groups()).value().size(), 1U);
  EXPECT_EQ(run_task(this->enrollments().count()).value(), 4U);
  this->site_.restart();
  EXPECT_EQ(this->ids(), "a/1 b/1 c/1 ");
  const SyncStanding standing = run_task(this->it().standing()).value();
  EXPECT_FALSE(standing.open);
  EXPECT_EQ(standing.completed, wall(1'790'000'000'000));
  EXPECT_EQ(standing.last.changed, 4U);
}

TYPED_TEST(SyncContract, what_the_list_no_longer_has_goes_and_what_was_carried_in_stays) {
  this->import({enrollment(individual, "mine"), enrollment(individual, "b", "old")});
  this->sync({listed("a"), listed("b"), listed("c")});
  EXPECT_EQ(this->ids(), "a/1 b/1 c/1 mine/1! ");
  this->begin();
  this->stage_end({listed("c", "2")});
  EXPECT_EQ(this->ids(), "a/1 b/1 c/1 mine/1! ");
  const SyncCounts counts = this->finish();
  EXPECT_EQ(counts.removed, 2U);
  EXPECT_EQ(counts.changed, 1U);
  EXPECT_EQ(this->ids(), "c/2 mine/1! ");
  EXPECT_FALSE(this->held("a"));
  EXPECT_EQ(run_task(this->enrollments().count()).value(), 2U);
  EXPECT_FALSE(run_task(this->enrollments().remove(individual, "a")).value());
  this->site_.restart();
  EXPECT_EQ(this->ids(), "c/2 mine/1! ");
  this->sync({listed("a", "3"), listed("c", "2")});
  EXPECT_EQ(this->ids(), "a/3 c/2 mine/1! ");
  EXPECT_EQ(run_task(this->enrollments().count()).value(), 3U);
}

TYPED_TEST(SyncContract, what_this_site_knows_of_a_record_survives_it) {
  Enrollment mine = enrollment(individual, "a", "old");
  mine.secondary_key = SealedKey{"second"};
  mine.bridge = true;
  mine.gateway_host_name = "gw.site";
  mine.offline_max_age = std::chrono::days(90);
  this->import({mine});
  this->sync({listed("a", "2")});
  const Enrollment now = this->held("a").value();
  EXPECT_EQ(now.origin, EnrollmentOrigin::service);
  EXPECT_EQ(now.etag, "2");
  EXPECT_EQ(now.primary_key, mine.primary_key);
  EXPECT_EQ(now.secondary_key, mine.secondary_key);
  EXPECT_EQ(now.keys_etag, "") << "they are of another record";
  EXPECT_TRUE(now.bridge);
  EXPECT_EQ(now.gateway_host_name, "gw.site");
  EXPECT_EQ(now.offline_max_age, mine.offline_max_age);
  EXPECT_EQ(now.record, listed("a", "2").record);
}

TYPED_TEST(SyncContract, a_list_that_did_not_change_writes_two_rows_however_long_it_is) {
  std::vector<Enrollment> rows;
  for (int i = 0; i < 1200; ++i) rows.push_back(listed("leaf-" + std::to_string(10'000 + i)));
  this->sync(rows);
  this->site_.restart();
  this->import({});  // behind the sweep
  this->begin();
  this->import({});
  const auto before = this->site_.writes();
  for (int page = 0; page < 3; ++page) {
    const std::vector<Enrollment> some(rows.begin() + page * 400, rows.begin() + (page + 1) * 400);
    ASSERT_TRUE(this->stage(some, "t" + std::to_string(page)));
  }
  EXPECT_EQ(this->site_.writes(), before);
  this->stage_end();
  const SyncCounts counts = this->finish();
  EXPECT_EQ(counts.read, 1200U);
  EXPECT_EQ(counts.changed + counts.removed, 0U);
  EXPECT_EQ(run_task(this->enrollments().count()).value(), 1200U);
}

TYPED_TEST(SyncContract, goes_on_after_a_restart_where_it_was) {
  this->begin();
  ASSERT_TRUE(this->stage({listed("line", "1", group)}, "", group));
  ASSERT_TRUE(this->stage({listed("a"), listed("b")}, "token 7"));
  this->site_.crash();
  this->import({});  // whatever is swept at the start
  const SyncStanding standing = run_task(this->it().standing()).value();
  ASSERT_TRUE(standing.open);
  EXPECT_EQ(standing.scope, "all");
  EXPECT_EQ(standing.place.kind, individual);
  EXPECT_EQ(standing.place.continuation, "token 7");
  EXPECT_EQ(standing.counts.read, 3U);
  EXPECT_EQ(standing.counts.changed, 3U);
  this->import({enrollment(individual, "z")});  // sweeps, and must not sweep that
  this->stage_end({listed("c")});
  EXPECT_EQ(this->finish().changed, 4U);
  EXPECT_EQ(this->ids(), "a/1 b/1 c/1 z/1! ");
}

TYPED_TEST(SyncContract, a_page_that_is_given_again_changes_nothing) {
  this->begin();
  ASSERT_TRUE(this->stage({listed("a"), listed("b")}));
  ASSERT_TRUE(this->stage({listed("a"), listed("b")}));
  this->stage_end();
  EXPECT_EQ(this->finish().changed, 2U);
  EXPECT_EQ(this->ids(), "a/1 b/1 ");
}

TYPED_TEST(SyncContract, begun_anew_it_lets_go_of_what_was_staged) {
  this->begin();
  ASSERT_TRUE(this->stage({listed("a"), listed("b")}));
  this->sync({listed("c")});
  EXPECT_EQ(this->ids(), "c/1 ");
  this->site_.restart();
  EXPECT_EQ(this->ids(), "c/1 ");
}

TYPED_TEST(SyncContract, heeds_what_an_operator_brings_while_it_is_staged) {
  this->sync({listed("a"), listed("b"), listed("c"), listed("gone")});
  this->begin();
  ASSERT_TRUE(this->stage({listed("a", "2"), listed("b", "2")}));
  Enrollment mine = enrollment(individual, "a", "9");
  mine.bridge = true;
  this->import({mine, enrollment(individual, "new"), enrollment(individual, "gone", "8")});
  EXPECT_TRUE(run_task(this->enrollments().remove(individual, "b")).value());
  EXPECT_EQ(this->ids(), "a/9! c/1 gone/8! new/1! ");
  this->stage_end({listed("c")});
  this->finish();
  EXPECT_EQ(this->ids(), "a/2 b/2 c/1 gone/8! new/1! ");
  EXPECT_TRUE(this->held("a")->bridge);
  EXPECT_EQ(this->held("a")->primary_key, mine.primary_key);
  EXPECT_FALSE(this->held("b")->primary_key);
  this->site_.restart();
  this->import({enrollment(individual, "later")});
  EXPECT_EQ(this->ids(), "a/2 b/2 c/1 gone/8! later/1! new/1! ");
}

TYPED_TEST(SyncContract, a_record_that_is_not_understood_stays_as_it_is_held) {
  this->sync({listed("a"), listed("b"), listed("c")});
  this->begin();
  SyncPage page;
  page.kind = individual;
  page.listed = {listed("a", "2")};
  page.kept_out = {"b"};
  page.next.ended = true;
  ASSERT_TRUE(run_task(this->it().stage(page)));
  const SyncCounts counts = this->finish();
  EXPECT_EQ(counts.kept_out, 1U);
  EXPECT_EQ(counts.read, 2U);
  EXPECT_EQ(this->ids(), "a/2 b/1 ");
}

TYPED_TEST(SyncContract, nothing_goes_while_a_record_does_not_say_which_it_is) {
  this->sync({listed("a"), listed("b")});
  this->begin();
  SyncPage page;
  page.kind = individual;
  page.listed = {listed("a", "2")};
  page.nameless = 1;
  page.next.ended = true;
  ASSERT_TRUE(run_task(this->it().stage(page)));
  EXPECT_EQ(this->finish().removed, 0U);
  EXPECT_EQ(this->ids(), "a/2 b/1 ");
}

TYPED_TEST(SyncContract, what_either_of_two_readings_had_stays) {
  this->sync({listed("a"), listed("b"), listed("c"), listed("d")});
  this->begin();
  EXPECT_EQ(run_task(this->it().missing()).error().code, Errc::conflict);
  EXPECT_EQ(run_task(this->it().read_again()).error().code, Errc::conflict);
  this->stage_end({listed("a", "2"), listed("b")});
  EXPECT_EQ(run_task(this->it().missing()).value(), 2U);
  ASSERT_TRUE(run_task(this->it().read_again()));
  const SyncStanding standing = run_task(this->it().standing()).value();
  EXPECT_TRUE(standing.open);
  EXPECT_EQ(standing.place, SyncPlace());
  EXPECT_EQ(standing.counts.read, 0U);
  EXPECT_EQ(run_task(this->it().finish(wall(1))).error().code, Errc::conflict) << "not read to its end";
  this->site_.crash();
  this->import({enrollment(individual, "mine")});
  this->stage_end({listed("a", "2"), listed("c")});
  EXPECT_EQ(run_task(this->it().missing()).value(), 1U);
  const SyncCounts counts = this->finish();
  EXPECT_EQ(counts.read, 2U);
  EXPECT_EQ(counts.changed, 1U);
  EXPECT_EQ(counts.removed, 1U);
  EXPECT_EQ(this->ids(), "a/2 b/1 c/1 mine/1! ");
}

TYPED_TEST(SyncContract, is_not_switched_to_before_it_is_whole) {
  EXPECT_EQ(run_task(this->it().finish(wall(1))).error().code, Errc::conflict);
  EXPECT_EQ(this->stage({listed("a")}).error().code, Errc::conflict);
  this->begin();
  ASSERT_TRUE(this->stage({listed("a")}));
  EXPECT_EQ(run_task(this->it().finish(wall(1))).error().code, Errc::conflict);
  EXPECT_EQ(this->ids(), "");
}

TYPED_TEST(SyncContract, tells_whose_keys_are_to_be_asked_for_and_takes_them) {
  this->begin();
  ASSERT_TRUE(this->stage({listed("line", "1", group)}, "", group));
  Enrollment tpm = listed("tpm");
  tpm.mechanism = Mechanism::tpm;
  this->stage_end({listed("a"), listed("b"), listed("c"), tpm});
  EXPECT_EQ(run_task(this->it().keyless_count()).value(), 0U) << "of what counts";
  this->finish();
  ASSERT_TRUE(run_task(this->site_.registrations().enqueue(outbox_row("b", "5.1"), notes(1))));
  EXPECT_EQ(run_task(this->it().keyless_count()).value(), 4U);
  const auto of = [this](KeylessPlace::Of which, const std::string& after = {}) {
    KeylessPlace from;
    from.of = which;
    from.after = after;
    std::string out;
    for (const Keyless& one : run_task(this->it().keyless(from, 10)).value()) out += one.id + " ";
    return out;
  };
  EXPECT_EQ(of(KeylessPlace::Of::groups), "line ");
  EXPECT_EQ(of(KeylessPlace::Of::seen), "b ");
  EXPECT_EQ(of(KeylessPlace::Of::others), "a c ");
  EXPECT_EQ(of(KeylessPlace::Of::others, "a"), "c ");
  FetchedKeys good;
  good.id = "a";
  good.etag = "1";
  good.primary = SealedKey{"k"};
  FetchedKeys late = good;
  late.id = "c";
  late.etag = "0";
  EXPECT_EQ(run_task(this->it().put_keys({good, late})).value(), 1U);
  EXPECT_EQ(this->held("a")->primary_key, SealedKey{"k"});
  EXPECT_EQ(this->held("a")->keys_etag, "1");
  EXPECT_FALSE(this->held("c")->primary_key);
  EXPECT_EQ(run_task(this->it().keyless_count()).value(), 3U);
  this->sync({listed("a", "2"), listed("b"), listed("c")});
  EXPECT_EQ(this->held("a")->primary_key, SealedKey{"k"}) << "it counts until the new one is here";
  EXPECT_EQ(of(KeylessPlace::Of::others), "a c ");
  this->begin();
  EXPECT_EQ(run_task(this->it().put_keys({good})).error().code, Errc::conflict);
}

TYPED_TEST(SyncContract, many_rows_and_imports_beside_them) {
  std::vector<Enrollment> rows;
  for (int i = 0; i < 2300; ++i) rows.push_back(listed("leaf-" + std::to_string(10'000 + i)));
  this->sync(rows);
  EXPECT_EQ(run_task(this->it().keyless_count()).value(), 2300U);
  for (Enrollment& row : rows) row.etag = "2";
  rows.resize(1300);
  this->begin();
  ASSERT_TRUE(this->stage(rows));
  std::vector<Enrollment> mine;
  for (int i = 1200; i < 1400; ++i)
    mine.push_back(enrollment(individual, "leaf-" + std::to_string(10'000 + i)));
  this->import(mine);
  this->stage_end();
  EXPECT_EQ(this->finish().changed, 1300U);
  EXPECT_EQ(run_task(this->enrollments().count()).value(), 1400U);
  EXPECT_EQ(run_task(this->it().keyless_count()).value(), 1300U);
  EXPECT_EQ(this->held("leaf-11299")->etag, "2");
  EXPECT_EQ(this->held("leaf-11299")->primary_key, mine.front().primary_key);
  EXPECT_EQ(this->held("leaf-11399")->origin, EnrollmentOrigin::carried);
  EXPECT_FALSE(this->held("leaf-11400"));
}

}  // namespace
}  // namespace leafgate::sync_contract_test
