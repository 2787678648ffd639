#include "gateway/flows/commissioning.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/true_second.hpp"

namespace leafgate::commissioning_test {
namespace {

using testing::ElementsAre;

const WallTime noon = WallTime(Seconds(1'800'000'000));

struct List {
  ExpectedByKey expected;
  SightingsByKey seen;
  std::vector<NamelessSighting> nameless;

  List& expect(const std::string& id, const std::string& place = "", const std::string& label = "") {
    expected[id] = PlacedLeaf(ExpectedLeaf{id, label, place, "", ""});
    return *this;
  }
  List& see(const std::string& id, bool assigned, const std::string& proved_at,
            const std::string& seen_at = "") {
    Sighting& sighting = seen[id];
    sighting.registration_id = id;
    sighting.assigned = assigned;
    sighting.reason = assigned ? Reason::assigned_by_service : Reason::wrong_key;
    sighting.proved_at = proved_at;
    sighting.seen_at = seen_at.empty() ? proved_at : seen_at;
    sighting.last_seen = noon;
    return *this;
  }
  List& stranger(const std::string& source) {
    nameless.push_back({source, Reason::not_tls, noon});
    return *this;
  }
  [[nodiscard]] ExpectedPage page(ExpectedFilter filter = {}) const {
    return compare(expected, seen, nameless, filter);
  }
  [[nodiscard]] ExpectedRow only() const {
    const ExpectedPage all = page();
    EXPECT_EQ(all.rows.size(), 1U);
    return all.rows.empty() ? ExpectedRow() : all.rows.front();
  }
};

struct Case {
  const char* what;
  const char* place;  // expected
  bool is_seen;
  bool assigned;
  const char* proved_at;
  const char* seen_at;
  ExpectedState state;
  const char* told_at;
};
class StateTest : public testing::TestWithParam<Case> {};

TEST_P(StateTest, follows_from_where_and_how_it_was_seen) {
  const Case& c = GetParam();
  List list;
  list.expect("pump-01", c.place);
  if (c.is_seen) list.see("pump-01", c.assigned, c.proved_at, c.seen_at);
  const ExpectedRow row = list.only();
  EXPECT_EQ(row.state, c.state) << c.what;
  EXPECT_EQ(row.seen_at, c.told_at) << c.what;
}

INSTANTIATE_TEST_SUITE_P(
    table, StateTest,
    testing::Values(
        Case{"never seen", "192.0.2.7", false, false, "", "", ExpectedState::missing, ""},
        Case{"assigned where it shall be", "192.0.2.7", true, true, "192.0.2.7", "", ExpectedState::done,
             "192.0.2.7"},
        Case{"in its network", "192.0.2.0/24", true, true, "192.0.2.99", "", ExpectedState::done,
             "192.0.2.99"},
        Case{"on its line", "line1", true, true, "line1/5", "", ExpectedState::done, "line1/5"},
        Case{"anywhere will do", "", true, true, "198.51.100.1", "", ExpectedState::done, "198.51.100.1"},
        Case{"remembered, and not seen since the start", "192.0.2.7", true, true, "", "", ExpectedState::done,
             ""},
        Case{"elsewhere", "192.0.2.7", true, true, "192.0.2.8", "", ExpectedState::wrong_place, "192.0.2.8"},
        Case{"another station", "line1/5", true, true, "line1/6", "", ExpectedState::wrong_place, "line1/6"},
        Case{"elsewhere, and not assigned yet", "192.0.2.7", true, false, "192.0.2.8", "",
             ExpectedState::wrong_place, "192.0.2.8"},
        Case{"refused where it shall be", "192.0.2.7", true, false, "", "192.0.2.7", ExpectedState::waiting,
             "192.0.2.7"},
        Case{"anybody can claim an id from anywhere", "192.0.2.7", true, true, "192.0.2.7", "203.0.113.9",
             ExpectedState::done, "203.0.113.9"},
        Case{"a claim from elsewhere is no proof of the place", "192.0.2.7", true, false, "", "203.0.113.9",
             ExpectedState::waiting, "203.0.113.9"}));

TEST(CommissioningTest, counts_what_is_done_and_what_is_left) {
  List list;
  list.expect("a", "192.0.2.1").expect("b", "192.0.2.2").expect("c").expect("d").see("a", true, "192.0.2.1");
  list.see("b", true, "192.0.2.9").see("c", false, "192.0.2.3").see("x", true, "192.0.2.4");
  list.stranger("192.0.2.5");
  const ExpectedCounts counts = list.page().counts;
  EXPECT_EQ(counts.expected, 4U);
  EXPECT_EQ(counts.done, 1U);
  EXPECT_EQ(counts.wrong_place, 1U);
  EXPECT_EQ(counts.waiting, 1U);
  EXPECT_EQ(counts.missing, 1U);
  EXPECT_EQ(counts.unknown, 2U);
}

TEST(CommissioningTest, what_is_not_done_comes_first_where_that_is_asked_for) {
  List list;
  list.expect("a").expect("b").expect("c").see("a", true, "192.0.2.1").see("x", false, "192.0.2.4");
  ExpectedFilter filter;
  filter.not_done_first = true;
  const auto ids = [&] {
    std::vector<std::string> out;
    const ExpectedPage page = list.page(filter);
    for (const ExpectedRow& row : page.rows) out.push_back(row.leaf.registration_id);
    EXPECT_EQ(page.next, "");
    EXPECT_EQ(page.counts.done, 1U);
    return out;
  };
  EXPECT_THAT(ids(), ElementsAre("b", "c", "x", "a"));
  filter.limit = 3;
  EXPECT_THAT(ids(), ElementsAre("b", "c", "x"));
}

TEST(CommissioningTest, a_typo_is_told_by_the_missing_one_it_looks_like) {
  List list;
  list.expect("pump-01").expect("pump-17").see("pmup-17", false, "").see("valve-99", false, "");
  const ExpectedPage page = list.page({ExpectedState::unknown, "", 100});
  ASSERT_EQ(page.rows.size(), 2U);
  EXPECT_EQ(page.rows[0].nearest, "pump-17");
  EXPECT_EQ(page.rows[1].nearest, "") << "what looks like nothing is no typo";
}

TEST(CommissioningTest, one_that_is_there_already_is_nobodys_typo) {
  List list;
  list.expect("pump-01").see("pump-01", true, "192.0.2.1").see("pump-02", false, "");
  EXPECT_EQ(list.page({ExpectedState::unknown, "", 100}).rows.front().nearest, "");
}

TEST(CommissioningTest, one_that_proved_itself_is_nobodys_typo) {
  List list;
  list.expect("pump-01").see("pump-02", false, "192.0.2.2").see("pump-03", true, "");
  for (const ExpectedRow& row : list.page({ExpectedState::unknown, "", 100}).rows)
    EXPECT_EQ(row.nearest, "") << row.leaf.registration_id;
}

TEST(CommissioningTest, a_missing_one_is_named_for_the_one_that_is_most_like_it) {
  List list;
  list.expect("pump-17").see("pmup-17", false, "").see("pump-1", false, "").see("pump-177", false, "");
  const ExpectedPage page = list.page({ExpectedState::unknown, "", 100});
  std::vector<std::string> named;
  for (const ExpectedRow& row : page.rows)
    if (row.nearest == "pump-17") named.push_back(row.leaf.registration_id);
  EXPECT_THAT(named, ElementsAre("pump-1"));
}

TEST(CommissioningTest, a_stranger_is_told_by_who_was_expected_at_its_address) {
  List list;
  list.expect("pump-01", "192.0.2.1").expect("pump-02", "192.0.2.2").stranger("192.0.2.2");
  const ExpectedRow row = list.page({ExpectedState::unknown, "", 100}).rows.front();
  EXPECT_EQ(row.expected_here, "pump-02");
  EXPECT_EQ(row.seen_at, "192.0.2.2");
}

TEST(CommissioningTest, of_a_network_with_several_missing_nobody_is_meant) {
  List list;
  list.expect("pump-01", "192.0.2.0/24").expect("pump-02", "192.0.2.0/24").stranger("192.0.2.2");
  EXPECT_EQ(list.page({ExpectedState::unknown, "", 100}).rows.front().expected_here, "");
}

TEST(CommissioningTest, pages_follow_each_other_without_a_gap_or_a_repeat) {
  List list;
  for (const char* id : {"a", "b", "c"}) list.expect(id);
  list.see("a", false, "192.0.2.1").see("x", false, "192.0.2.2").stranger("192.0.2.3").stranger("192.0.2.4");
  std::vector<std::string> told;
  ExpectedFilter filter;
  filter.limit = 2;
  do {
    const ExpectedPage page = list.page(filter);
    EXPECT_EQ(page.counts.expected, 3U);
    for (const ExpectedRow& row : page.rows) told.push_back(row.leaf.registration_id + "/" + row.seen_at);
    filter.after = page.next;
  } while (!filter.after.empty());
  EXPECT_THAT(told, ElementsAre("a/192.0.2.1", "b/", "c/", "x/192.0.2.2", "/192.0.2.3", "/192.0.2.4"));
}

TEST(CommissioningTest, twenty_thousand_strangers_to_a_list_of_twenty_thousand_take_no_second) {
  List list;
  for (int i = 0; i < 20'000; ++i) list.expect("pump-line-a-" + std::to_string(100'000 + i));
  for (int i = 0; i < 20'000; ++i) list.see("valve-line-b-" + std::to_string(100'000 + i), false, "");
  const auto begun = std::chrono::steady_clock::now();
  const ExpectedPage page = list.page({ExpectedState::unknown, "", 1000});
  EXPECT_LT(std::chrono::steady_clock::now() - begun, true_second);
  EXPECT_EQ(page.rows.size(), 1000U);
}

TEST(SightingTest, the_newest_word_counts_and_the_gateways_own_notes_are_nobodys_place) {
  Sighting sighting;
  AttemptNote note;
  note.at = noon;
  note.source = "192.0.2.7";
  note.reason = Reason::forwarded_new;
  add_note(sighting, note);
  note.at = noon + Seconds(2);
  note.source = "gateway";
  note.reason = Reason::assigned_by_service;
  add_note(sighting, note);
  EXPECT_EQ(sighting.seen_at, "192.0.2.7");
  EXPECT_EQ(sighting.reason, Reason::assigned_by_service);
  EXPECT_EQ(sighting.last_seen, noon);
  note.at = noon - Seconds(5);
  note.source = "192.0.2.9";
  add_note(sighting, note);
  EXPECT_EQ(sighting.seen_at, "192.0.2.7") << "an older one";
}

TEST(SightingTest, a_leafs_own_notes_count_in_their_order_and_not_by_a_clock_that_was_set_back) {
  const auto note = [](Seconds at, const char* source, Reason reason, bool unverified) {
    AttemptNote n;
    n.at = noon + at;
    n.source = source;
    n.reason = reason;
    n.unverified = unverified;
    return n;
  };
  Sighting sighting;
  add_own_notes(sighting, {note(Seconds(900), "192.0.2.7", Reason::forwarded_new, false),
                           note(Seconds(1), "192.0.2.9", Reason::answered_from_cache, false),
                           note(Seconds(2), "192.0.2.11", Reason::wrong_key, true)});
  EXPECT_EQ(sighting.proved_at, "192.0.2.9");
  EXPECT_EQ(sighting.seen_at, "192.0.2.11");
  EXPECT_EQ(sighting.reason, Reason::wrong_key);
  EXPECT_EQ(sighting.last_seen, noon + Seconds(2));
}

struct Pair {
  const char* a;
  const char* b;
  std::size_t distance;
};
class EditDistance : public testing::TestWithParam<Pair> {};

TEST_P(EditDistance, counts_letters) {
  EXPECT_EQ(edit_distance(GetParam().a, GetParam().b, 3), GetParam().distance);
  EXPECT_EQ(edit_distance(GetParam().b, GetParam().a, 3), GetParam().distance);
}

INSTANTIATE_TEST_SUITE_P(table, EditDistance,
                         testing::Values(Pair{"", "", 0}, Pair{"a", "", 1}, Pair{"pump", "pump", 0},
                                         Pair{"pump", "pmup", 2}, Pair{"pump-1", "pump-11", 1},
                                         Pair{"pump", "bump", 1}, Pair{"abc", "xyz", 3},
                                         Pair{"abcd", "wxyz", 4}, Pair{"a", "abcdef", 4},
                                         Pair{"kitten", "sitting", 3}));

TEST(ExpectedAmong, names_those_who_share_an_address_as_far_as_that_helps) {
  EXPECT_EQ(expected_among({"Press 1"}), "Press 1");
  EXPECT_EQ(expected_among({"Press 1", "Press 2"}), "one of Press 1, Press 2");
  EXPECT_EQ(expected_among({"a", "b", "c", "d"}), "one of 4, a among them");
}

}  // namespace
}  // namespace leafgate::commissioning_test
