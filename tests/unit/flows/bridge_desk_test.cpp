#include "gateway/flows/bridge_desk.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/flows/events.hpp"
#include "tests/fakes/fake_audit_log.hpp"
#include "tests/unit/flows/derivation_site.hpp"

namespace leafgate::bridge_desk_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr Millis hour = std::chrono::hours(1);

struct BridgeDeskTest : testing::Test {
  DerivationSite site;
  FakeAuditLog log;
  Events events;
  Reason doubt = Reason::none;
  std::unique_ptr<BridgeDesk> desk = open();

  std::unique_ptr<BridgeDesk> open() {
    BridgeDesk::Ports ports{
        site.running->ledger,      site.trust, site.clock, doubt, Audited(log, site.clock, events),
        &site.running->derivations};
    return std::make_unique<BridgeDesk>(site.simulator.executor(), ports);
  }
  static Actor boiler() {
    Actor who;
    who.uid = 900;
    who.pid = 77;
    who.user = "boiler";
    return who;
  }
  // Changes an enrollment as an import would.
  void change(const std::string& id, const std::function<void(Enrollment&)>& to) {
    const bool is_group = site.enrollments.group_rows.contains(id);
    to(is_group ? site.enrollments.group_rows.at(id) : site.enrollments.individuals.at(id));
    site.running->ledger.enrollments_changed();
  }
  void assign(const std::string& id) {
    site.enroll(id);
    change(id, [](Enrollment& e) { e.bridge = true; });
    ASSERT_EQ(site.provision(id).registration_status, RegistrationStatus::assigned);
  }
  // Takes no longer than the answer does.
  HubTokenAnswer ask(const std::string& id, Millis life = hour) {
    std::optional<HubTokenAnswer> answer;
    const auto keep = [](Task<HubTokenAnswer> task, std::optional<HubTokenAnswer>& into) -> Task<void> {
      into.emplace(co_await std::move(task));
    };
    site.simulator.spawn(keep(desk->hub_token(RegistrationId::parse(id).value(), life, boiler()), answer));
    site.simulator.run_for(Millis(0));
    while (!answer) site.simulator.run_for(Millis(1));
    return std::move(*answer);
  }
  HubTokenAnswer ask_later(const std::string& id, Millis life = hour) {
    site.simulator.run_for(seconds(10));
    return ask(id, life);
  }
  Error refusal(const std::string& id) {
    const HubTokenAnswer answer = ask_later(id);
    EXPECT_FALSE(answer.token) << id;
    return answer.token ? Error() : answer.token.error();
  }
};

TEST_F(BridgeDeskTest, gives_a_token_for_the_hub_and_the_device_of_the_leaf) {
  assign("leaf-1");
  const auto token = ask("leaf-1", minutes(30)).token;
  ASSERT_TRUE(token) << token.error().detail;
  const Assignment& assignment = *site.running->ledger.peek("leaf-1")->registration.assignment;
  EXPECT_EQ(token->hub, assignment.assigned_hub);
  EXPECT_EQ(token->device_id, assignment.device_id);
  EXPECT_EQ(token->expires, std::chrono::floor<Seconds>(site.clock.now().at + minutes(30)));
  const auto parsed = parse_sas_token(token->token);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->resource, token->hub + "/devices/" + token->device_id);
  EXPECT_EQ(parsed->expires_at, token->expires);
  EXPECT_EQ(parsed->key_name, "") << "a device signs by no name of a policy";
  const auto mac = crypto::hmac_sha256(as_bytes("the primary key of it"), as_bytes(parsed->signed_text));
  EXPECT_EQ(Bytes(mac.begin(), mac.end()), parsed->signature);
}

TEST_F(BridgeDeskTest, a_token_lives_between_a_minute_and_an_hour) {
  assign("leaf-1");
  EXPECT_EQ(ask("leaf-1", Millis(59'999)).token.error().code, Errc::malformed);
  const auto longest = ask("leaf-1", 24 * hour).token;
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->expires, std::chrono::floor<Seconds>(site.clock.now().at + hour));
  const auto shortest = ask_later("leaf-1", minutes(1)).token;
  ASSERT_TRUE(shortest);
  EXPECT_EQ(shortest->expires, std::chrono::floor<Seconds>(site.clock.now().at + minutes(1)));
}

TEST_F(BridgeDeskTest, who_asked_stands_in_the_audit_log_and_the_token_does_not) {
  assign("leaf-1");
  change("leaf-1", [](Enrollment& e) { e.bridge = false; });
  EXPECT_FALSE(ask("Leaf-1").token);
  change("leaf-1", [](Enrollment& e) { e.bridge = true; });
  const auto token = ask_later("leaf-1").token;
  ASSERT_TRUE(token);
  ASSERT_EQ(log.entries.size(), 2U);
  EXPECT_EQ(log.entries[0].what, "hub-token");
  EXPECT_EQ(log.entries[0].object, "Leaf-1");
  EXPECT_EQ(log.entries[0].actor.uid, 900);
  EXPECT_EQ(log.entries[0].actor.pid, 77);
  EXPECT_THAT(log.entries[0].outcome, HasSubstr("leafgate.bridge = true"));
  EXPECT_EQ(log.entries[1].outcome, "done");
  log.fail.fail_all(Error(Errc::store_full, "no room"));
  EXPECT_EQ(refusal("leaf-1").code, Errc::store_full) << "what is not written is not given";
}

TEST_F(BridgeDeskTest, says_why_there_is_none) {
  struct Row {
    const char* why;
    std::function<void(Enrollment&)> change;
    Errc code;
    const char* part;
  };
  assign("leaf-1");
  const Enrollment good = site.enrollments.individuals.at("leaf-1");
  for (const Row& row : std::initializer_list<Row>{
           {"bridge", [](Enrollment& e) { e.bridge = false; }, Errc::refused, "leafgate.bridge = true"},
           {"disabled", [](Enrollment& e) { e.enabled = false; }, Errc::refused,
            "disabled: individual leaf-1"},
           {"x509", [](Enrollment& e) { e.mechanism = Mechanism::x509; }, Errc::conflict, "is x509"},
           {"keyless", [](Enrollment& e) { e.primary_key.reset(); }, Errc::not_found, "without a key"},
           {"other key",
            [this](Enrollment& e) {
              e.primary_key = site.trust.seal(Site::key("new"), reference(e)).value();
            },
            Errc::conflict, "another key than the one that earned its hub: the leaf has to register again"},
           {"moved etag", [](Enrollment& e) { e.etag = "2"; }, Errc::internal, ""}}) {
    site.enrollments.put(good);
    change("leaf-1", row.change);
    const auto token = ask_later("leaf-1").token;
    if (row.code == Errc::internal) {
      EXPECT_TRUE(token) << row.why << ": the hub has this key still";
      continue;
    }
    ASSERT_FALSE(token) << row.why;
    EXPECT_EQ(token.error().code, row.code) << row.why;
    EXPECT_THAT(token.error().detail, HasSubstr(row.part)) << row.why;
  }
}

TEST_F(BridgeDeskTest, a_leaf_that_is_not_enrolled_or_has_no_hub_has_none) {
  EXPECT_EQ(refusal("leaf-9").code, Errc::not_found);
  site.enroll("leaf-2");
  change("leaf-2", [](Enrollment& e) { e.bridge = true; });
  const Error no_hub = refusal("leaf-2");
  EXPECT_EQ(no_hub.code, Errc::conflict);
  EXPECT_THAT(no_hub.detail, HasSubstr("no hub yet"));
}

TEST_F(BridgeDeskTest, the_secondary_key_that_earned_the_hub_signs) {
  site.enroll("leaf-1", "the first key of the two", "the primary key of it");
  change("leaf-1", [](Enrollment& e) { e.bridge = true; });
  ASSERT_EQ(site.provision("leaf-1").registration_status, RegistrationStatus::assigned);
  const auto token = ask("leaf-1").token;
  ASSERT_TRUE(token) << token.error().detail;
  const auto parsed = parse_sas_token(token->token);
  const auto mac = crypto::hmac_sha256(as_bytes("the primary key of it"), as_bytes(parsed->signed_text));
  EXPECT_EQ(Bytes(mac.begin(), mac.end()), parsed->signature);
}

TEST_F(BridgeDeskTest, another_enrollment_than_the_one_that_earned_the_hub_does_not_vouch) {
  site.enroll_group("pumps", {"pump-*"});
  change("pumps", [](Enrollment& e) { e.bridge = true; });
  ASSERT_EQ(site.provision_leaf("pump-1").registration_status, RegistrationStatus::assigned);
  site.enroll("pump-1");
  change("pump-1", [](Enrollment& e) { e.bridge = true; });
  EXPECT_THAT(refusal("pump-1").detail, HasSubstr("not earned under an enrollment that decides over it now"));
}

TEST_F(BridgeDeskTest, no_token_is_made_in_doubt_without_time_or_while_secrets_are_locked) {
  assign("leaf-1");
  doubt = Reason::store_rolled_back;
  EXPECT_EQ(refusal("leaf-1").code, Errc::refused);
  doubt = Reason::none;
  site.clock.quality = ClockQuality::unsynced;
  HubTokenAnswer answer = ask_later("leaf-1");
  EXPECT_EQ(answer.token.error().code, Errc::throttled);
  EXPECT_THAT(answer.token.error().detail, HasSubstr("clock is not trusted"));
  EXPECT_EQ(answer.retry_after, seconds(30));
  site.clock.quality = ClockQuality::plausible;
  EXPECT_TRUE(ask_later("leaf-1").token);
  site.trust.fail.fail_all(Error(Errc::throttled, "the store's secrets are locked"));
  answer = ask_later("leaf-1");
  EXPECT_EQ(answer.token.error().code, Errc::throttled);
  EXPECT_EQ(answer.retry_after, seconds(30));
  site.trust.fail.heal();
  EXPECT_TRUE(ask_later("leaf-1").token);
}

TEST_F(BridgeDeskTest, a_key_of_a_group_in_the_TPM_is_fetched) {
  site.enroll_group("pumps", {"pump-*"});
  change("pumps", [](Enrollment& e) { e.bridge = true; });
  ASSERT_EQ(site.provision_leaf("pump-1").registration_status, RegistrationStatus::assigned);
  site.derived_keys.rows.clear();
  site.restart();
  desk = open();
  site.tpm.latency = Millis(70);
  const auto token = ask("pump-1").token;
  ASSERT_TRUE(token) << token.error().detail;
  const auto parsed = parse_sas_token(token->token);
  const auto key = crypto::hmac_sha256(as_bytes("the primary group key"), as_bytes("pump-1"));
  const auto mac = crypto::hmac_sha256(key, as_bytes(parsed->signed_text));
  EXPECT_EQ(Bytes(mac.begin(), mac.end()), parsed->signature);
}

TEST_F(BridgeDeskTest, the_key_is_that_of_the_id_as_the_leaf_writes_it) {
  site.enroll_group("pumps", {"pump-*"});
  change("pumps", [](Enrollment& e) { e.bridge = true; });
  ASSERT_EQ(site.provision_leaf("Pump-1").registration_status, RegistrationStatus::assigned);
  const auto token = ask("pump-1").token;
  ASSERT_TRUE(token) << token.error().detail;
  const auto parsed = parse_sas_token(token->token);
  const auto key = crypto::hmac_sha256(as_bytes("the primary group key"), as_bytes("Pump-1"));
  const auto mac = crypto::hmac_sha256(key, as_bytes(parsed->signed_text));
  EXPECT_EQ(Bytes(mac.begin(), mac.end()), parsed->signature);
}

TEST_F(BridgeDeskTest, of_a_hub_that_was_earned_out_of_sight_the_enrollment_counts) {
  assign("leaf-1");
  Assignment& assignment = *site.running->ledger.held("leaf-1")->registration.assignment;
  assignment.credential.clear();
  EXPECT_TRUE(ask("leaf-1").token) << "by the only key there is";
  assignment.enrollment_id.clear();
  EXPECT_EQ(refusal("leaf-1").code, Errc::conflict) << "nobody knows what it was earned by";
}

TEST_F(BridgeDeskTest, a_TPM_that_is_away_is_said) {
  site.enroll_group("pumps", {"pump-*"});
  change("pumps", [](Enrollment& e) { e.bridge = true; });
  ASSERT_EQ(site.provision_leaf("pump-1").registration_status, RegistrationStatus::assigned);
  site.derived_keys.rows.clear();
  site.restart();
  desk = open();
  site.tpm.become(TpmState::locked);
  EXPECT_EQ(refusal("pump-1").code, Errc::timed_out);
}

TEST_F(BridgeDeskTest, what_changes_while_the_TPM_works_counts) {
  site.enroll_group("pumps", {"pump-*"});
  change("pumps", [](Enrollment& e) { e.bridge = true; });
  ASSERT_EQ(site.provision_leaf("pump-1").registration_status, RegistrationStatus::assigned);
  site.derived_keys.rows.clear();
  site.restart();
  desk = open();
  site.tpm.latency = seconds(2);
  std::optional<HubTokenAnswer> answer;
  const auto keep = [](Task<HubTokenAnswer> task, std::optional<HubTokenAnswer>& into) -> Task<void> {
    into.emplace(co_await std::move(task));
  };
  site.simulator.spawn(
      keep(desk->hub_token(RegistrationId::parse("pump-1").value(), hour, boiler()), answer));
  site.simulator.run_for(seconds(1));
  ASSERT_FALSE(answer);
  change("pumps", [](Enrollment& e) { e.bridge = false; });
  site.simulator.run_for(seconds(5));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->token.error().code, Errc::refused);
}

TEST_F(BridgeDeskTest, a_leaf_has_one_in_ten_seconds) {
  assign("leaf-1");
  assign("leaf-2");
  EXPECT_TRUE(ask("leaf-1").token);
  site.simulator.run_for(Millis(4'500));
  const HubTokenAnswer again = ask("LEAF-1");
  EXPECT_EQ(again.token.error().code, Errc::throttled);
  EXPECT_EQ(again.retry_after, seconds(6)) << "whole seconds, none too few";
  EXPECT_TRUE(ask("leaf-2").token) << "others are not held up";
  EXPECT_EQ(log.entries.size(), 2U) << "who asks too often fills no log";
  site.simulator.run_for(again.retry_after);
  EXPECT_TRUE(ask("leaf-1").token) << "who waits as told is served";
}

TEST_F(BridgeDeskTest, not_many_are_given_in_all) {
  int asked = 0;
  while (ask("stranger-" + std::to_string(asked)).token.error().code == Errc::not_found) ++asked;
  EXPECT_EQ(asked, 60);
  assign("leaf-1");
  site.simulator.run_for(minutes(10));
  EXPECT_TRUE(ask("leaf-1").token);
}

}  // namespace
}  // namespace leafgate::bridge_desk_test
