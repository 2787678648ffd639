// Tokens that opened an operation, and promises made on proofs that nobody could date (semantics §3, row 3b).
#include "gateway/crypto/digest.hpp"
#include "gateway/flows/admit_facts.hpp"
#include "gateway/flows/untimed_proofs.hpp"

namespace leafgate {
namespace {

std::string token_digest(const Evidence& evidence) {
  const std::string_view proof = proof_of(evidence);
  return proof.empty() ? std::string() : crypto::hex(crypto::sha256(as_bytes(proof)));
}

}  // namespace

bool Admission::opened_by_this_token(const Attempt& attempt) {
  if (!attempt.operation) return false;
  if (pending_.lived(attempt)) return true;
  const UntimedProof* untimed = ports_.untimed == nullptr ? nullptr : ports_.untimed->find(attempt.id.key());
  const WallReading now = ports_.clock.now();
  const bool time_is_known = now.quality != ClockQuality::unsynced;
  if (untimed != nullptr && time_is_known && true_time(*untimed, LoopClock::now(), now.at).stale)
    return false;
  const std::string* opener = openers_.find(attempt.operation->text());
  return opener && *opener == token_digest(attempt.evidence);
}

void Admission::remember_opener(const OperationId& operation, const Attempt& attempt) {
  const std::string digest = token_digest(attempt.evidence);
  if (!digest.empty()) openers_.put(operation.text(), digest);
}

// Before a row is forwarded or a poll answered by the right time, its proof is looked at again. `joins`: the
// row was there already, and asks for the same.
void Admission::note_promise(const Facts& facts, const OperationId& operation, bool joins) {
  const std::string& key = facts.attempt.id.key();
  taken_back_.erase(key);
  if (ports_.untimed == nullptr) return;
  if (!facts.decision.provisional) {
    ports_.untimed->forget(key);
    return;
  }
  UntimedProof proof(facts.attempt.id, operation.text());
  proof.taken_at = LoopClock::now();
  proof.span = span_of(facts.attempt.evidence);
  if (proof.span == ProofSpan()) return;
  proof.row_by = proof;
  if (joins) {
    const UntimedProof* before = ports_.untimed->find(key);
    const bool is_in_doubt = before != nullptr && before->operation == proof.operation && before->row_by;
    if (is_in_doubt)
      proof.row_by = better(*before->row_by, proof);
    else
      proof.row_by.reset();
  }
  ports_.untimed->add(std::move(proof));
}

void Admission::forget_opener(const std::string& operation) { openers_.erase(operation); }

void Admission::take_back(const RegistrationId& id, const std::string& operation) {
  forget_opener(operation);
  taken_back_.put(id.key(), operation);
}

bool Admission::is_taken_back(const std::string& key, const OperationId& operation) {
  const std::string* gone = taken_back_.find(key);
  return gone != nullptr && *gone == operation.text();
}

std::size_t Admission::untimed() const { return ports_.untimed == nullptr ? 0 : ports_.untimed->size(); }

}  // namespace leafgate
