#include "gateway/flows/untimed_proofs.hpp"

#include <algorithm>
#include <chrono>

#include "gateway/attestation/sas_token.hpp"
#include "gateway/crypto/x509.hpp"

namespace leafgate {
namespace {

constexpr Millis token_grace = std::chrono::minutes(1);

ProofSpan span_of_chain(const crypto::CertificateChain& chain) {
  ProofSpan span;
  for (const crypto::Certificate& certificate : chain.certificates) {
    span.begins = std::max(span.begins.value_or(certificate.not_before()), certificate.not_before());
    span.ends = std::min(span.ends.value_or(certificate.not_after()), certificate.not_after());
  }
  return span;
}

}  // namespace

ProofSpan span_of(const Evidence& evidence) {
  ProofSpan span;
  if (const auto* shown = std::get_if<CertificateEvidence>(&evidence)) return span_of_chain(*shown->chain);
  if (const auto* sas = std::get_if<SasEvidence>(&evidence)) {
    const auto token = parse_sas_token(sas->token);
    if (token) span.ends = token->expires_at + token_grace;
  }
  return span;
}

TrueTime true_time(const TakenProof& proof, TimePoint now, WallTime wall) {
  const WallTime at = wall - std::chrono::duration_cast<Millis>(now - proof.taken_at);
  const bool early = proof.span.begins && at < *proof.span.begins;
  const bool late = proof.span.ends && at > *proof.span.ends;
  return {at, early || late};
}

const TakenProof& better(const TakenProof& a, const TakenProof& b) {
  const auto margin = [](const TakenProof& proof) {
    constexpr auto none = LoopClock::duration::max();
    return proof.span.ends ? proof.span.ends->time_since_epoch() - proof.taken_at.time_since_epoch() : none;
  };
  return margin(a) < margin(b) ? b : a;
}

void UntimedProofs::add(UntimedProof proof) {
  const std::string key = proof.id.key();
  forget(key);
  if (all_.size() >= capacity_) {
    index_.erase(all_.front().id.key());
    all_.pop_front();
    ++dropped_;
  }
  all_.push_back(std::move(proof));
  index_.emplace(key, std::prev(all_.end()));
}

void UntimedProofs::forget(std::string_view key) {
  const auto known = index_.find(std::string(key));
  if (known == index_.end()) return;
  all_.erase(known->second);
  index_.erase(known);
}

const UntimedProof* UntimedProofs::find(std::string_view key) const {
  const auto known = index_.find(std::string(key));
  return known == index_.end() ? nullptr : &*known->second;
}

std::optional<UntimedProof> UntimedProofs::oldest() const {
  if (all_.empty()) return std::nullopt;
  return all_.front();
}

void UntimedProofs::judged(const UntimedProof& proof) {
  const auto known = index_.find(proof.id.key());
  if (known != index_.end() && known->second->taken_at == proof.taken_at) forget(proof.id.key());
}

}  // namespace leafgate
