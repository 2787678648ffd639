// How long a connection is kept, and what is told to requests that were not read to their end.
#include <gtest/gtest.h>

#include "tests/unit/https/door.hpp"

namespace leafgate::https::connection_test {
namespace {

Answer waiting_for(Reason why) {
  Answer answer;
  answer.status = 202;
  answer.operation = *OperationId::parse(FakeRegistrar::operation);
  answer.retry_after = Seconds(3);
  answer.reason = why;
  return answer;
}

// The C SDK never connects anew: it must hear the end on the connection it registered by.
TEST(HttpsConnection, a_poll_does_not_count_against_a_connection_while_the_service_is_asked) {
  Door door;
  door.limits.unproven = 2;
  door.registrar.trouble = waiting_for(Reason::relayed);
  const std::string polls = get(FakeRegistrar::operation) + get(FakeRegistrar::operation);
  EXPECT_EQ(count(door.says(put("any") + polls + polls), "HTTP/1.1 202"), 5U);
  door.registrar.attempts.clear();
  EXPECT_EQ(count(door.says(put("any") + put("any") + polls), "HTTP/1.1 202"), 2U) << "requests do";
  door.registrar.trouble = waiting_for(Reason::unknown_offline);
  EXPECT_EQ(count(door.says(put("any") + polls), "HTTP/1.1 202"), 2U) << "so does waiting for anything else";
}

TEST(HttpsConnection, a_connection_is_kept_for_as_long_as_its_leaf_was_told_to_wait) {
  Answer answer = waiting_for(Reason::queued_offline);
  for (const auto& [told, kept] : {std::pair(Seconds(1), Seconds(15)), std::pair(Seconds(33), Seconds(43))}) {
    Door door;
    answer.retry_after = told;
    door.registrar.trouble = answer;
    TimePoint deadline{};
    const std::string answered = door.says(put("any", "prov_device_client/1.0"), &deadline);
    EXPECT_NE(answered.find("Retry-After: " + std::to_string(told.count()) + "\r\n"), std::string::npos);
    EXPECT_EQ(deadline, TimePoint{} + kept);
  }
}

TEST(HttpsConnection, a_peer_of_1_0_is_answered_once) {
  Door door;
  std::string old = put(door.registrar.good_token);
  old.replace(old.find("HTTP/1.1\r\n"), 10, "HTTP/1.0\r\nConnection: keep-alive\r\n");
  const std::string answers = door.says(old + old);
  EXPECT_EQ(count(answers, "HTTP/1.1 202"), 1U);
  EXPECT_EQ(count(answers, "Connection: close"), 1U);
}

TEST(HttpsConnection, a_request_that_is_too_large_is_told_so_and_journaled_with_its_id) {
  Door door;
  const std::string answer = door.says(
      "PUT /s/registrations/leaf-1/register?api-version=1 HTTP/1.1\r\nHost: x\r\nContent-Length: "
      "99999\r\n\r\n");
  EXPECT_EQ(status_of(answer), 413);
  EXPECT_NE(answer.find(R"("message":"The message is too large.")"), std::string::npos) << answer;
  ASSERT_EQ(door.journal.events.size(), 1U);
  EXPECT_EQ(door.journal.events[0].reason, Reason::request_too_large);
  EXPECT_EQ(door.journal.events[0].claimed_id, "leaf-1");
}

TEST(HttpsConnection, a_request_without_a_length_is_told_to_send_one) {
  Door door;
  const std::string answer = door.says("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(status_of(answer), 411);
  EXPECT_NE(answer.find("send a Content-Length\""), std::string::npos) << answer;
  EXPECT_EQ(door.journal.events.at(0).claimed_id, "");
}

}  // namespace
}  // namespace leafgate::https::connection_test
