#include "gateway/net/penalties.hpp"

#include <gtest/gtest.h>

namespace leafgate::net::penalties_test {
namespace {

using namespace std::chrono_literals;
using Kind = Penalties::Kind;
using Treatment = Penalties::Treatment;

constexpr std::uint64_t line = 0xC0000207;
constexpr std::uint64_t other = 0xC0000208;

class PenaltiesTest : public testing::Test {
 protected:
  void fail(Kind kind, int times, std::uint64_t source = line) {
    for (int i = 0; i < times; ++i) penalties_.failed(source, kind, now_);
  }
  Treatment treatment(std::uint64_t source = line) { return penalties_.treatment(source, now_); }

  Penalties penalties_;
  TimePoint now_{1h};
};

TEST_F(PenaltiesTest, act_when_fifteen_seconds_have_come_together) {
  struct Row {
    Kind kind;
    int bearable;
  };
  std::uint64_t source = 1;
  for (const Row row :
       {Row{Kind::bad_tls, 14}, Row{Kind::authentication, 2}, Row{Kind::timeout, 1}, Row{Kind::decoder, 0}}) {
    fail(row.kind, row.bearable, ++source);
    EXPECT_EQ(treatment(source), Treatment::welcome) << row.bearable;
    fail(row.kind, 1, source);
    EXPECT_EQ(treatment(source), Treatment::held) << row.bearable;
  }
}

TEST_F(PenaltiesTest, pass_with_time) {
  fail(Kind::authentication, 3);
  now_ += 14s;
  EXPECT_EQ(treatment(), Treatment::held) << "until all of it has passed";
  now_ += 1s;
  EXPECT_EQ(treatment(), Treatment::welcome);
  fail(Kind::authentication, 2);
  EXPECT_EQ(treatment(), Treatment::welcome) << "what has passed does not come back";
}

TEST_F(PenaltiesTest, a_slow_trickle_of_failures_never_acts) {
  for (int i = 0; i < 1000; ++i) {
    fail(Kind::authentication, 1);
    ASSERT_EQ(treatment(), Treatment::welcome);
    now_ += 5s;
  }
}

TEST_F(PenaltiesTest, never_last_longer_than_ten_minutes) {
  fail(Kind::decoder, 1000);
  now_ += 10min - 1ms;
  EXPECT_EQ(treatment(), Treatment::held);
  now_ += 1ms;
  EXPECT_EQ(treatment(), Treatment::welcome);
}

TEST_F(PenaltiesTest, concern_their_source_alone) {
  fail(Kind::decoder, 1);
  EXPECT_EQ(treatment(other), Treatment::welcome);
}

TEST_F(PenaltiesTest, a_source_with_a_verified_leaf_is_only_slowed_for_a_day) {
  penalties_.verified(line, now_);
  fail(Kind::decoder, 10);
  EXPECT_EQ(treatment(), Treatment::slowed);
  now_ += 24h;
  fail(Kind::decoder, 10);
  EXPECT_EQ(treatment(), Treatment::held);
  penalties_.verified(line, now_);
  EXPECT_EQ(treatment(), Treatment::slowed);
}

TEST_F(PenaltiesTest, remember_a_bounded_number_of_sources_and_forget_the_oldest) {
  for (std::uint64_t source = 1; source <= 4097; ++source) fail(Kind::decoder, 1, source);
  EXPECT_EQ(penalties_.penalised(), 4096U);
  EXPECT_EQ(treatment(1), Treatment::welcome);
  EXPECT_EQ(treatment(2), Treatment::held);
  EXPECT_EQ(treatment(4097), Treatment::held);
}

TEST_F(PenaltiesTest, a_crowd_of_failing_sources_does_not_push_out_a_verified_one) {
  penalties_.verified(line, now_);
  for (std::uint64_t source = 1; source <= 10'000; ++source) fail(Kind::decoder, 1, source);
  fail(Kind::decoder, 1);
  EXPECT_EQ(treatment(), Treatment::slowed);
}

TEST_F(PenaltiesTest, tell_of_a_held_source_now_and_then) {
  fail(Kind::decoder, 1);
  EXPECT_TRUE(penalties_.should_tell(line, now_));
  EXPECT_FALSE(penalties_.should_tell(line, now_ + 9s));
  EXPECT_TRUE(penalties_.should_tell(line, now_ + 10s));
  EXPECT_FALSE(penalties_.should_tell(other, now_));
}

}  // namespace
}  // namespace leafgate::net::penalties_test
