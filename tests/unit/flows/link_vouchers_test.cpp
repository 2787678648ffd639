// By which key the gateway proves itself to a leaf without IP.
#include "gateway/flows/link_vouchers.hpp"

#include <gtest/gtest.h>

#include "gateway/attestation/leaf_proof.hpp"
#include "tests/fakes/fake_link_identity.hpp"
#include "tests/unit/flows/derivation_site.hpp"

namespace leafgate::link_vouchers_test {
namespace {

constexpr std::string_view primary = "the primary key of it";
constexpr std::string_view secondary = "the secondary key";
constexpr std::string_view group_primary = "the primary group key";
constexpr std::string_view group_secondary = "the secondary group key";

GatewayWord word() {
  GatewayWord out;
  out.type = 2;
  out.exchange = 7;
  out.registration_id = "pump-1";
  return out;
}

std::string derived(std::string_view group_key, std::string_view id) {
  const auto key = crypto::hmac_sha256(as_bytes(group_key), as_bytes(id));
  return std::string(as_text(key));
}

// Takes as long as a disk does, and fails when asked to.
class SlowLinkIdentity : public FakeLinkIdentity {
 public:
  int saves = 0;
  Task<Result<std::optional<SealedKey>>> load() override {
    co_await sleep_for(Millis(10));
    auto loaded = co_await FakeLinkIdentity::load();
    co_return loaded;
  }
  Task<Result<void>> save(SealedKey key) override {
    ++saves;
    co_await sleep_for(Millis(10));
    auto saved = co_await FakeLinkIdentity::save(std::move(key));
    co_return saved;
  }
};

class LinkVouchersTest : public testing::Test {
 protected:
  LinkVouchersTest() { open(); }
  void open() {
    vouchers.emplace(DeskVouchers::Ports{site.running->ledger, site.trust, stored, &site.derivations()});
  }

  LinkVouchers::Voucher ask(const std::string& id, Mechanism mechanism = Mechanism::symmetric_key,
                            const std::string& way = "line1/5") {
    return site.simulator.run(vouchers->voucher_for(RegistrationId::parse(id).value(), mechanism, way));
  }
  static bool is_by(const LinkVouchers::Voucher& voucher, std::string_view key) {
    if (!voucher.by || voucher.refused != Reason::none) return false;
    const GatewayProof proof = voucher.by->vouch(word());
    const auto mac = gateway_mac(word(), as_bytes(key));
    return proof.public_key.empty() && proof.tag == Bytes(mac.begin(), mac.end());
  }
  static bool is_by_own_key(const LinkVouchers::Voucher& voucher) {
    if (!voucher.by) return false;
    const GatewayProof proof = voucher.by->vouch(word());
    if (proof.public_key.size() != 64 || proof.tag.size() != 64) return false;
    Bytes point = proof.public_key;
    point.insert(point.begin(), 4);
    const ByteView tag(proof.tag);
    return crypto::is_p256_signature(point, gateway_text(word()), tag.first(32), tag.last(32));
  }
  void unanswered(const std::string& id, const std::string& way = "line1/5") {
    vouchers->unanswered(RegistrationId::parse(id).value(), way);
  }
  // As when the service has assigned a leaf that proved itself with this key.
  void proved_before(const std::string& id, std::string_view key) {
    Registration known(RegistrationId::parse(id).value());
    known.assignment.emplace();
    known.assignment->credential = crypto::hex(crypto::sha256(as_bytes(key)));
    site.registrations.records.insert_or_assign(id, RegistrationRecord{std::move(known), {}});
    site.running->ledger.forget(id);
  }
  void enroll_group(const std::string& id, std::string_view key, std::string_view other = {}) {
    Enrollment e;
    e.kind = EnrollmentKind::group;
    e.id = id;
    e.mechanism = Mechanism::symmetric_key;
    e.etag = "1";
    e.primary_key = site.trust.seal(Site::key(key), reference(e)).value();
    if (!other.empty()) e.secondary_key = site.trust.seal(Site::key(other), reference(e)).value();
    site.enrollments.put(std::move(e));
    site.running->ledger.enrollments_changed();
  }

  DerivationSite site;
  SlowLinkIdentity stored;
  std::optional<DeskVouchers> vouchers;
};

TEST_F(LinkVouchersTest, TheDeviceKeyVouchesForAnEnrolledLeaf) {
  site.enroll("pump-1");
  EXPECT_TRUE(is_by(ask("pump-1"), primary));
  EXPECT_TRUE(is_by(ask("PUMP-1"), primary));
  EXPECT_FALSE(stored.held) << "and no other key is made for that";
}

TEST_F(LinkVouchersTest, AGroupsKeyIsDerivedForTheIdAsTyped) {
  enroll_group("pumps", group_primary);
  EXPECT_TRUE(is_by(ask("Pump-1"), derived(group_primary, "Pump-1")));
}

TEST_F(LinkVouchersTest, AfterAChallengeWithoutProofTheNextKeyVouches) {
  site.enroll("pump-1", primary, secondary);
  EXPECT_TRUE(is_by(ask("pump-1"), primary));
  EXPECT_TRUE(is_by(ask("pump-1"), primary)) << "asking alone changes nothing";
  unanswered("pump-1");
  EXPECT_TRUE(is_by(ask("pump-1"), secondary));
  unanswered("PUMP-1");
  EXPECT_TRUE(is_by(ask("pump-1"), primary));
}

TEST_F(LinkVouchersTest, WhoCallsItselfSoElsewhereChangesNoKeyOfTheLeaf) {
  site.enroll("pump-1", primary, secondary);
  unanswered("pump-1", "line1/9");
  EXPECT_TRUE(is_by(ask("pump-1"), primary));
  EXPECT_TRUE(is_by(ask("pump-1", Mechanism::symmetric_key, "line1/9"), secondary));
}

TEST_F(LinkVouchersTest, AllKeysOfAllGroupsHaveTheirTurn) {
  enroll_group("a", "key of a", "other key of a");
  enroll_group("b", "key of b");
  for (int round = 0; round < 2; ++round) {
    for (const char* key : {"key of a", "other key of a", "key of b"}) {
      EXPECT_TRUE(is_by(ask("pump-1"), derived(key, "pump-1"))) << key;
      unanswered("pump-1");
    }
  }
}

TEST_F(LinkVouchersTest, TheKeyThatProvedTheLeafBeforeGoesFirst) {
  site.enroll("pump-1", primary, secondary);
  proved_before("pump-1", secondary);
  EXPECT_TRUE(is_by(ask("pump-1"), secondary));
  unanswered("pump-1");
  EXPECT_TRUE(is_by(ask("pump-1"), primary)) << "it may have been set up anew";
  proved_before("pump-1", "a key that is enrolled no more");
  EXPECT_TRUE(is_by(ask("pump-1"), primary));
}

// Else each leaf that once had to be asked twice would be asked with the wrong key for ever.
TEST_F(LinkVouchersTest, WhatATryFoundCountsFromThenOn) {
  site.enroll("pump-1", primary, secondary);
  unanswered("pump-1");
  EXPECT_TRUE(is_by(ask("pump-1"), secondary));
  proved_before("pump-1", secondary);
  EXPECT_TRUE(is_by(ask("pump-1"), secondary));
  EXPECT_TRUE(is_by(ask("pump-1"), secondary));
}

TEST_F(LinkVouchersTest, ALeafWhoseKeyIsNotHeldHearsSoFromTheGatewaysOwnKey) {
  site.enroll("bare-1", "");
  Enrollment other;
  other.kind = EnrollmentKind::individual;
  other.id = "cert-1";
  other.mechanism = Mechanism::x509;
  site.enrollments.put(std::move(other));
  for (const char* id : {"nobody", "bare-1", "cert-1"}) {
    const auto voucher = ask(id);
    EXPECT_EQ(voucher.refused, Reason::key_not_held) << id;
    EXPECT_TRUE(is_by_own_key(voucher)) << id;
  }
}

TEST_F(LinkVouchersTest, CertificatesAndTpmsHearTheGatewaysOwnKey) {
  site.enroll("pump-1");
  for (const Mechanism mechanism : {Mechanism::x509, Mechanism::tpm}) {
    const auto voucher = ask("pump-1", mechanism);
    EXPECT_EQ(voucher.refused, Reason::none);
    EXPECT_TRUE(is_by_own_key(voucher));
  }
}

TEST_F(LinkVouchersTest, NobodyVouchesWhileSecretsAreLocked) {
  site.enroll("pump-1");
  enroll_group("pumps", group_primary);
  site.trust.fail.fail_all(Error(Errc::throttled, "locked"));
  EXPECT_FALSE(ask("pump-1").by);
  EXPECT_FALSE(ask("pump-2").by);
  EXPECT_FALSE(ask("pump-1", Mechanism::x509).by);
  EXPECT_FALSE(site.simulator.run(vouchers->public_key()));
  EXPECT_FALSE(stored.held);
  site.trust.fail.heal();
  EXPECT_TRUE(is_by(ask("pump-1"), primary));
}

TEST_F(LinkVouchersTest, NobodyVouchesWhileTheStoreFails) {
  site.enroll("pump-1");
  for (int call = 1; call <= 3; ++call) {
    site.running->ledger.enrollments_changed();
    site.running->ledger.forget("pump-1");
    if (call == 1) site.enrollments.fail.fail_call(1, Error(Errc::store_fault, "gone"));
    if (call == 2) site.registrations.fail.fail_call(1, Error(Errc::store_fault, "gone"));
    if (call == 3) stored.fail.fail_call(1, Error(Errc::store_fault, "gone"));
    EXPECT_FALSE(ask("pump-1", call == 3 ? Mechanism::x509 : Mechanism::symmetric_key).by) << call;
    EXPECT_TRUE(ask("pump-1").by) << call;
  }
}

// --- the gateway's own key

TEST_F(LinkVouchersTest, TheOwnKeyIsMadeOnceAndKept) {
  const Bytes made = site.simulator.run(vouchers->public_key()).value();
  EXPECT_EQ(made.size(), 64U);
  EXPECT_EQ(stored.saves, 1);
  EXPECT_EQ(site.simulator.run(vouchers->public_key()).value(), made);
  open();
  EXPECT_EQ(site.simulator.run(vouchers->public_key()).value(), made);
  EXPECT_EQ(ask("pump-1", Mechanism::x509).by->vouch(word()).public_key, made);
  EXPECT_EQ(stored.saves, 1);
}

TEST_F(LinkVouchersTest, ManyWhoAskAtOnceMakeOneKeyAndHearNoOther) {
  std::vector<Result<Bytes>> heard;
  const auto ask_for_key = [](DeskVouchers& of, std::vector<Result<Bytes>>& into) -> Task<void> {
    into.push_back(co_await of.public_key());
  };
  for (int i = 0; i < 20; ++i) {
    site.simulator.spawn(ask_for_key(*vouchers, heard));
    site.simulator.run_for(Millis(1));
  }
  site.simulator.run_for(Millis(100));
  ASSERT_EQ(heard.size(), 20U);
  EXPECT_EQ(stored.saves, 1);
  const Bytes made = site.simulator.run(vouchers->public_key()).value();
  for (const auto& each : heard) {
    const bool is_made = each && *each == made;
    EXPECT_TRUE(is_made || (!each && each.error().code == Errc::throttled));
  }
}

TEST_F(LinkVouchersTest, AKeyThatIsNotStoredIsToldToNobody) {
  std::vector<Result<Bytes>> heard;
  const auto ask_for_key = [](DeskVouchers& of, std::vector<Result<Bytes>>& into) -> Task<void> {
    into.push_back(co_await of.public_key());
  };
  stored.fail.fail_call(3, Error(Errc::store_full, "no room"));  // both load, then the first saves
  site.simulator.spawn(ask_for_key(*vouchers, heard));
  site.simulator.spawn(ask_for_key(*vouchers, heard));
  site.simulator.run_for(Millis(100));
  ASSERT_EQ(heard.size(), 2U);
  EXPECT_FALSE(heard[0]);
  EXPECT_FALSE(heard[1]);
  EXPECT_FALSE(stored.held);
  EXPECT_TRUE(site.simulator.run(vouchers->public_key())) << "and it is tried again";
}

TEST_F(LinkVouchersTest, AKeyThatDoesNotOpenIsNotReplaced) {
  ASSERT_TRUE(site.simulator.run(vouchers->public_key()));
  const SealedKey before = *stored.held;
  for (const std::string& blob :
       {std::string("another row|key"), std::string("link key|no key"), std::string()}) {
    stored.held = SealedKey{blob};
    open();
    EXPECT_FALSE(site.simulator.run(vouchers->public_key())) << blob;
    EXPECT_FALSE(ask("pump-1", Mechanism::x509).by) << blob;
    EXPECT_EQ(stored.held->blob, blob);
  }
  EXPECT_EQ(stored.saves, 1);
  stored.held = before;
  open();
  EXPECT_TRUE(site.simulator.run(vouchers->public_key()));
}

// --- keys in the TPM

TEST_F(LinkVouchersTest, AKeyInTheTpmIsDerivedForTheLeaf) {
  site.enroll_group("pumps", {"pump-*"});
  EXPECT_TRUE(is_by(ask("pump-1"), derived(group_primary, "pump-1")));
  EXPECT_EQ(site.tpm.commands, 1);
  EXPECT_TRUE(is_by(ask("pump-1"), derived(group_primary, "pump-1")));
  EXPECT_EQ(site.tpm.commands, 1);
}

TEST_F(LinkVouchersTest, WhileTheTpmIsAwayTheLeafComesAgain) {
  site.enroll_group("pumps", {"pump-*"});
  site.tpm.become(TpmState::lost);
  EXPECT_FALSE(ask("pump-1").by);
  site.tpm.become(TpmState::ready);
  EXPECT_TRUE(is_by(ask("pump-1"), derived(group_primary, "pump-1")));
}

TEST_F(LinkVouchersTest, ALeafWithTheSecondKeyInTheTpmIsFoundToo) {
  site.enroll_group("pumps", {"pump-*"}, group_primary, group_secondary);
  EXPECT_TRUE(is_by(ask("pump-1"), derived(group_primary, "pump-1")));
  unanswered("pump-1");
  EXPECT_TRUE(is_by(ask("pump-1"), derived(group_secondary, "pump-1")));
  EXPECT_EQ(site.tpm.commands, 2);
}

TEST_F(LinkVouchersTest, AfterARestartTheKeyThatProvedTheLeafIsTheOneDerived) {
  site.enroll_group("pumps", {"pump-*"}, group_primary, group_secondary);
  proved_before("pump-1", derived(group_secondary, "pump-1"));
  EXPECT_TRUE(is_by(ask("pump-1"), derived(group_secondary, "pump-1")));
}

TEST_F(LinkVouchersTest, StrangersMakeTheTpmWorkForFewGroups) {
  for (int i = 0; i < 10; ++i)
    site.enroll_group("group-" + std::to_string(i), {}, "key " + std::to_string(i));
  EXPECT_TRUE(ask("stranger").by);
  EXPECT_LE(site.tpm.commands, 4);
}

TEST_F(LinkVouchersTest, AndForFewOfThemAtOnce) {
  site.enroll_group("any");
  site.tpm.latency = Millis(500);
  std::vector<bool> vouched;
  const auto ask_for = [](DeskVouchers& of, std::string id, std::vector<bool>& into) -> Task<void> {
    auto voucher =
        co_await of.voucher_for(RegistrationId::parse(id).value(), Mechanism::symmetric_key, "line1/5");
    into.push_back(voucher.by != nullptr);
  };
  for (int i = 0; i < 30; ++i)
    site.simulator.spawn(ask_for(*vouchers, "stranger-" + std::to_string(i), vouched));
  site.simulator.run_for(std::chrono::seconds(10));
  ASSERT_EQ(vouched.size(), 30U);
  EXPECT_EQ(std::count(vouched.begin(), vouched.end(), true), 4);
}

}  // namespace
}  // namespace leafgate::link_vouchers_test
