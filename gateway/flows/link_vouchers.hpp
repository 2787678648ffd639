#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/crypto/signing_key.hpp"
#include "gateway/flows/derivations.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/flows/ledger.hpp"
#include "gateway/flows/lru.hpp"
#include "gateway/ports/link_identity.hpp"
#include "gateway/ports/link_vouchers.hpp"
#include "gateway/ports/trust.hpp"

namespace leafgate {

// Who vouches for the gateway to leaves without IP. A leaf does not say which of its keys it has: the primary
// or the secondary one, or that of one of two groups. The one that proved it before goes first; after a
// challenge that was not answered, the next. First loop only.
class DeskVouchers final : public LinkVouchers {
 public:
  struct Ports {
    Ledger& ledger;
    Trust& trust;
    LinkIdentityStore& stored;
    Derivations* derivations = nullptr;  // null: no group's key lives in a TPM
  };
  explicit DeskVouchers(Ports ports) : ports_(ports), unanswered_(remembered) {}

  Task<Voucher> voucher_for(RegistrationId id, Mechanism mechanism, std::string way) override;
  void unanswered(const RegistrationId& id, const std::string& way) override;
  Task<Result<Bytes>> public_key() override;

 private:
  static constexpr std::size_t remembered = 4'096;
  using Keys = std::vector<HeldKey>;
  struct Tries {
    std::size_t count = 0;             // challenges in a row that brought no proof
    std::optional<std::size_t> first;  // the key that would have gone first then
  };

  struct Asker {
    Asker(RegistrationId who, const std::string& way);
    RegistrationId id;
    std::string key;  // of its tries
  };

  Task<Result<Keys>> keys_of(Asker asker);
  Task<Result<void>> add_group_keys(const Enrollment& group, Asker asker, Keys& keys);
  Task<Result<void>> derive(const Enrollment& group, Asker asker);
  Task<Voucher> by_device_key(Asker asker);
  Task<Voucher> by_own_key(Reason refused);
  Task<Result<std::shared_ptr<const crypto::SigningKey>>> own_key();
  [[nodiscard]] std::size_t choose(const Asker& asker, const Keys& keys, const Ledger::Record& record);

  Ports ports_;
  LruMap<Tries> unanswered_;  // by registrationId and way
  std::size_t asking_ = 0;    // under way with the TPM
  bool making_ = false;
  std::shared_ptr<const crypto::SigningKey> own_;
};

}  // namespace leafgate
