// Deny, then lift: whatever a leaf shows, whatever is known of it, with and without the service.
#include <gtest/gtest.h>

#include "tests/unit/flows/certificate_site.hpp"
#include "tests/unit/flows/deny_site.hpp"
#include "tests/unit/flows/tpm_site.hpp"

namespace leafgate::deny_table_test {
namespace {

enum class Shows { symmetric, leaf_certificate };
enum class By { id, leaf, shown_ca, enrolled_root, enrolled_ca_behind_another, enrolled_ca_behind_its_root };
enum class Before { fresh, known, queued };  // new; answered from cache; open in the outbox

struct Row {
  const char* name;
  Shows shows;
  By by;
  Before before;
  bool online;
  bool stays_connected;  // MQTT; else each request comes by itself (HTTPS)
};

std::vector<Row> rows() {
  std::vector<Row> out;
  for (const bool online : {true, false})
    for (const bool mqtt : {true, false}) {
      for (const Before before : {Before::fresh, Before::known, Before::queued})
        out.push_back({"symmetric key by id", Shows::symmetric, By::id, before, online, mqtt});
      for (const By by : {By::id, By::leaf, By::shown_ca, By::enrolled_root, By::enrolled_ca_behind_another,
                          By::enrolled_ca_behind_its_root})
        for (const Before before : {Before::fresh, Before::known})
          out.push_back({"certificate", Shows::leaf_certificate, by, before, online, mqtt});
    }
  return out;
}

class DenyTable : public CertificateSite, public testing::WithParamInterface<Row> {
 protected:
  DenyDeskAt at_{site_};
  const TestCertificate own_ = CertificateMaker("pump-07").by(line_).make();
  const TestCertificate unrelated_ = CertificateMaker("Some CA").ca().make();
  std::shared_ptr<CountedPresence> connection_;

  void set_up(const Row& row) {
    if (row.shows == Shows::leaf_certificate) {
      enroll(EnrollmentKind::group, "line", line_);
      // Above the CA that decides; the leaf does not show it.
      enroll(EnrollmentKind::group, "root", ca_);
      if (row.before == Before::known) service_has_assigned("pump-07");
    } else {
      site_.enroll("pump-07");
      if (row.before == Before::known) {
        ASSERT_EQ(site_.provision("pump-07").status, 200);
      }
    }
    if (row.before == Before::queued || !row.online) site_.service.up = false;
    site_.simulator.run_for(std::chrono::seconds(5));
    if (row.before == Before::queued) {
      ASSERT_EQ(site_.register_leaf("pump-07").status, 202);
      site_.simulator.run_for(std::chrono::seconds(5));
      ASSERT_EQ(site_.running->forwarder.operations().size(), 1U);
    } else if (!row.online && row.shows == Shows::symmetric) {
      site_.enroll("other");
      (void)site_.register_leaf("other");  // by which the gateway finds out
      site_.simulator.run_for(std::chrono::seconds(5));
      ASSERT_FALSE(site_.running->forwarder.state().up);
    }
    connect(row);
  }
  void connect(const Row& row) {
    connection_ = row.stays_connected ? std::make_shared<CountedPresence>() : nullptr;
  }
  Attempt shown(const Row& row) {
    Attempt a = row.shows == Shows::symmetric ? site_.attempt("pump-07", site_.token("pump-07"))
                                              : attempt(presented(row.by));
    a.presence = connection_;
    return a;
  }
  // Behind its own a leaf may show what it likes, and leave out what is enrolled here.
  std::vector<TestCertificate> presented(By by) const {
    if (by == By::enrolled_ca_behind_another) return {own_, unrelated_};
    if (by == By::enrolled_ca_behind_its_root) return {own_, ca_};
    return {own_, line_};
  }
  Denial denial(const Row& row) const {
    switch (row.by) {
      case By::id:
        break;
      case By::leaf:
        return DenyDeskAt::entry(DenyKind::certificate, enrolled(own_).sha256);
      case By::shown_ca:
      case By::enrolled_ca_behind_another:
      case By::enrolled_ca_behind_its_root:
        return DenyDeskAt::entry(DenyKind::certificate, enrolled(line_).sha256);
      case By::enrolled_root:
        return DenyDeskAt::entry(DenyKind::certificate, enrolled(ca_).sha256);
    }
    return DenyDeskAt::entry(DenyKind::registration_id, "PUMP-07");
  }
};

TEST_P(DenyTable, is_kept_out_at_once_and_as_before_when_that_is_lifted) {
  const Row& row = GetParam();
  set_up(row);
  const Answer before = site_.admit(shown(row));
  ASSERT_LT(before.status, 300) << before.message;
  const int calls = site_.service.calls;
  const TimePoint asked = site_.simulator.now();

  const auto effect = at_.deny(denial(row));
  ASSERT_TRUE(effect) << effect.error().detail;
  EXPECT_LT(site_.simulator.now() - asked, std::chrono::seconds(1));
  EXPECT_EQ(effect->connections, row.stays_connected ? 1U : 0U);
  if (connection_) {
    EXPECT_EQ(connection_->ended, 1);
  }
  if (row.by == By::id && row.before == Before::queued) {
    EXPECT_EQ(effect->operations, 1U);
    EXPECT_EQ(site_.running->forwarder.operations().find("pump-07"), nullptr);
    const auto& outcome = site_.registrations.records.at("pump-07").registration.outcome;
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->reason, Reason::denied);
    EXPECT_FALSE(at_.run(site_.registrations.outbox_row("pump-07")).value());
  }

  connect(row);
  const Answer denied = site_.admit(shown(row));
  EXPECT_EQ(denied.status, 401);
  EXPECT_EQ(denied.reason, Reason::denied);
  EXPECT_TRUE(denied.last) << "its connection ends behind it";
  EXPECT_TRUE(denied.state.empty());
  if (before.operation) {
    Attempt poll = shown(row);
    poll.operation = before.operation;
    EXPECT_EQ(site_.admit(std::move(poll)).status, 401);
  }
  Attempt lookup = shown(row);
  lookup.lookup = true;
  EXPECT_EQ(site_.admit(std::move(lookup)).status, 401);
  EXPECT_LE(site_.service.calls, calls + 2) << "nobody was asked about it; a probe or what was under way";

  ASSERT_TRUE(at_.lift(denial(row)));
  connect(row);
  const Answer after = site_.admit(shown(row));
  EXPECT_EQ(after.status, before.status);
  EXPECT_NE(after.reason, Reason::denied);
}

INSTANTIATE_TEST_SUITE_P(All, DenyTable, testing::ValuesIn(rows()));

struct DenyTpm : EnrolledTpmSite {
  DenyDeskAt at{site};
  [[nodiscard]] Denial endorsement_key() const {
    const auto octets = crypto::base64::decode(tpm.keys().endorsement_key).value();
    return DenyDeskAt::entry(DenyKind::endorsement_key, crypto::hex(crypto::sha256(octets)));
  }
};

TEST_F(DenyTpm, by_its_endorsement_key_it_is_not_even_challenged) {
  ASSERT_EQ(provision().status, 200);
  for (const bool online : {true, false}) {
    site.service.up = online;
    const int challenges = there.challenges;
    ASSERT_TRUE(at.deny(endorsement_key()));
    const Answer denied = ask();
    EXPECT_EQ(denied.status, 401);
    EXPECT_EQ(denied.reason, Reason::denied);
    EXPECT_TRUE(denied.authentication_key.empty());
    EXPECT_EQ(there.challenges, challenges);
    ASSERT_TRUE(at.lift(endorsement_key()));
    EXPECT_FALSE(ask().authentication_key.empty()) << "its round begins again";
  }
}

TEST_F(DenyTpm, a_round_that_has_begun_is_not_ended) {
  ASSERT_EQ(provision().status, 200);
  const Answer challenge = ask();
  ASSERT_FALSE(challenge.authentication_key.empty());
  ASSERT_TRUE(at.deny(endorsement_key()));
  for (const bool with_keys : {true, false}) {
    const Answer denied = bring(token_for(challenge), with_keys);
    EXPECT_EQ(denied.reason, Reason::denied);
    EXPECT_TRUE(denied.authentication_key.empty());
  }
}

TEST_F(DenyTpm, a_poll_brings_its_key_no_more) {
  const Answer challenge = ask();
  const std::string token = token_for(challenge);
  const Answer begun = bring(token);
  ASSERT_EQ(begun.status, 202);
  ASSERT_TRUE(at.deny(id));
  const Answer denied = poll(token, *begun.operation);
  EXPECT_EQ(denied.status, 401);
  EXPECT_TRUE(denied.authentication_key.empty());
}

}  // namespace
}  // namespace leafgate::deny_table_test
