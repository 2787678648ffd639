// Two streams in memory and what is carried between them, in virtual time.
#include "adapters/tunnel/splice.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "gateway/net/memory_stream.hpp"
#include "gateway/runtime/simulator.hpp"

namespace leafgate::tunnel::splice_test {

std::ostream& operator<<(std::ostream& out, Splice::End end) { return out << static_cast<int>(end); }

namespace {

using namespace std::chrono_literals;
using End = Splice::End;
using net::MemoryStream;

struct Counter final : Onlooker {
  void saw(Side from, ByteView octets) override { (from == Side::leaf ? up : down) += octets.size(); }
  std::size_t up = 0;
  std::size_t down = 0;
};

class SpliceTest : public testing::Test {
 protected:
  SpliceTest() { connect(); }
  ~SpliceTest() override { end_all(); }

  // Nothing may wait any more for what goes.
  void end_all() {
    for (MemoryStream* each : {leaf_.get(), near_.get(), far_.get(), service_.get()}) each->cut();
    sim_.run_for(10s);
    ears_.clear();
    ended_.reset();
  }
  void connect() {
    auto near = MemoryStream::make_pair(sim_.executor(), {.seed = 3, .capacity = 20'000});
    auto far = MemoryStream::make_pair(sim_.executor(), {.seed = 5, .capacity = 20'000});
    leaf_ = std::move(near.first);
    near_ = std::move(near.second);
    far_ = std::move(far.first);
    service_ = std::move(far.second);
  }
  void begin(Splice::Bounds bounds = {}) {
    const auto go = [](Splice& splice, std::optional<End>& into) -> Task<void> {
      into = co_await splice.run();
    };
    splice_.emplace(sim_.executor(), *near_, *far_, bounds, counter_);
    sim_.spawn(go(*splice_, ended_));
    sim_.run_for(1ms);
  }
  void say(MemoryStream& by, const std::string& what) {
    const auto write = [](MemoryStream& stream, std::string words) -> Task<void> {
      const auto written = co_await stream.write(as_bytes(words));
      EXPECT_TRUE(written);
    };
    sim_.spawn(write(by, what));
    sim_.run_for(1ms);
  }
  // What has come to this end since the last call; "|" behind its end.
  std::string heard(MemoryStream& by) {
    const auto listen = [](MemoryStream& stream, std::string& into) -> Task<void> {
      Bytes part(1500);
      for (;;) {
        const auto got = co_await stream.read_some(part);
        if (!got) co_return;
        into += *got == 0 ? "|" : as_text(ByteView(part).first(*got));
        if (*got == 0) co_return;
      }
    };
    if (!ears_.contains(&by)) sim_.spawn(listen(by, ears_[&by]));
    sim_.run_for(1ms);
    return std::exchange(ears_[&by], {});
  }
  End end_within(LoopClock::duration span) {
    sim_.run_for(span);
    EXPECT_TRUE(ended_.has_value());
    return ended_.value_or(End::stopped);
  }

  Simulator sim_{1};
  std::unique_ptr<MemoryStream> leaf_, near_, far_, service_;
  std::map<const MemoryStream*, std::string> ears_;
  Counter counter_;
  std::optional<Splice> splice_;
  std::optional<End> ended_;
};

// Reads all there is, in its own time.
Task<void> read_all(MemoryStream& by, LoopClock::duration pause, std::string& into) {
  Bytes part(1500);
  for (;;) {
    const auto got = co_await by.read_some(part);
    if (!got || *got == 0) co_return;
    into += as_text(ByteView(part).first(*got));
    co_await sleep_for(pause);
  }
}
Task<void> write_all(MemoryStream& by, std::string what) {
  const auto written = co_await by.write(as_bytes(what));
  EXPECT_TRUE(written);
  by.close();
}
std::string pattern(std::size_t size) {
  std::string out(size, '\0');
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + i * 7 % 26);
  return out;
}

TEST_F(SpliceTest, carries_much_both_ways_at_once_and_ends_in_order) {
  begin();
  const std::string up = pattern(300'000);
  const std::string down = pattern(500'001);
  std::string got_up;
  std::string got_down;
  sim_.spawn(read_all(*service_, 1us, got_up));
  sim_.spawn(read_all(*leaf_, 1us, got_down));
  sim_.spawn(write_all(*leaf_, up));
  sim_.spawn(write_all(*service_, down));
  EXPECT_EQ(end_within(10s), End::orderly);
  EXPECT_EQ(got_up, up);
  EXPECT_EQ(got_down, down);
  EXPECT_EQ(counter_.up, up.size());
  EXPECT_EQ(counter_.down, down.size());
}

TEST_F(SpliceTest, a_slow_reader_slows_the_other_side_down_and_nothing_piles_up) {
  begin();
  const std::string down = pattern(400'000);
  sim_.spawn(write_all(*service_, down));
  sim_.run_for(1s);
  // What the leaf's side of the kernel takes, one buffer here, and the rest is still with the service.
  EXPECT_LE(counter_.down, 20'000U + 8'192U);
  EXPECT_EQ(service_->unread(), 20'000U);
  std::string got;
  sim_.spawn(read_all(*leaf_, 50ms, got));
  leaf_->close();
  EXPECT_EQ(end_within(60s), End::orderly);
  EXPECT_EQ(got, down);
}

TEST_F(SpliceTest, the_end_of_the_leaf_is_passed_on_and_the_service_goes_on) {
  begin();
  say(*leaf_, "last words");
  leaf_->close();
  sim_.run_for(1ms);
  EXPECT_EQ(heard(*service_), "last words|");
  say(*service_, "an answer");
  EXPECT_EQ(heard(*leaf_), "an answer");
  EXPECT_FALSE(ended_);
  service_->close();
  EXPECT_EQ(end_within(1ms), End::orderly);
  EXPECT_EQ(splice_->first_to_end(), Side::leaf);
  EXPECT_EQ(heard(*leaf_), "|");
}

TEST_F(SpliceTest, the_end_of_the_service_is_passed_on_and_the_leaf_goes_on) {
  begin();
  say(*service_, "last words");
  service_->close();
  sim_.run_for(1ms);
  EXPECT_EQ(heard(*leaf_), "last words|");
  say(*leaf_, "thanks");
  EXPECT_EQ(heard(*service_), "thanks");
  leaf_->close();
  EXPECT_EQ(end_within(1ms), End::orderly);
  EXPECT_EQ(splice_->first_to_end(), Side::far);
}

TEST_F(SpliceTest, who_has_not_ended_after_the_other_did_is_not_waited_for_long) {
  Splice::Bounds bounds;
  bounds.may_rest = true;
  bounds.silence = 30s;
  begin(bounds);
  service_->close();
  sim_.run_for(29s);
  EXPECT_FALSE(ended_);
  say(*leaf_, "still here");
  sim_.run_for(29s);
  EXPECT_FALSE(ended_) << "each word renews it";
  EXPECT_EQ(end_within(2s), End::orderly);
}

TEST_F(SpliceTest, a_line_that_is_cut_ends_the_other_side_too) {
  for (const bool leaf_goes : {true, false}) {
    SCOPED_TRACE(leaf_goes);
    end_all();
    connect();
    Splice::Bounds bounds;
    bounds.may_rest = true;
    begin(bounds);
    say(*leaf_, "hello");
    (leaf_goes ? *leaf_ : *service_).cut();
    sim_.run_for(1ms);
    EXPECT_EQ(heard(leaf_goes ? *service_ : *leaf_), leaf_goes ? "hello|" : "|") << "told at once";
    EXPECT_EQ(end_within(2s), End::gone) << "though it does not leave by itself";
    EXPECT_EQ(splice_->first_to_end(), leaf_goes ? Side::leaf : Side::far);
  }
}

TEST_F(SpliceTest, nothing_on_its_way_to_the_leaf_is_lost_when_the_service_goes) {
  begin();
  say(*service_, "a last answer");
  service_->cut();
  leaf_->close();
  EXPECT_EQ(end_within(3s), End::gone);
  EXPECT_EQ(heard(*leaf_), "a last answer|");
}

TEST_F(SpliceTest, carries_so_many_octets_and_no_more) {
  Splice::Bounds bounds;
  bounds.octets = 1000;
  begin(bounds);
  say(*leaf_, std::string(600, 'u'));
  say(*service_, std::string(400, 'd'));
  EXPECT_EQ(heard(*leaf_).size(), 400U);
  EXPECT_FALSE(ended_);
  say(*leaf_, "x");
  EXPECT_EQ(end_within(1ms), End::octets);
  EXPECT_EQ(heard(*service_), std::string(600, 'u') + "|");
  EXPECT_EQ(splice_->first_to_end(), std::nullopt);
}

TEST_F(SpliceTest, ends_at_its_time_however_busy) {
  Splice::Bounds bounds;
  bounds.end = sim_.now() + 60s;
  begin(bounds);
  for (int i = 0; i < 5; ++i) {
    say(*leaf_, "word");
    sim_.run_for(10s);
  }
  EXPECT_FALSE(ended_);
  say(*leaf_, "word");
  EXPECT_EQ(end_within(10s), End::time);
}

TEST_F(SpliceTest, ends_after_silence_unless_it_may_rest) {
  begin();
  sim_.run_for(20s);
  say(*service_, "word");
  sim_.run_for(29s);
  EXPECT_FALSE(ended_);
  EXPECT_EQ(end_within(2s), End::silence);
}

TEST_F(SpliceTest, may_rest_for_days) {
  Splice::Bounds bounds;
  bounds.may_rest = true;
  begin(bounds);
  say(*service_, "hello");
  EXPECT_EQ(heard(*leaf_), "hello");
  sim_.run_for(240h);
  EXPECT_FALSE(ended_);
  say(*service_, "word");
  EXPECT_EQ(heard(*leaf_), "word");
  near_->expire(Errc::stopped);
  EXPECT_EQ(end_within(1ms), End::stopped);
}

TEST_F(SpliceTest, nobody_rests_at_an_end_that_never_spoke) {
  Splice::Bounds bounds;
  bounds.may_rest = true;
  begin(bounds);
  say(*leaf_, "hello");
  sim_.run_for(29s);
  EXPECT_FALSE(ended_);
  EXPECT_EQ(end_within(2s), End::silence);
}

TEST_F(SpliceTest, ends_when_either_side_is_stopped) {
  begin();
  far_->expire(Errc::stopped);
  EXPECT_EQ(end_within(1ms), End::stopped);
  EXPECT_EQ(heard(*leaf_), "|");
}

}  // namespace
}  // namespace leafgate::tunnel::splice_test
