#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/attestation/x509_path.hpp"
#include "gateway/ports/clock.hpp"
#include "gateway/ports/denials.hpp"

namespace leafgate {

// By what a leaf can be told apart, as far as it has shown it.
struct Shown {
  std::string id;                                         // in lower case
  std::shared_ptr<const crypto::CertificateChain> chain;  // null: none
  std::string endorsement_key;                            // hex SHA-256 of its TPM2B_PUBLIC; empty: none
};

// Who is kept out, in memory: what the signed list and the operators here say. A time that is over lets
// nobody in while it is not known what the time is. First loop only.
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
  [[nodiscard]] bool denies(DenyKind kind, std::string_view value) const;

  [[nodiscard]] const std::optional<HeldDenyList>& list() const { return list_; }
  // The signed list alone.
  [[nodiscard]] bool lists(DenyKind kind, std::string_view value) const;
  [[nodiscard]] std::size_t listed_count() const { return listed_.size(); }
  [[nodiscard]] std::size_t local_count() const { return local_.size(); }
  [[nodiscard]] std::vector<Denial> listed(std::size_t most) const { return some(listed_, most); }
  [[nodiscard]] std::vector<Denial> local(std::size_t most) const { return some(local_, most); }

 private:
  // By kind and value. A list of the largest size takes 4 MB.
  using Entries = std::unordered_map<std::string, std::optional<WallTime>>;
  static std::string key_of(DenyKind kind, std::string_view value);
  static std::vector<Denial> some(const Entries& entries, std::size_t most);
  void fill(const std::vector<Denial>& entries);
  [[nodiscard]] bool counts(const Entries& entries, const std::string& key) const;
  [[nodiscard]] bool denies_path(const crypto::CertificateChain& chain,
                                 std::span<const EnrolledAuthority> authorities) const;

  const WallClock& clock_;
  std::optional<HeldDenyList> list_;
  Entries listed_;
  Entries local_;
};

}  // namespace leafgate
