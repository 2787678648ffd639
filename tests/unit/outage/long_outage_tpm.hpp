#pragma once

#include <iostream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/quick_rsa_keys.hpp"
#include "tests/fakes/software_tpm.hpp"
#include "tests/fakes/tpm_attestation.hpp"
#include "tests/unit/outage/long_outage_site.hpp"

namespace leafgate {

// Leaves that prove themselves by a TPM, by what policy allows them.
enum class TpmKind {
  trusted_long,   // its enrollment says 500 days
  trusted_short,  // offline.max_age: 30 days of powered time
  unseen,         // first comes while the service is away
  new_owner,      // trusted long; its TPM is cleared within the outage
  changing,       // trusted long, with another payload from day 100 on
};

struct TpmLeaf {
  std::string id;
  TpmKind kind;
  SoftwareTpm tpm;
  std::string address;
  bool shows_keys_twice = false;     // with its token as well; iot-identity-service does not
  bool tells_payload_first = false;  // with its keys already; Node does not
  bool takes_end_at_once = false;    // else it polls
  int from_day = 0;                  // it first comes then
  bool is_cleared = false;
  std::string hub_key{};  // what the service last gave it, for this very TPM
  std::string last_token{};
};

// A long outage with leaves among the others that are challenged every day, and with others that come in
// their names: their public keys are no secret.
class LongOutageOfTpms : public LongOutage {
 protected:
  static constexpr int owner_changes_on = 150;
  static constexpr int payload_changes_on = 100;
  static constexpr const char* elsewhere = "203.0.113.9";

  struct TpmDays {
    std::size_t answered = 0;
    std::size_t sent_away = 0;           // 503, and their TPMs keep what they hold
    std::size_t challenged_in_vain = 0;  // 503 only when they told what they ask for
    std::size_t wrong = 0;               // otherwise than policy allows
    std::size_t impostors_refused = 0;
    std::size_t impostors_heard = 0;
    std::size_t cut_off = 0;  // rounds that a power cut ended
  };

  std::vector<TpmLeaf> tpms;
  TpmDays tpm_days;
  QuickRsaKeys rsa;
  SoftwareTpm stranger{rsa.next(), rsa.next()};
  TpmAttestation attestation{random, clock, policy.id_scope};
  std::set<std::string> with_tpm;                 // ids
  std::map<std::string, std::string> given_keys;  // by id: what the hub knows of the leaf

  LongOutageOfTpms() {
    service.attest = [this](const RegistrationId& who, const RegistrationRequest& request,
                            const std::string& token) -> std::optional<ServiceAnswer> {
      if (!with_tpm.contains(who.key())) return std::nullopt;
      return attestation.attest(who, request, token);
    };
    service.hub_key = [this](const RegistrationId& who) -> std::string {
      if (!with_tpm.contains(who.key())) return {};
      crypto::Secret key(32);
      random.fill(key.writable());
      given_keys.insert_or_assign(who.key(), std::string(as_text(key.view())));
      return attestation.only_for(service.requests.at(who.key()).tpm, key);
    };
  }
  ~LongOutageOfTpms() override { stop(true); }  // what is under way still asks this service

  void add_tpms(TpmKind kind, std::size_t count) {
    for (std::size_t i = 0; i < count / scale; ++i) {
      const int number = static_cast<int>(tpms.size());
      TpmLeaf leaf{"tpm-" + std::to_string(1000 + number), kind, SoftwareTpm(rsa.next(), rsa.next()),
                   "192.0.2." + std::to_string(number % 10)};
      leaf.shows_keys_twice = number % 3 != 0;
      leaf.tells_payload_first = number % 2 == 0;
      leaf.takes_end_at_once = number % 4 != 0;
      if (kind == TpmKind::unseen) leaf.from_day = 1 + number * 37 % 300;
      with_tpm.insert(leaf.id);
      tpms.push_back(std::move(leaf));
    }
  }
  void enroll_tpms() {
    std::vector<Enrollment> all;
    for (const TpmLeaf& leaf : tpms) {
      Enrollment e;
      e.id = leaf.id;
      e.mechanism = Mechanism::tpm;
      e.etag = "1";
      e.record = R"({"attestation":{"type":"tpm"}})";
      e.endorsement_key = leaf.tpm.keys().endorsement_key;
      if (leaf.kind != TpmKind::trusted_short) e.offline_max_age = days(500);
      all.push_back(std::move(e));
    }
    ASSERT_TRUE(run_task(store->enrollments().import(std::move(all))));
    running->ledger.enrollments_changed();
  }

  // What policy allows it; nothing where either may be, around the end of its trust.
  [[nodiscard]] std::optional<bool> may_be_answered(const TpmLeaf& leaf) const {
    const Millis powered = running->meter.now();
    switch (leaf.kind) {
      case TpmKind::trusted_long:
        return true;
      case TpmKind::trusted_short:
        if (powered > days(30) && powered < days(31)) return std::nullopt;
        return powered <= days(30);
      case TpmKind::unseen:
        return false;
      case TpmKind::new_owner:
        return today < owner_changes_on;
      case TpmKind::changing:
        return today < payload_changes_on;
    }
    return std::nullopt;
  }
  using LongOutage::may_be_answered;

  [[nodiscard]] Attempt attempt_of(const TpmLeaf& leaf, const SoftwareTpm& tpm, const std::string& address,
                                   const std::string& token) const {
    Attempt a(policy.id_scope, RegistrationId::parse(leaf.id).value());
    if (!token.empty()) a.evidence = SasEvidence{token};
    if (token.empty() || leaf.shows_keys_twice) a.request.tpm = tpm.keys();
    const bool is_changed = leaf.kind == TpmKind::changing && today >= payload_changes_on;
    if (!token.empty() || leaf.tells_payload_first)
      a.request.payload = is_changed ? R"({"firmware":2})" : R"({"firmware":1})";
    a.source.address = address;
    a.source.transport = Transport::https;
    a.direct = leaf.takes_end_at_once;
    return a;
  }
  [[nodiscard]] Attempt attempt_of(const TpmLeaf& leaf, const std::string& token = {}) const {
    return attempt_of(leaf, leaf.tpm, leaf.address, token);
  }
  // Signed with what this TPM finds in the challenge; what it cannot open, with what is at hand.
  [[nodiscard]] std::string token_of(const TpmLeaf& leaf, const SoftwareTpm& by,
                                     const Answer& challenge) const {
    const auto blob = crypto::base64::decode(challenge.authentication_key);
    auto key = blob ? by.open(*blob) : std::nullopt;
    if (!key) key = Bytes(32, 7);
    return mint_sas_token(policy.id_scope, RegistrationId::parse(leaf.id).value(), *key,
                          clock.now().at + hours(1));
  }

  struct Heard {
    Answer last;
    bool challenged = false;
  };
  // The whole of its conversation, as its SDK has it.
  Task<Heard> converse(TpmLeaf& leaf) {
    Heard heard;
    Attempt asks = attempt_of(leaf);
    heard.last = co_await running->admission.admit(std::move(asks));
    heard.challenged = heard.last.status == 401 && !heard.last.authentication_key.empty();
    if (!heard.challenged) co_return heard;
    leaf.last_token = token_of(leaf, leaf.tpm, heard.last);
    Attempt brings = attempt_of(leaf, leaf.last_token);
    heard.last = co_await running->admission.admit(std::move(brings));
    for (int polls = 0; polls < 20 && heard.last.status == 202; ++polls) {
      // What is known needs no waiting, and the leaves of a day come at one moment.
      if (service.up) co_await sleep_for(heard.last.retry_after);
      Attempt poll = attempt_of(leaf, leaf.last_token);
      poll.request = {};
      poll.operation = heard.last.operation;
      heard.last = co_await running->admission.admit(std::move(poll));
    }
    co_return heard;
  }

  // Who told only with its token that it asks for something else begins anew, and goes to the service then.
  Task<Heard> insist(TpmLeaf& leaf) {
    Heard heard = co_await converse(leaf);
    if (heard.last.status == 503) heard = co_await converse(leaf);
    co_return heard;
  }

  // The service is there, and gives each of them a key that is its own.
  void provision_tpms() {
    for (TpmLeaf& leaf : tpms) {
      if (leaf.from_day > today) continue;
      const Heard heard = simulator.run(insist(leaf));
      EXPECT_EQ(heard.last.registration_status, RegistrationStatus::assigned)
          << leaf.id << ": " << code(heard.last.reason);
      leaf.hub_key = heard.last.authentication_key;
      const auto blob = crypto::base64::decode(leaf.hub_key);
      const auto key = blob ? leaf.tpm.open(*blob) : std::nullopt;
      ASSERT_TRUE(key) << leaf.id;
      EXPECT_EQ(as_text(*key), given_keys.at(leaf.id)) << leaf.id;
    }
  }

  Task<void> come_by_tpm(TpmLeaf& leaf) {
    const Heard heard = co_await converse(leaf);
    const bool answered = heard.last.registration_status == RegistrationStatus::assigned &&
                          heard.last.status == 200 && heard.last.authentication_key == leaf.hub_key;
    const bool sent_away = heard.last.status == 503 && heard.last.reason == Reason::needs_service &&
                           heard.last.retry_after > Seconds(0);
    const bool says_too_late = leaf.kind == TpmKind::changing && !leaf.tells_payload_first;
    const bool in_vain = sent_away && heard.challenged && says_too_late;
    if (answered) ++tpm_days.answered;
    if (in_vain) ++tpm_days.challenged_in_vain;
    if (sent_away && !heard.challenged) ++tpm_days.sent_away;
    const auto expected = may_be_answered(leaf);
    const bool is_one = answered || in_vain || (sent_away && !heard.challenged);
    const bool is_right = is_one && (!expected || *expected == answered);
    if (is_right) co_return;
    if (tpm_days.wrong++ == 0)
      ADD_FAILURE() << leaf.id << " on day " << today << ": " << heard.last.status << ", "
                    << code(heard.last.reason) << (heard.challenged ? ", challenged" : "");
  }
  // Before the leaf itself comes: somebody who knows its keys, another TPM, and its own token of the day
  // before.
  Task<void> come_in_its_name(TpmLeaf& leaf) {
    const auto refused = [this](const Answer& answer, Reason why) {
      ++tpm_days.impostors_heard;
      const bool is_right = answer.status == 401 && answer.reason == why && answer.authentication_key.empty();
      if (is_right) ++tpm_days.impostors_refused;
    };
    Attempt asks = attempt_of(leaf, leaf.tpm, elsewhere, {});
    const Answer challenge = co_await running->admission.admit(std::move(asks));
    if (challenge.status == 401) {
      Attempt brings = attempt_of(leaf, leaf.tpm, elsewhere, token_of(leaf, stranger, challenge));
      const Answer answer = co_await running->admission.admit(std::move(brings));
      refused(answer, Reason::tpm_proof_false);
    }
    Attempt other = attempt_of(leaf, stranger, elsewhere, {});
    const Answer differs = co_await running->admission.admit(std::move(other));
    refused(differs, Reason::tpm_key_differs);
    if (leaf.last_token.empty()) co_return;
    Attempt again = attempt_of(leaf, leaf.last_token);
    const Answer old = co_await running->admission.admit(std::move(again));
    refused(old, Reason::tpm_round_unknown);
  }
  Task<void> one_day_of_tpms() {
    for (std::size_t i = 0; i < tpms.size(); ++i) {
      TpmLeaf& leaf = tpms[i];
      if (leaf.from_day > today) continue;
      const bool has_new_owner = leaf.kind == TpmKind::new_owner && today >= owner_changes_on;
      if (has_new_owner && !std::exchange(leaf.is_cleared, true)) leaf.tpm.clear(rsa.next());
      if (static_cast<std::size_t>(today) % tpms.size() == i) co_await come_in_its_name(leaf);
      co_await come_by_tpm(leaf);
    }
  }

  // The power goes while a leaf opens its challenge.
  void power_cut(bool cleanly) {
    TpmLeaf& leaf = tpms.front();
    const Answer challenge = simulator.run(running->admission.admit(attempt_of(leaf)));
    EXPECT_EQ(challenge.reason, Reason::tpm_challenged);
    const std::string token = token_of(leaf, leaf.tpm, challenge);
    LongOutage::power_cut(cleanly);
    const Answer late = simulator.run(running->admission.admit(attempt_of(leaf, token)));
    EXPECT_EQ(late.reason, Reason::tpm_round_unknown);
    ++tpm_days.cut_off;
  }

  // Policy allows each of them what it heard; who came in their names got nothing.
  void expect_tpms_heard_right() const {
    EXPECT_EQ(tpm_days.wrong, 0U);
    EXPECT_GT(tpm_days.answered, 23'000 / scale);
    EXPECT_GT(tpm_days.sent_away, 6'000 / scale);
    EXPECT_GT(tpm_days.challenged_in_vain, 0U);
    EXPECT_GT(tpm_days.impostors_refused, 700U);
    EXPECT_EQ(tpm_days.impostors_refused, tpm_days.impostors_heard);
    EXPECT_GT(tpm_days.cut_off, 15U);
  }
  void tell_of_tpms() const {
    std::cout << "by TPMs: " << tpm_days.answered << " answered, " << tpm_days.sent_away
              << " sent away unchallenged, " << tpm_days.challenged_in_vain << " after it; "
              << tpm_days.impostors_refused << " of " << tpm_days.impostors_heard << " impostors refused, "
              << tpm_days.cut_off << " rounds cut off\n";
  }

  // Of the keys for hubs that the store holds for them.
  [[nodiscard]] std::size_t key_octets() const {
    std::size_t sum = 0;
    for (const TpmLeaf& leaf : tpms) sum += leaf.hub_key.size();
    return sum;
  }
};

}  // namespace leafgate
