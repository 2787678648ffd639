#include "tests/unit/store/sites.hpp"

namespace leafgate::expectations_contract_test {
namespace {

ExpectedLeaf leaf(const std::string& id) { return {id, "Pump " + id, "192.0.2.7", "A", "it's \"new\""}; }

template <class Site>
struct ExpectationsContractTest : testing::Test {
  Site site;
  std::vector<ExpectedLeaf> load() { return run_task(site.expectations().load()).value(); }
  void replace(std::vector<ExpectedLeaf> leaves) {
    ASSERT_TRUE(run_task(site.expectations().replace(std::move(leaves))));
  }
};
TYPED_TEST_SUITE(ExpectationsContractTest, Sites);

TYPED_TEST(ExpectationsContractTest, is_empty_at_first) { EXPECT_TRUE(this->load().empty()); }

TYPED_TEST(ExpectationsContractTest, keeps_every_word_in_order_of_id_also_after_a_restart) {
  this->replace({leaf("pump-b"), leaf("Pump-A"), leaf("pump-c")});
  this->site.restart();
  const std::vector<ExpectedLeaf> wanted{leaf("Pump-A"), leaf("pump-b"), leaf("pump-c")};
  EXPECT_EQ(this->load(), wanted);
}

TYPED_TEST(ExpectationsContractTest, another_list_takes_the_place_of_the_first) {
  this->replace({leaf("pump-a"), leaf("pump-b")});
  this->replace({leaf("pump-b")});
  EXPECT_EQ(this->load(), std::vector<ExpectedLeaf>{leaf("pump-b")});
  this->replace({});
  EXPECT_TRUE(this->load().empty());
}

TYPED_TEST(ExpectationsContractTest, holds_as_many_as_may_be_imported) {
  std::vector<ExpectedLeaf> many;
  for (std::size_t i = 0; i < expected_most; ++i) many.push_back(leaf("leaf-" + std::to_string(100'000 + i)));
  this->replace(many);
  EXPECT_EQ(this->load(), many);
}

// All of it or nothing: a list with one id twice never comes from the reader, and would be half written.
TEST(StoredExpectations, what_cannot_be_written_leaves_the_list_whole) {
  SqliteSite site;
  ASSERT_TRUE(run_task(site.expectations().replace({leaf("pump-a")})));
  EXPECT_FALSE(run_task(site.expectations().replace({leaf("pump-b"), leaf("PUMP-B")})));
  site.restart();
  EXPECT_EQ(run_task(site.expectations().load()).value(), std::vector<ExpectedLeaf>{leaf("pump-a")});
}

}  // namespace
}  // namespace leafgate::expectations_contract_test
