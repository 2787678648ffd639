#include "tests/leaf/conversation.hpp"

#include <gtest/gtest.h>

namespace leafgate::leaf {
namespace {

using Verdict = Outcome::Verdict;

constexpr const char* assigned =
    R"({"operationId":"4.op","status":"assigned","registrationState":{"registrationId":"d-1","status":"assigned",)"
    R"("assignedHub":"h.example.net","deviceId":"D-1"}})";
constexpr const char* assigning = R"({"operationId":"4.op","status":"assigning"})";

// Plays the gateway against the state machine of one family.
struct Leaf {
  explicit Leaf(const char* family, bool direct_only = false) {
    settings.id_scope = "0ne00ABCDEF";
    settings.registration_id = "d-1";
    settings.device_key = "vXyjCN9WmXMXNP2l7VNnSTiDmhM0NRJgA4O54l2sQbY=";
    settings.family = find_family(family);
    settings.direct_only = direct_only;
    conversation.emplace(settings, 1893456000, [] { return std::uint64_t{7}; });
  }

  Step connack(int code = 0, bool session = false) {
    Packet p;
    p.type = PacketType::connack;
    p.return_code = code;
    p.session_present = session;
    return conversation->received(p, 0);
  }
  Step suback(int code = 1) { return acknowledge(PacketType::suback, 1, code); }
  Step acknowledge(PacketType type, std::uint16_t id, int code = 0) {
    Packet p;
    p.type = type;
    p.packet_id = id;
    p.return_code = code;
    return conversation->received(p, 0);
  }
  // Up to the register request; returns the request id in it.
  std::string up_to_register() {
    connack();
    return rid_of(suback());
  }
  static std::string rid_of(const Step& step) {
    const std::size_t at = step.send.find("$rid=") + 5;
    return step.send.substr(at, step.send.find_first_of("&{ \0", at) - at);
  }
  Step answer(const std::string& status_and_query, const std::string& body, std::int64_t now = 1000,
              int qos = 1) {
    Packet p;
    p.type = PacketType::publish;
    p.topic = "$dps/registrations/res/" + status_and_query;
    p.payload = body;
    p.qos = qos;
    p.packet_id = 3;
    return conversation->received(p, now);
  }

  LeafSettings settings;
  std::optional<Conversation> conversation;
};

TEST(Conversation, of_c_goes_from_connect_to_assigned_by_a_poll) {
  Leaf leaf("c");
  EXPECT_NE(leaf.conversation->connected().send.find("d-1/api-version=2021-06-01&ClientVersion=1.15.0"),
            std::string::npos);
  EXPECT_NE(leaf.connack().send.find("$dps/registrations/res/#"), std::string::npos);
  EXPECT_NE(leaf.suback().send.find("PUT/iotdps-register/?$rid=1{"), std::string::npos);
  const Step accepted = leaf.answer("202/?$rid=1&retry-after=3", assigning);
  EXPECT_EQ(accepted.accepted, "4.op");
  EXPECT_EQ(accepted.timer_ms, 3000);
  EXPECT_EQ(accepted.send, encode_puback(3));
  const Step poll = leaf.conversation->timer(0);
  EXPECT_NE(poll.send.find("GET/iotdps-get-operationstatus/?$rid=2&operationId=4.op{"), std::string::npos);
  const Step end = leaf.answer("200/?$rid=2", assigned);
  EXPECT_EQ(end.outcome->verdict, Verdict::assigned);
  EXPECT_EQ(end.outcome->hub, "h.example.net");
  EXPECT_EQ(end.outcome->device_id, "D-1");
  EXPECT_FALSE(end.outcome->direct);
  EXPECT_TRUE(end.close);
}

TEST(Conversation, takes_a_direct_answer) {
  Leaf leaf("python");
  const std::string rid = leaf.up_to_register();
  const Step end = leaf.answer("200/?$rid=" + rid.substr(0, 36), assigned);
  EXPECT_EQ(end.outcome->verdict, Verdict::assigned);
  EXPECT_TRUE(end.outcome->direct);
}

TEST(Conversation, of_node_unsubscribes_before_it_leaves) {
  Leaf leaf("node");
  const std::string rid = leaf.up_to_register().substr(0, 36);
  const Step known = leaf.answer("200/?$rid=" + rid, assigned);
  EXPECT_EQ(known.outcome->verdict, Verdict::assigned);
  EXPECT_FALSE(known.close);
  EXPECT_TRUE(leaf.acknowledge(PacketType::unsuback, 3).close);
}

TEST(Conversation, with_direct_only_ends_at_202) {
  Leaf leaf("c", true);
  leaf.up_to_register();
  const Step end = leaf.answer("202/?$rid=1", assigning);
  EXPECT_EQ(end.outcome->verdict, Verdict::waiting);
  EXPECT_EQ(end.accepted, "4.op");
}

TEST(Conversation, ends_refused_by_connack_status_or_operation) {
  EXPECT_EQ(Leaf("c").connack(5).outcome->connack, 5);
  Leaf unauthorized("c");
  unauthorized.up_to_register();
  const Step no = unauthorized.answer("401/?$rid=1", R"({"errorCode":401000,"message":"Unauthorized"})");
  EXPECT_EQ(no.outcome->verdict, Verdict::refused);
  EXPECT_EQ(no.outcome->http_status, 401);
  EXPECT_EQ(no.outcome->error_code, 401000);
  Leaf disabled("c");
  disabled.up_to_register();
  const Step off = disabled.answer(
      "200/?$rid=1",
      R"({"operationId":"4.op","status":"disabled","registrationState":{"status":"disabled"}})");
  EXPECT_EQ(off.outcome->verdict, Verdict::refused);
  EXPECT_EQ(off.outcome->status, "disabled");
}

TEST(Conversation, repeats_the_same_step_after_429_where_the_family_does) {
  Leaf leaf("c");
  leaf.up_to_register();
  EXPECT_EQ(leaf.answer("429/?$rid=1&retry-after=9", "{}").timer_ms, 9000);
  EXPECT_NE(leaf.conversation->timer(0).send.find("iotdps-register"), std::string::npos);
  Leaf csharp("csharp");
  csharp.up_to_register();
  csharp.acknowledge(PacketType::puback, 2);
  EXPECT_EQ(csharp.answer("429/?$rid=2&retry-after=9", "{}").outcome->verdict, Verdict::refused);
}

TEST(Conversation, gives_up_when_its_family_would) {
  Leaf leaf("java");
  leaf.connack();
  EXPECT_EQ(leaf.suback().timer_ms, 60'000);
  EXPECT_EQ(leaf.conversation->timer(60'000).outcome->verdict, Verdict::no_answer);
}

std::string broken_by(const Step& step) {
  if (!step.outcome || step.outcome->verdict != Verdict::broken) return "";
  return step.outcome->message;
}

TEST(Conversation, names_what_breaks_a_family) {
  EXPECT_NE(broken_by(Leaf("csharp").connack(0, true)), "");
  Leaf early("csharp");
  early.up_to_register();
  EXPECT_EQ(broken_by(early.answer("202/?$rid=2", assigning)), "the answer came before PUBACK");
  Leaf fast("java");
  fast.up_to_register();
  fast.conversation->sent(1000);
  EXPECT_EQ(broken_by(fast.answer("202/?$rid=1", assigning, 1001)),
            "the answer came before Java began to wait");
  Leaf long_pause("csharp");
  long_pause.up_to_register();
  long_pause.acknowledge(PacketType::puback, 2);
  EXPECT_NE(broken_by(long_pause.answer("202/?$rid=2&retry-after=60", assigning)), "");
  Leaf null_member("embedded-c");
  null_member.up_to_register();
  EXPECT_EQ(broken_by(null_member.answer("400/?$rid=1", R"({"errorCode":1,"trackingId":null})")),
            "null where Embedded C takes none");
}

TEST(Conversation, names_what_breaks_every_client) {
  const auto after_register = [](const std::string& topic, const std::string& body) {
    Leaf leaf("c");
    leaf.up_to_register();
    return broken_by(leaf.answer(topic, body));
  };
  EXPECT_NE(after_register("200/?$rid=2", assigned), "");
  EXPECT_NE(after_register("200/$rid=1", assigned), "");
  EXPECT_NE(after_register("200/?$rid=1", "[]"), "");
  EXPECT_NE(after_register("200/?$rid=1", ""), "");
  EXPECT_NE(after_register("202/?$rid=1", assigned), "");
  EXPECT_NE(after_register("202/?$rid=1", R"({"status":"assigning"})"), "");
  EXPECT_NE(
      after_register("200/?$rid=1", R"({"operationId":"o","status":"unassigned","registrationState":{}})"),
      "");
  EXPECT_NE(
      after_register("200/?$rid=1", R"({"operationId":"o","status":"assigned","registrationState":{}})"), "");
  Leaf refused("c");
  refused.connack();
  EXPECT_NE(broken_by(refused.suback(0x80)), "");
  Leaf unasked("c");
  unasked.up_to_register();
  unasked.answer("202/?$rid=1", assigning);
  EXPECT_NE(broken_by(unasked.answer("200/?$rid=1", assigned)), "");
}

}  // namespace
}  // namespace leafgate::leaf
