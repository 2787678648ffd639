#include <gtest/gtest.h>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/hmac.hpp"
#include "tests/unit/attestation/sas_vectors.hpp"

namespace leafgate::judge_sas_test {
namespace {

using namespace test;

Bytes octets(std::string_view base64) { return *crypto::base64::decode(base64); }
WallReading at(std::int64_t seconds, ClockQuality quality = ClockQuality::synced) {
  return {WallTime(Seconds(seconds)), quality};
}
constexpr std::int64_t alive = vector_expiry - 3600;

struct Judge : testing::Test {
  IdScope scope = *IdScope::parse("0ne00ABCDEF");
  RegistrationId id = *RegistrationId::parse("edge-device-01");
  Bytes key = octets(key_of_edge_device_01);
  Bytes wrong = octets(key_of_line_7);
  std::vector<CandidateKey> candidates{{key, false}};

  SasVerdict judge(const std::string& token, WallReading now = at(alive), bool opened = false) {
    return judge_sas(token, scope, id, candidates, now, opened);
  }
};

TEST_F(Judge, FindsEverySpellingOfEverySdkGood) {
  for (const SasVector& vector : sas_vectors) {
    const Bytes its_key = octets(vector.key);
    const std::vector<CandidateKey> its_candidates{{its_key, false}};
    const SasVerdict verdict = judge_sas(token_of(vector), scope, *RegistrationId::parse(vector.id),
                                         its_candidates, at(alive), false);
    EXPECT_EQ(verdict.proof, Proof::good) << vector.style << ": " << code(verdict.reason);
    EXPECT_EQ(verdict.credential, crypto::hex(crypto::sha256(its_key)));
  }
}

TEST_F(Judge, ComparesScopeAndIdIgnoringCase) {
  scope = *IdScope::parse("0NE00abcdef");
  id = *RegistrationId::parse("EDGE-Device-01");
  EXPECT_EQ(judge(token_of(sas_vectors[0])).proof, Proof::good);
}

TEST_F(Judge, NeverTakesASignatureForAnotherSpelling) {
  for (std::size_t signed_as = 0; signed_as < 4; ++signed_as)
    for (std::size_t sent_as = 0; sent_as < 4; ++sent_as) {
      SasVector mixed = sas_vectors[sent_as];
      mixed.sig = sas_vectors[signed_as].sig;
      const SasVerdict verdict = judge(token_of(mixed));
      EXPECT_EQ(verdict.proof, signed_as == sent_as ? Proof::good : Proof::proven_false);
      EXPECT_EQ(verdict.reason, signed_as == sent_as ? Reason::none : Reason::wrong_key);
    }
}

TEST_F(Judge, TriesTheKeysInTheirOrderAndSaysWhichWasGood) {
  candidates = {{wrong, false}, {key, true}};
  const SasVerdict verdict = judge(token_of(sas_vectors[0]));
  EXPECT_EQ(verdict.proof, Proof::good);
  EXPECT_TRUE(verdict.secondary);
  EXPECT_EQ(verdict.candidate, 1U);
}

TEST_F(Judge, FindsTheWrongKeyProvenFalse) {
  const Bytes group = octets(group_key);
  candidates = {{wrong, false}, {group, false}};  // the group key itself never signs for a device
  const SasVerdict verdict = judge(token_of(sas_vectors[0]));
  EXPECT_EQ(verdict.proof, Proof::proven_false);
  EXPECT_EQ(verdict.reason, Reason::wrong_key);
  EXPECT_EQ(verdict.credential, "");
  EXPECT_EQ(verdict.candidate, SasVerdict::none);
}

TEST_F(Judge, NeverTriesAnEmptyKey) {
  candidates = {{{}, false}};
  const SasVerdict verdict = judge(mint_sas_token(scope, id, {}, WallTime(Seconds(vector_expiry))));
  EXPECT_EQ(verdict.reason, Reason::wrong_key);
}

TEST_F(Judge, CannotCheckWithoutAKey) {
  candidates.clear();
  EXPECT_EQ(judge(token_of(sas_vectors[0])).proof, Proof::not_checkable);
  EXPECT_EQ(judge(token_of(sas_vectors[0]), at(vector_expiry + 1000)).proof, Proof::not_checkable);
  EXPECT_EQ(judge("nonsense").reason, Reason::token_malformed);
  EXPECT_EQ(judge(token_of(sas_vectors[4])).reason, Reason::token_for_another_id);
}

TEST_F(Judge, TellsMalformedFromAbsent) {
  EXPECT_EQ(judge("").reason, Reason::no_credential);
  EXPECT_EQ(judge(std::string(5000, 'x')).reason, Reason::token_malformed);
  EXPECT_EQ(judge(std::string("\0", 1)).proof, Proof::proven_false);
}

TEST_F(Judge, ChangingASignedFieldIsProvenFalse) {
  std::string later = token_of(sas_vectors[0]);
  later.replace(later.find("1893456000"), 10, "1893456001");
  EXPECT_EQ(judge(later).reason, Reason::wrong_key);
  std::string swapped =
      "SharedAccessSignature sr=1893456000&sig=" + std::string(sas_vectors[0].sig) + "&se=0";
  EXPECT_EQ(judge(swapped).reason, Reason::token_for_another_id);
}

// --- time

struct TimeRow {
  std::int64_t after_expiry;
  ClockQuality quality;
  bool opened;
  Proof proof;
  Reason reason;
};

TEST_F(Judge, HoldsTheTokenAgainstTheClock) {
  constexpr std::int64_t year = 365 * 86'400;
  using Q = ClockQuality;
  for (const TimeRow& row : {
           TimeRow{-1, Q::synced, false, Proof::good, Reason::none},
           TimeRow{59, Q::synced, false, Proof::good, Reason::none},
           TimeRow{60, Q::plausible, false, Proof::good, Reason::none},
           TimeRow{61, Q::synced, false, Proof::proven_false, Reason::token_expired},
           TimeRow{61, Q::plausible, false, Proof::proven_false, Reason::token_expired},
           TimeRow{61, Q::synced, true, Proof::good, Reason::none},
           TimeRow{year, Q::synced, false, Proof::proven_false, Reason::token_expired},
           TimeRow{year + 1, Q::synced, false, Proof::proven_false, Reason::leaf_clock_wrong},
           TimeRow{-1, Q::unsynced, false, Proof::good_by_untrusted_clock, Reason::none},
           TimeRow{61, Q::unsynced, false, Proof::good_by_untrusted_clock, Reason::none},
           TimeRow{61, Q::unsynced, true, Proof::good_by_untrusted_clock, Reason::none},
       }) {
    const SasVerdict verdict =
        judge(token_of(sas_vectors[0]), at(vector_expiry + row.after_expiry, row.quality), row.opened);
    EXPECT_EQ(verdict.proof, row.proof) << row.after_expiry;
    EXPECT_EQ(verdict.reason, row.reason) << row.after_expiry;
    EXPECT_EQ(verdict.credential.empty(), row.proof == Proof::proven_false);
  }
}

TEST_F(Judge, KnowsALeafThatStartedIn1970) {
  const std::string token = mint_sas_token(scope, id, key, WallTime(Seconds(3600)));
  EXPECT_EQ(judge(token).reason, Reason::leaf_clock_wrong);
}

TEST_F(Judge, SaysWrongKeyBeforeItSaysExpired) {
  candidates = {{wrong, false}};
  EXPECT_EQ(judge(token_of(sas_vectors[0]), at(vector_expiry + 61)).reason, Reason::wrong_key);
  EXPECT_EQ(judge(token_of(sas_vectors[0]), at(0, ClockQuality::unsynced)).reason, Reason::wrong_key);
  EXPECT_EQ(judge(token_of(sas_vectors[0]), at(vector_expiry + 61), true).reason, Reason::wrong_key);
}

// --- what it was signed for

struct ResourceRow {
  std::string_view sr;
  Reason reason;
};

TEST_F(Judge, SaysForWhomATokenWasSigned) {
  for (const ResourceRow& row : {
           ResourceRow{"0ne00ABCDEF/registrations/edge-device-01", Reason::none},
           ResourceRow{"0ne00ABCDEF/REGISTRATIONS/EDGE-device-01", Reason::none},
           ResourceRow{"%30ne00ABCDEF/registrations/edge-device-01", Reason::none},
           ResourceRow{"0ne00ABCDEF/registrations/edge-device-02", Reason::token_for_another_id},
           ResourceRow{"0ne00ABCDEF/registrations/edge-device-01/", Reason::token_for_another_id},
           ResourceRow{"0ne00ABCDEF/registrations/edge-device-01%00", Reason::token_for_another_id},
           ResourceRow{"0ne00ABCDEF/registrations/", Reason::token_for_another_id},
           ResourceRow{"0ne00ABCDEF", Reason::token_for_another_id},
           ResourceRow{"hub.azure-devices.net/devices/edge-device-01", Reason::token_for_another_id},
           ResourceRow{"0ne00000000/registrations/edge-device-01", Reason::wrong_scope},
           ResourceRow{"/registrations/edge-device-01", Reason::wrong_scope},
       }) {
    const auto mac = crypto::hmac_sha256(key, as_bytes(std::string(row.sr) + "\n1893456000"));
    SasVector vector{};
    std::string sig = crypto::base64::encode(mac);
    vector.sr = row.sr;
    vector.sig = sig;
    EXPECT_EQ(judge(token_of(vector)).reason, row.reason) << row.sr;
  }
}

// --- minting and deriving

TEST_F(Judge, MintsWhatTheSdkForNetWouldSend) {
  EXPECT_EQ(mint_sas_token(scope, id, key, WallTime(Seconds(vector_expiry)) + Millis(999)),
            token_of(sas_vectors[0]));
  EXPECT_EQ(mint_sas_token(scope, *RegistrationId::parse("line:7_a.b-09"), octets(key_of_line_7),
                           WallTime(Seconds(vector_expiry))),
            token_of(sas_vectors[4]));
}

TEST(DerivationIds, AreTheIdAsPresentedAndItsLowerCase) {
  const auto plain = *RegistrationId::parse("edge-device-01");
  const auto mixed = *RegistrationId::parse("Edge-Device-01");
  EXPECT_EQ(derivation_ids(plain), (std::vector<std::string_view>{"edge-device-01"}));
  EXPECT_EQ(derivation_ids(mixed), (std::vector<std::string_view>{"Edge-Device-01", "edge-device-01"}));
  const Bytes group = octets(group_key);
  EXPECT_EQ(crypto::base64::encode(crypto::hmac_sha256(group, as_bytes(derivation_ids(mixed)[0]))),
            "Nw9OzlLQV/WhophYgCdn0MWgA60xhJBhUna7iYl2wis=");
  EXPECT_EQ(crypto::base64::encode(crypto::hmac_sha256(group, as_bytes(derivation_ids(mixed)[1]))),
            key_of_edge_device_01);
}

// The example of DPS concepts-symmetric-key-attestation.
TEST(DerivedKey, EqualsTheOneOfTheDocumentation) {
  const Bytes group =
      octets("8isrFI1sGsIlvvFSSFRiMfCNzv21fjbE/+ah/lSh3lF8e2YG1Te7w1KpZhJFFXJrqYKi9yegxkqIChbqOS9Egw==");
  EXPECT_EQ(
      crypto::base64::encode(crypto::hmac_sha256(group, as_bytes("sn-007-888-abc-mac-a1-b2-c3-d4-e5-f6"))),
      "Jsm0lyGpjaVYVP2g3FnmnmG9dI/9qU24wNoykUmermc=");
}

}  // namespace
}  // namespace leafgate::judge_sas_test
