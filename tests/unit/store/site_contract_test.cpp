#include "tests/unit/store/sites.hpp"

namespace leafgate::site_contract_test {
namespace {

using namespace example;

template <class Site>
class SiteContract : public ::testing::Test {
 protected:
  Site site_;
  Trust& trust() { return site_.trust(); }
  static crypto::Secret secret(std::string_view text) { return crypto::Secret(as_bytes(text)); }
};
TYPED_TEST_SUITE(SiteContract, Sites);

TYPED_TEST(SiteContract, meter_and_floor_begin_at_nothing_and_outlive_a_restart) {
  EXPECT_EQ(run_task(this->site_.site_state().load()).value().powered, PoweredTime(0));
  ASSERT_TRUE(run_task(this->site_.site_state().save(SiteState{PoweredTime(9), wall(1'790'000'000'000)})));
  this->site_.restart();
  const auto state = run_task(this->site_.site_state().load()).value();
  EXPECT_EQ(state.powered, PoweredTime(9));
  EXPECT_EQ(state.latest_wall, wall(1'790'000'000'000));
}

TYPED_TEST(SiteContract, saving_the_same_writes_nothing) {
  const SiteState state{PoweredTime(9), wall(7)};
  ASSERT_TRUE(run_task(this->site_.site_state().save(state)));
  const auto before = this->site_.writes();
  ASSERT_TRUE(run_task(this->site_.site_state().save(state)));
  EXPECT_EQ(this->site_.writes(), before);
}

TYPED_TEST(SiteContract, a_sealed_key_opens_for_its_row_only) {
  const auto sealed = this->trust().seal(this->secret("key \x01"), "individual/leaf-1").value();
  EXPECT_EQ(as_text(this->trust().unseal(sealed, "individual/leaf-1").value().view()), "key \x01");
  EXPECT_FALSE(this->trust().unseal(sealed, "individual/leaf-2"));
  EXPECT_FALSE(this->trust().unseal(SealedKey{}, "individual/leaf-1"));
}

// Vector: RFC 4231, test case 2.
TYPED_TEST(SiteContract, a_device_key_is_the_mac_of_the_id_as_typed) {
  const auto sealed = this->trust().seal(this->secret("Jefe"), "group/a").value();
  const auto derived = this->trust().derive(sealed, "group/a", "what do ya want for nothing?").value();
  EXPECT_EQ(derived.size(), 32U);
  EXPECT_EQ(derived.view()[0], 0x5b);
  EXPECT_EQ(derived.view()[31], 0x43);
  EXPECT_FALSE(this->trust().derive(sealed, "group/b", "leaf-1"));
}

TYPED_TEST(SiteContract, the_macs_of_a_store_outlive_a_restart) {
  const std::string mac = this->trust().store_mac("leaf-1");
  EXPECT_EQ(mac.size(), 32U);
  EXPECT_NE(mac, this->trust().store_mac("leaf-2"));
  this->site_.restart();
  EXPECT_EQ(this->trust().store_mac("leaf-1"), mac);
}

}  // namespace
}  // namespace leafgate::site_contract_test
