#include "gateway/flows/tpm_rounds.hpp"

#include <algorithm>

#include "gateway/flows/source_key.hpp"

namespace leafgate {
namespace {

std::string place_of(const Source& source, const RegistrationId& id) {
  return id.key() + '\n' + source_key(source.address);
}

std::string place_of(const Attempt& attempt) { return place_of(attempt.source, attempt.id); }

SasVerdict false_because(Reason reason) {
  SasVerdict verdict;
  verdict.proof = Proof::proven_false;
  verdict.reason = reason;
  return verdict;
}

}  // namespace

TpmRounds::OfALeaf* TpmRounds::live(const Attempt& attempt, TimePoint now) {
  OfALeaf* of_leaf = rounds_.find(place_of(attempt));
  if (of_leaf == nullptr) return nullptr;
  std::erase_if(*of_leaf, [now](const Shared& round) { return now >= round->until; });
  if (!of_leaf->empty()) return of_leaf;
  rounds_.erase(place_of(attempt));
  return nullptr;
}

void TpmRounds::open(const Attempt& attempt, TpmRound round, TimePoint now) {
  round.until = now + lives;
  OfALeaf* of_leaf = live(attempt, now);
  if (of_leaf == nullptr) of_leaf = &rounds_.put(place_of(attempt), {});
  if (of_leaf->size() >= most_of_a_leaf) of_leaf->erase(of_leaf->begin());
  of_leaf->push_back(std::make_shared<const TpmRound>(std::move(round)));
}

bool TpmRounds::any(const Attempt& attempt, TimePoint now) { return live(attempt, now) != nullptr; }

TpmRounds::Found TpmRounds::find(const Attempt& attempt, WallReading now, TimePoint loop_now) {
  Found found;
  const OfALeaf* of_leaf = live(attempt, loop_now);
  const auto* sas = std::get_if<SasEvidence>(&attempt.evidence);
  if (of_leaf == nullptr || sas == nullptr) {
    found.verdict = false_because(Reason::tpm_round_unknown);
    return found;
  }
  OfALeaf ours;
  std::vector<CandidateKey> keys;
  for (const Shared& round : *of_leaf) {
    if (!round->is_ours()) {
      const bool fits = attempt.request.tpm.empty() || attempt.request.tpm == round->keys;
      if (fits) found.round = round;
      continue;
    }
    ours.push_back(round);
    keys.push_back({round->key.view(), false});
  }
  SasVerdict verdict = judge_sas(sas->token, attempt.scope, attempt.id, keys, now, false);
  if (verdict.candidate != SasVerdict::none) found.round = ours[verdict.candidate];
  if (verdict.proof == Proof::good_by_untrusted_clock) verdict.proof = Proof::good;
  if (verdict.reason == Reason::wrong_key && found.round) verdict = SasVerdict();  // the service's to judge
  if (verdict.reason == Reason::wrong_key) verdict.reason = Reason::tpm_proof_false;
  if (ours.empty() && !found.round) verdict = false_because(Reason::tpm_round_unknown);
  found.verdict = std::move(verdict);
  return found;
}

void TpmRounds::spend(const Attempt& attempt, const Shared& round) {
  OfALeaf* of_leaf = rounds_.find(place_of(attempt));
  if (of_leaf != nullptr) std::erase(*of_leaf, round);
}

void TpmRounds::ended_there(const Source& source, const RegistrationId& id) {
  OfALeaf* of_leaf = rounds_.find(place_of(source, id));
  if (of_leaf != nullptr) std::erase_if(*of_leaf, [](const Shared& round) { return !round->is_ours(); });
}

}  // namespace leafgate
