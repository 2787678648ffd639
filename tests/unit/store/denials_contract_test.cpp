#include "tests/unit/store/sites.hpp"

namespace leafgate::denials_contract_test {
namespace {

WallTime second(int n) { return WallTime(Seconds(n)); }
Denial id(const std::string& text, std::optional<WallTime> until = std::nullopt) {
  Denial out = make_denial(DenyKind::registration_id, text).value();
  out.until = until;
  return out;
}
Denial certificate(char digit) { return make_denial(DenyKind::certificate, std::string(64, digit)).value(); }

template <class Site>
struct DenialsContractTest : testing::Test {
  Site site;
  Denials& denials() { return site.denials(); }
  StoredDenials stored() {
    site.restart();
    return run_task(denials().load()).value();
  }
  void replace(std::int64_t number, std::vector<Denial> entries) {
    ASSERT_TRUE(run_task(denials().replace_list({number, "digest", second(9)}, std::move(entries))));
  }
};
TYPED_TEST_SUITE(DenialsContractTest, Sites);

TYPED_TEST(DenialsContractTest, nothing_is_held_at_first) {
  const StoredDenials held = this->stored();
  EXPECT_FALSE(held.list);
  EXPECT_TRUE(held.listed.empty() && held.local.empty() && held.words.empty());
}

TYPED_TEST(DenialsContractTest, a_list_replaces_the_one_before_and_leaves_local_ones_alone) {
  ASSERT_TRUE(run_task(this->denials().put_local(id("pump-01"))));
  this->replace(1, {id("pump-01"), id("pump-02")});
  this->replace(2, {id("pump-03", second(5)), certificate('a')});
  const StoredDenials held = this->stored();
  EXPECT_EQ(held.list, (HeldDenyList{2, "digest", second(9)}));
  EXPECT_EQ(held.listed, (std::vector<Denial>{certificate('a'), id("pump-03", second(5))}));
  EXPECT_EQ(held.local, std::vector<Denial>{id("pump-01")});
}

TYPED_TEST(DenialsContractTest, what_stands_twice_in_a_list_counts_for_longer) {
  this->replace(
      1, {id("a", second(5)), id("a", second(7)), id("b"), id("b", second(7)), id("c", second(7)), id("c")});
  EXPECT_EQ(this->stored().listed, (std::vector<Denial>{id("a", second(7)), id("b"), id("c")}));
}

TYPED_TEST(DenialsContractTest, a_local_one_is_replaced_and_removed) {
  ASSERT_TRUE(run_task(this->denials().put_local(id("a"))));
  ASSERT_TRUE(run_task(this->denials().put_local(id("a", second(3)))));
  EXPECT_EQ(this->stored().local, std::vector<Denial>{id("a", second(3))});
  this->replace(1, {id("a")});
  EXPECT_TRUE(run_task(this->denials().remove_local(DenyKind::registration_id, "a")).value());
  EXPECT_FALSE(run_task(this->denials().remove_local(DenyKind::registration_id, "a")).value());
  EXPECT_FALSE(run_task(this->denials().remove_local(DenyKind::certificate, "a")).value());
  const StoredDenials held = this->stored();
  EXPECT_TRUE(held.local.empty());
  EXPECT_EQ(held.listed, std::vector<Denial>{id("a")});
}

TYPED_TEST(DenialsContractTest, the_newest_word_about_a_leaf_counts) {
  ASSERT_TRUE(run_task(this->denials().put_word({"b", true, "", second(1)})));
  ASSERT_TRUE(run_task(this->denials().put_word({"a", false, "ff", second(2)})));
  ASSERT_TRUE(run_task(this->denials().put_word({"b", false, "ee", second(3), "dd"})));
  EXPECT_EQ(this->stored().words,
            (std::vector<OperatorWord>{{"a", false, "ff", second(2)}, {"b", false, "ee", second(3), "dd"}}));
}

TYPED_TEST(DenialsContractTest, a_contest_stays_until_an_operator_has_said_a_word) {
  ASSERT_TRUE(run_task(this->denials().put_contest({"b", "192.0.2.1", second(1)})));
  ASSERT_TRUE(run_task(this->denials().put_contest({"a", "192.0.2.2", second(2)})));
  ASSERT_TRUE(run_task(this->denials().put_contest({"b", "192.0.2.3", second(3)})));
  EXPECT_EQ(this->stored().contests,
            (std::vector<Contest>{{"a", "192.0.2.2", second(2)}, {"b", "192.0.2.3", second(3)}}));
  ASSERT_TRUE(run_task(this->denials().put_word({"b", true, "", second(4)})));
  EXPECT_EQ(this->stored().contests, (std::vector<Contest>{{"a", "192.0.2.2", second(2)}}));
}

TYPED_TEST(DenialsContractTest, a_contest_stays_where_a_word_of_before_has_a_later_date) {
  ASSERT_TRUE(run_task(this->denials().put_word({"a", true, "", second(900)})));  // the clock was ahead
  ASSERT_TRUE(run_task(this->denials().put_contest({"a", "192.0.2.1", second(5)})));
  EXPECT_EQ(this->stored().contests, (std::vector<Contest>{{"a", "192.0.2.1", second(5)}}));
}

TYPED_TEST(DenialsContractTest, a_list_of_the_most_entries_is_kept) {
  std::vector<Denial> entries;
  for (std::size_t i = 0; i < DenyList::most_entries; ++i) entries.push_back(id("leaf-" + std::to_string(i)));
  this->replace(1, std::move(entries));
  EXPECT_EQ(this->stored().listed.size(), DenyList::most_entries);
}

}  // namespace
}  // namespace leafgate::denials_contract_test
