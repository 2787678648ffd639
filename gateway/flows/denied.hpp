#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/attestation/x509_path.hpp"
#include "gateway/model/reason.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/denials.hpp"

namespace leafgate {

// By what a leaf can be told apart, as far as it has shown it.
struct Shown {
  std::string id;                                         // in lower case
  std::shared_ptr<const crypto::CertificateChain> chain;  // null: none
  std::string endorsement_key;                            // hex SHA-256 of its TPM2B_PUBLIC; empty: none
};

// Who is kept out, in memory: what the signed list and the operators here say, and whom two places prove. A
// time that is over lets nobody in while it is not known what the time is. First loop only.
class Denied {
 public:
  explicit Denied(const WallClock& clock) : clock_(clock) {}

  void load(const StoredDenials& stored);
  void replace_list(HeldDenyList list, const std::vector<Denial>& entries);
  void put_local(const Denial& entry);
  void remove_local(DenyKind kind, std::string_view value);

  // Its id, its endorsement key, a certificate of its chain, or a CA above that: `authorities` are those
  // enrolled here, of which the leaf may have left out the upper ones.
  [[nodiscard]] bool denies(const Shown& shown, std::span<const EnrolledAuthority> authorities) const;
  [[nodiscard]] bool denies_id(std::string_view id) const { return denies(DenyKind::registration_id, id); }
  [[nodiscard]] bool denies(DenyKind kind, std::string_view value) const {
    return !is_empty() && denies(kind, value, clock_.now());
  }
  // As it will be then, if nobody says anything else.
  [[nodiscard]] bool denies(DenyKind kind, std::string_view value, const WallReading& then) const;
  // When that ends; absent: it is not denied, or for good.
  [[nodiscard]] std::optional<WallTime> denied_until(DenyKind kind, std::string_view value) const;

  // What operators said of single leaves, by id in lower case.
  void put_word(OperatorWord word);
  [[nodiscard]] const OperatorWord* word(std::string_view id) const;
  [[nodiscard]] std::size_t words() const { return words_.size(); }

  // Two places prove this id at the same time: held until an operator says that only one is left. True where
  // that is new. Beyond so many nobody is added: none of them is let go for another.
  static constexpr std::size_t most_contested = 16'384;
  bool contest(std::string_view id, std::string other_place);
  [[nodiscard]] const Contest* contested(std::string_view id) const;
  void settle(std::string_view id);
  [[nodiscard]] const std::map<std::string, Contest, std::less<>>& contests() const { return contested_; }

  // Why a leaf of this id (in lower case) that shows this credential, as Verdict names it, is refused: denied
  // or rejected_by_operator, else none. CAs above a certificate are not known here.
  [[nodiscard]] Reason bar(std::string_view id, std::string_view credential) const {
    return bar(id, credential, clock_.now());
  }
  [[nodiscard]] Reason bar(std::string_view id, std::string_view credential, const WallReading& then) const;
  // The same, and those that two places prove.
  [[nodiscard]] bool keeps_out(std::string_view id, std::string_view credential) const {
    return bar(id, credential) != Reason::none || contested(id) != nullptr;
  }

  [[nodiscard]] const std::optional<HeldDenyList>& list() const { return list_; }
  // The signed list alone.
  [[nodiscard]] bool lists(DenyKind kind, std::string_view value) const;
  [[nodiscard]] bool holds_local(DenyKind kind, std::string_view value) const {
    return local_.contains(key_of(kind, value));
  }
  [[nodiscard]] std::size_t listed_count() const { return listed_.size(); }
  [[nodiscard]] std::size_t local_count() const { return local_.size(); }
  // Of those, how many count now.
  [[nodiscard]] std::size_t listed_in_force() const { return in_force(listed_); }
  [[nodiscard]] std::size_t local_in_force() const { return in_force(local_); }
  [[nodiscard]] std::vector<Denial> listed(std::size_t most) const { return some(listed_, most); }
  [[nodiscard]] std::vector<Denial> local(std::size_t most) const { return some(local_, most); }

 private:
  [[nodiscard]] bool is_empty() const { return listed_.empty() && local_.empty(); }
  // By kind and value. A list of the largest size takes 4 MB.
  using Entries = std::unordered_map<std::string, std::optional<WallTime>>;
  static std::string key_of(DenyKind kind, std::string_view value);
  static std::vector<Denial> some(const Entries& entries, std::size_t most);
  void fill(const std::vector<Denial>& entries);
  [[nodiscard]] static bool counts(const std::optional<WallTime>& until, const WallReading& then);
  [[nodiscard]] std::size_t in_force(const Entries& entries) const;
  [[nodiscard]] static bool counts(const Entries& entries, const std::string& key, const WallReading& then);
  [[nodiscard]] bool denies_path(const crypto::CertificateChain& chain,
                                 std::span<const EnrolledAuthority> authorities) const;

  const WallClock& clock_;
  std::optional<HeldDenyList> list_;
  Entries listed_;
  Entries local_;
  std::map<std::string, OperatorWord, std::less<>> words_;
  std::map<std::string, Contest, std::less<>> contested_;
};

}  // namespace leafgate
