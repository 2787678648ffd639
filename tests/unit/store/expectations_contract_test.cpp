#include <memory>

#include <gtest/gtest.h>

#include "store/store.hpp"
#include "tests/fakes/fake_expectations.hpp"
#include "tests/fakes/run_task.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/unit/store/examples.hpp"

namespace leafgate {
namespace {

class FakeList {
 public:
  Expectations& list() { return list_; }
  void restart() {}

 private:
  FakeExpectations list_;
};

class StoredList {
 public:
  StoredList() { open(); }
  Expectations& list() { return store_->expectations(); }
  void restart() {
    store_->stop();
    store_.reset();
    open();
  }

 private:
  void open() {
    StoreOptions options;
    options.path = folder_.path();
    store_ = Store::open(std::move(options), random_).value();
  }
  TemporaryFolder folder_;
  example::CountingRandom random_;
  std::unique_ptr<Store> store_;
};

ExpectedLeaf leaf(const std::string& id) { return {id, "Pump " + id, "192.0.2.7", "A", "it's \"new\""}; }

template <class List>
struct ExpectationsContractTest : testing::Test {
  List site;
  std::vector<ExpectedLeaf> load() { return run_task(site.list().load()).value(); }
  void replace(std::vector<ExpectedLeaf> leaves) {
    ASSERT_TRUE(run_task(site.list().replace(std::move(leaves))));
  }
};
using Lists = testing::Types<FakeList, StoredList>;
TYPED_TEST_SUITE(ExpectationsContractTest, Lists);

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
  StoredList site;
  ASSERT_TRUE(run_task(site.list().replace({leaf("pump-a")})));
  EXPECT_FALSE(run_task(site.list().replace({leaf("pump-b"), leaf("PUMP-B")})));
  site.restart();
  EXPECT_EQ(run_task(site.list().load()).value(), std::vector<ExpectedLeaf>{leaf("pump-a")});
}

}  // namespace
}  // namespace leafgate
