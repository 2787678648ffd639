// What is told of a session that went through: conversations that OpenSSL had with itself are played again
// by a leaf and a service, since a tunnel understands none of what it carries.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/unit/tunnel/handshake.hpp"
#include "tests/unit/tunnel/tunnel_fixture.hpp"

namespace leafgate::tunnel::session_test {
namespace {

using namespace std::chrono_literals;
using net::BlockingClient;
using Pieces = std::vector<Conversation::Piece>;

class SessionTest : public TunnelTest {
 protected:
  // The first so many pieces; each side hears what the other says.
  void play(const Pieces& pieces, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      const Conversation::Piece& piece = pieces[i];
      const int from = piece.from == Side::leaf ? leaf_->fd() : service_.get();
      say(from, piece.octets);
      if (service_.get() < 0) service_ = far_.accept();
      const int to = piece.from == Side::leaf ? service_.get() : leaf_->fd();
      ASSERT_EQ(hear(to, piece.octets.size()).size(), piece.octets.size()) << "piece " << i;
    }
  }
  void play_all(const Meeting& meeting) {
    const Conversation conversation(meeting);
    leaf_.emplace(port_);
    play(conversation.pieces(), conversation.pieces().size());
    leaf_->finish();
    service_ = net::OwnedDescriptor();
    EXPECT_TRUE(leaf_->reads_to_end());
  }
  void leave() { leaf_.reset(); }

  std::optional<BlockingClient> leaf_;
  net::OwnedDescriptor service_;
};

struct Row {
  const char* what;
  Meeting meeting;
  Reason reason;
  const char* detail;
  const char* claimed_id;
  bool answered;
};

TEST_F(SessionTest, is_told_by_how_it_went) {
  constexpr int v2 = TLS1_2_VERSION;
  constexpr int v3 = TLS1_3_VERSION;
  const Row rows[] = {
      {"1.2", {.version = v2}, Reason::none, "", "press-7", true},
      {"1.3", {.version = v3}, Reason::none, "", "passed", true},
      {"1.2, no certificate", {.version = v2, .shows = false}, Reason::none, "", "passed", true},
      {"1.2, leaf lacks the CA",
       {.version = v2, .leaf_trusts = false},
       Reason::leaf_refuses_service_certificate,
       "unknown CA",
       "passed",
       false},
      {"1.3, leaf lacks the CA",
       {.version = v3, .leaf_trusts = false},
       Reason::leaf_refuses_service_certificate,
       "unknown CA",
       "passed",
       false},
      {"1.2, service does not take it",
       {.version = v2, .service_trusts = false},
       Reason::passed_through,
       "the service sent the TLS alert unknown CA",
       "press-7",
       false},
      {"1.3, service does not take it",
       {.version = v3, .service_trusts = false},
       Reason::passed_through,
       "the service ended it in the handshake: mostly it does not take the leaf's certificate",
       "passed",
       false},
  };
  start();
  std::size_t told = 0;
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    passes_.give("127.0.0.1", "passed");
    const Conversation conversation(row.meeting);
    leaf_.emplace(port_);
    play(conversation.pieces(), conversation.pieces().size());
    service_ = net::OwnedDescriptor();
    leave();
    // One after the other: two that end at once would be told in any order.
    const std::size_t ended = static_cast<std::size_t>(&row - rows) + 1;
    ASSERT_EQ(passes_.sessions(ended).size(), ended);
    if (row.answered) continue;  // no failure of a stranger: told to whoever learns of sessions, below
    const auto events = journal_.events(++told);
    ASSERT_EQ(events.size(), told);
    EXPECT_EQ(events.back().reason, row.reason);
    EXPECT_EQ(events.back().detail, std::string(row.detail) + ", asked for dps.example");
    EXPECT_EQ(events.back().claimed_id, row.claimed_id);
  }
  stop();
  const auto sessions = passes_.sessions();
  ASSERT_EQ(sessions.size(), std::size(rows));
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    EXPECT_EQ(sessions[i].claimed_id, rows[i].claimed_id) << rows[i].what;
    EXPECT_EQ(sessions[i].answered, rows[i].answered) << rows[i].what;
    EXPECT_EQ(sessions[i].server_name, dps);
    EXPECT_EQ(sessions[i].source.transport, Transport::tunnel);
    EXPECT_EQ(sessions[i].source.address, "127.0.0.1");
    EXPECT_GE(sessions[i].begun, clock_.start);
  }
}

TEST_F(SessionTest, is_no_longer_unproven_once_the_service_has_answered) {
  always_pass();
  start(1);
  const Conversation conversation({.version = TLS1_3_VERSION});
  std::vector<std::pair<BlockingClient, net::OwnedDescriptor>> standing;
  for (int i = 0; i < 6; ++i) {
    leaf_.emplace(port_);
    play(conversation.pieces(), conversation.pieces().size());
    standing.emplace_back(std::move(*leaf_), std::move(service_));
    service_ = net::OwnedDescriptor();
  }
  EXPECT_EQ(endpoint_->counts().open, 6U);
  EXPECT_EQ(endpoint_->counts().up + endpoint_->counts().down, 6 * conversation.octets());
}

TEST_F(SessionTest, a_leaf_that_leaves_without_an_alert_is_told_as_one_that_lacks_the_ca) {
  always_pass();
  start();
  const Conversation conversation({.version = TLS1_3_VERSION});
  leaf_.emplace(port_);
  play(conversation.pieces(), 2);
  leaf_->finish();
  EXPECT_EQ(hear(service_.get(), 1), "");
  service_ = net::OwnedDescriptor();
  EXPECT_EQ(event().reason, Reason::passed_through);
  EXPECT_EQ(
      event().detail,
      "it left in the handshake: mostly it does not trust the service's certificate, asked for dps.example");
}

TEST_F(SessionTest, a_leaf_that_refuses_its_hub_is_told_too) {
  pass_hubs();
  start();
  Meeting meeting;
  meeting.leaf_trusts = false;
  meeting.server_name = hub;
  play_all(meeting);
  EXPECT_EQ(event().reason, Reason::leaf_refuses_service_certificate);
  EXPECT_EQ(event().detail, std::string("unknown CA, asked for ") + hub);
  stop();
  EXPECT_TRUE(passes_.sessions().empty()) << "that is no session with the service";
}

TEST_F(SessionTest, ends_wherever_it_is_cut) {
  always_pass();
  start();
  std::size_t told = 0;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const Conversation conversation({.version = version});
    for (std::size_t count = 1; count <= conversation.pieces().size(); ++count) {
      for (const bool leaf_goes : {true, false}) {
        SCOPED_TRACE("after " + std::to_string(count));
        leaf_.emplace(port_);
        play(conversation.pieces(), count);
        const linger reset{1, 0};  // without a goodbye
        ::setsockopt(leaf_goes ? leaf_->fd() : service_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        if (leaf_goes) {
          leave();
          EXPECT_EQ(hear(service_.get(), 1), "") << "the service hears of it at once";
          service_ = net::OwnedDescriptor();
        } else {
          service_ = net::OwnedDescriptor();
          EXPECT_EQ(hear(leaf_->fd(), 1), "") << "the leaf hears of it at once";
          leave();
        }
        EXPECT_EQ(passes_.sessions(++told).size(), told);
      }
    }
  }
  stop();
  const auto sessions = passes_.sessions();
  const auto answered =
      std::count_if(sessions.begin(), sessions.end(), [](const PassedSession& s) { return s.answered; });
  EXPECT_GT(answered, 0);
  EXPECT_EQ(journal_.events(0).size(), told - static_cast<std::size_t>(answered)) << "the others failed";
}

}  // namespace
}  // namespace leafgate::tunnel::session_test
