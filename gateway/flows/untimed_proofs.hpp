#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/model/attestation.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/clock.hpp"

namespace leafgate {

// Between which moments a proof is worth something.
struct ProofSpan {
  std::optional<WallTime> begins;
  std::optional<WallTime> ends;
  friend bool operator==(const ProofSpan&, const ProofSpan&) = default;
};

// Of a token: until its end, with the grace it is judged with. Of certificates: what all that were shown have
// in common. A proof that is made afresh for its attempt has no span. Pure.
[[nodiscard]] ProofSpan span_of(const Evidence& evidence);

// A proof and when it was taken, by the clock that nobody can set.
struct TakenProof {
  TimePoint taken_at{};
  ProofSpan span;
};

// Which of two tokens is the last to be stale, whatever the time turns out to be. Pure.
[[nodiscard]] const TakenProof& better(const TakenProof& a, const TakenProof& b);

// A promise that was made on a proof while nobody knew the time (semantics §3, row 3b).
struct UntimedProof : TakenProof {
  UntimedProof(RegistrationId who, std::string promised_operation)
      : id(std::move(who)), operation(std::move(promised_operation)) {}
  RegistrationId id;
  std::string operation;  // that the leaf was given
  // The best of those by which what is in the outbox was asked for, where this one asked for the same;
  // absent: one of them is beyond doubt.
  std::optional<TakenProof> row_by;
};

// By what the time is now: the true time at which it was taken, and whether that was outside its span.
struct TrueTime {
  WallTime taken_at;
  bool stale;
};
[[nodiscard]] TrueTime true_time(const TakenProof& proof, TimePoint now, WallTime wall);

// Those that are to be judged again when the time is known: the newest of each leaf, in memory, bounded. When
// there is no room, the oldest goes unjudged and is counted. After a restart nobody knows any more which they
// were: a row that was taken before it is sent with a token that is minted here, and the leaf's own proof is
// not looked at again. First loop only.
class UntimedProofs {
 public:
  static constexpr std::size_t most = 16'384;
  explicit UntimedProofs(std::size_t capacity = most) : capacity_(capacity) {}

  void add(UntimedProof proof);
  // Whether what this leaf was promised is still to be judged.
  [[nodiscard]] bool awaits(std::string_view key) const { return index_.contains(std::string(key)); }
  [[nodiscard]] const UntimedProof* find(std::string_view key) const;
  // The oldest; none left: nothing.
  [[nodiscard]] std::optional<UntimedProof> oldest() const;
  // This leaf has proved itself by a known time since.
  void forget(std::string_view key);
  // It is judged, unless a newer one of that leaf has come meanwhile.
  void judged(const UntimedProof& proof);

  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  std::size_t capacity_;
  std::list<UntimedProof> all_;  // oldest first
  std::unordered_map<std::string, std::list<UntimedProof>::iterator> index_;
  std::uint64_t dropped_ = 0;
};

}  // namespace leafgate
