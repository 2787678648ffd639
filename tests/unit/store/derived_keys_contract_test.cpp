#include "tests/unit/store/sites.hpp"

namespace leafgate::derived_keys_contract_test {
namespace {

std::string digest(char filler) { return std::string(32, filler); }

DerivedKey key_of(const std::string& enrollment, const std::string& id, char group_key = '\x01') {
  return {enrollment, id, digest(group_key), SealedKey{"sealed \x01 of " + id}};
}

template <class Site>
class DerivedKeysContract : public ::testing::Test {
 protected:
  Site site_;
  void put(const DerivedKey& key) { ASSERT_TRUE(run_task(site_.derived_keys().put(key))); }
  std::vector<DerivedKey> find(std::vector<std::string> enrollments, std::vector<std::string> ids) {
    return run_task(site_.derived_keys().find(std::move(enrollments), std::move(ids))).value();
  }
  std::size_t keep_only(std::string enrollment, std::vector<std::string> group_keys) {
    return run_task(site_.derived_keys().keep_only(std::move(enrollment), std::move(group_keys))).value();
  }
};
TYPED_TEST_SUITE(DerivedKeysContract, Sites);

TYPED_TEST(DerivedKeysContract, finds_what_was_put_also_after_a_restart) {
  const DerivedKey typed = key_of("group a", "Pump-1");
  const DerivedKey lower = key_of("group a", "pump-1");
  const DerivedKey other = key_of("group b", "Pump-1");
  for (const DerivedKey& key : {typed, lower, other}) this->put(key);
  this->put(key_of("group a", "pump-2"));
  this->site_.restart();
  EXPECT_EQ(this->find({"group a"}, {"Pump-1"}), std::vector{typed}) << "case matters";
  EXPECT_EQ(this->find({"group a", "group b"}, {"Pump-1", "pump-1"}), (std::vector{typed, lower, other}));
  EXPECT_TRUE(this->find({"group a"}, {"pump-3"}).empty());
  EXPECT_TRUE(this->find({}, {"pump-1"}).empty());
}

TYPED_TEST(DerivedKeysContract, a_key_of_each_group_key_and_the_newest_of_one) {
  this->put(key_of("group a", "pump-1", '\x01'));
  this->put(key_of("group a", "pump-1", '\x02'));
  DerivedKey again = key_of("group a", "pump-1", '\x02');
  again.sealed.blob = "sealed anew";
  this->put(again);
  const auto found = this->find({"group a"}, {"pump-1"});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1], again);
}

TYPED_TEST(DerivedKeysContract, what_came_from_group_keys_that_are_gone_goes) {
  constexpr int fleet = 1'100;  // more than go at a time
  for (int i = 0; i < fleet; ++i) this->put(key_of("group a", "pump-" + std::to_string(i), '\x01'));
  this->put(key_of("group a", "pump-1", '\x02'));
  this->put(key_of("group a", "pump-1", '\x03'));
  this->put(key_of("group b", "pump-1", '\x01'));
  EXPECT_EQ(this->keep_only("group a", {digest('\x02'), digest('\x03')}), fleet);
  EXPECT_EQ(this->find({"group a", "group b"}, {"pump-1"}).size(), 3U);
  EXPECT_EQ(this->keep_only("group a", {digest('\x02'), digest('\x03')}), 0U);
  EXPECT_EQ(this->keep_only("group a", {}), 2U);
  EXPECT_EQ(this->find({"group a", "group b"}, {"pump-1"}).size(), 1U);
}

}  // namespace
}  // namespace leafgate::derived_keys_contract_test
