#include "adapters/mqtt/broker/outbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/mqtt/broker/leaves.hpp"
#include "adapters/mqtt/broker/letterbox.hpp"
#include "tests/fakes/fake_leaf_link.hpp"
#include "tests/fakes/run_task.hpp"

namespace leafgate::broker::outbox_test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const TimePoint start{1h};

Outgoing message(const std::string& topic, std::size_t size = 1) { return {topic, Bytes(size), {}}; }

std::vector<std::string> take_all(Outbox& from, std::vector<std::uint64_t>* ids = nullptr) {
  std::vector<std::string> out;
  while (const auto next = from.next()) {
    out.push_back(next->message.topic);
    if (ids != nullptr) ids->push_back(next->id);
  }
  return out;
}

TEST(BrokerOutbox, SendsInOrderAndAgainWhatWasNotAcknowledged) {
  Outbox box(60s);
  for (const char* topic : {"a", "b", "c"}) box.add(message(topic), start);
  std::vector<std::uint64_t> ids;
  EXPECT_THAT(take_all(box, &ids), ElementsAre("a", "b", "c"));
  EXPECT_THAT(take_all(box), ElementsAre());
  EXPECT_TRUE(box.done(ids[1]));
  EXPECT_FALSE(box.done(ids[1])) << "once";
  box.add(message("d"), start);
  box.put_back();
  EXPECT_THAT(take_all(box), ElementsAre("a", "c", "d"));
  box.put_back();
  EXPECT_FALSE(box.done(ids[0])) << "the word of a connection before is not taken for this one's";
}

TEST(BrokerOutbox, KeepsNothingForTooLongAndNotTooMuch) {
  Outbox box(60s, {3, 100, 2});
  for (const char* topic : {"a", "b", "c", "d"}) box.add(message(topic), start);
  EXPECT_EQ(box.dropped(), 1U);
  EXPECT_THAT(take_all(box), ElementsAre("b", "c")) << "a window of two";
  box.add(message("e", 99), start + 1s);
  EXPECT_EQ(box.size(), 2U) << "the oldest made room";
  box.look(start + 60s);
  EXPECT_EQ(box.size(), 1U);
  box.look(start + 61s);
  EXPECT_EQ(box.size(), 0U);
  EXPECT_EQ(box.dropped(), 5U);
}

TEST(BrokerOutbox, HoldsAnAnswerToEachLeafOfABurst) {
  Outbox box(60s);
  for (int i = 0; i < 1'024; ++i) box.add(message("leaf", 400), start);
  EXPECT_EQ(box.dropped(), 0U);
}

TEST(BrokerLeaves, ForgetWhoWasNotHeardOfForLongest) {
  FakeLeafLink link;
  std::vector<std::string> sent;
  Leaves leaves(
      link, "broker/b:1", [&](Outgoing out) { sent.push_back(out.topic); }, 2);
  const auto first = leaves.at("a");
  const auto second = leaves.at("b");
  EXPECT_EQ(leaves.at("a"), first);
  const auto third = leaves.at("c");
  EXPECT_THAT(link.lost_ids, ElementsAre("b"));
  EXPECT_FALSE(second->is_there());
  second->send({1});
  first->send({1});
  third->answer_at({"leafgate/v1/c/inbox", {7}});
  third->send({1});
  EXPECT_THAT(sent, ElementsAre("leafgate/v1/a/down", "leafgate/v1/c/inbox"));
  EXPECT_NE(leaves.at("b"), second) << "it speaks again";
  leaves.close();
  EXPECT_EQ(link.lost_ids.size(), 4U);
  EXPECT_EQ(leaves.size(), 0U);
}

TEST(BrokerLetterbox, IsBoundedForMessagesAndNeverForWhatTheClientSays) {
  auto& loop = test_loop();
  loop.restart();
  std::size_t messages = 0;
  std::size_t others = 0;
  const auto box = std::make_shared<Letterbox>(loop.get_executor(), [&](const Report& report) {
    ++(std::holds_alternative<Arrived>(report) ? messages : others);
  });
  box->only(1);
  for (std::size_t i = 0; i < Letterbox::most_messages + 5; ++i) box->put(1, Arrived{});
  box->put(1, Connected{});
  box->put(0, Broken{});  // of a connection before
  EXPECT_EQ(box->dropped(), 5U);
  loop.run_one();
  EXPECT_LT(messages, 100U) << "one turn of the loop is short";
  loop.run();
  EXPECT_EQ(messages, Letterbox::most_messages);
  EXPECT_EQ(others, 1U);
  loop.restart();
  Arrived large;
  large.payload.resize(Letterbox::most_octets / 2 + 1);
  box->put(1, large);
  box->put(1, large);
  EXPECT_EQ(box->dropped(), 6U);
  box->close();
  loop.run();
  EXPECT_EQ(messages, Letterbox::most_messages) << "closed";
}

}  // namespace
}  // namespace leafgate::broker::outbox_test
