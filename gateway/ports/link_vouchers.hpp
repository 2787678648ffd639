#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/model/attestation.hpp"
#include "gateway/model/ids.hpp"
#include "gateway/model/leaf_link.hpp"
#include "gateway/model/reason.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

// How the gateway proves itself to one leaf without IP, for one attempt of it: by the leaf's device key where
// that is held here, else by the gateway's own leaf-link key. First loop only.
class LinkVoucher {
 public:
  virtual ~LinkVoucher() = default;
  [[nodiscard]] virtual GatewayProof vouch(const GatewayWord& word) const = 0;
};

// Inward. First loop only.
class LinkVouchers {
 public:
  virtual ~LinkVouchers() = default;

  struct Voucher {
    std::shared_ptr<const LinkVoucher> by;  // null: not now (secrets are locked, the TPM derives): come again
    Reason refused = Reason::none;          // key_not_held: nothing here could judge this leaf
  };
  // For a leaf that wants to register; `way` is the address of its Source. Of several keys that it may have
  // the one that proved it before, else the first. Waits for the TPM a little, where that must derive its key
  // first.
  virtual Task<Voucher> voucher_for(RegistrationId id, Mechanism mechanism, std::string way) = 0;
  // It was challenged and brought no proof: next time another of its keys, if there is one, vouches to who
  // comes that way. Who calls itself so elsewhere changes nothing for it.
  virtual void unanswered(const RegistrationId& id, const std::string& way) = 0;

  // x and y of the gateway's leaf-link key, 64 octets, whose SHA-256 is the pin of leaves; made when there is
  // none yet. Errors: throttled (secrets are locked), the store's.
  virtual Task<Result<Bytes>> public_key() = 0;
};

}  // namespace leafgate
