#pragma once

#include <string>
#include <string_view>

#include "gateway/crypto/hmac.hpp"
#include "gateway/ports/trust.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// Keys bound to their row by a prefix "row|": a blob used under another row is refused. `fail` acts on seal,
// unseal and derive; Errc::throttled is what a locked or busy TPM gives.
class FakeTrust : public Trust {
 public:
  FailSwitch fail;
  Protection kind = Protection::unprotected;
  std::string store_secret = "the secret of this fake store";

  [[nodiscard]] Protection protection() const override { return kind; }

  Result<SealedKey> seal(const crypto::Secret& key, std::string_view row) override {
    if (auto error = fail.next()) return *error;
    return SealedKey{std::string(row) + "|" + std::string(as_text(key.view()))};
  }

  Result<crypto::Secret> unseal(const SealedKey& sealed, std::string_view row) override {
    if (auto error = fail.next()) return *error;
    return open(sealed, row);
  }

  Result<crypto::Secret> derive(const SealedKey& group_key, std::string_view row,
                                std::string_view registration_id) override {
    if (auto error = fail.next()) return *error;
    const auto key = open(group_key, row);
    if (!key) return key.error();
    const auto derived = crypto::hmac_sha256(key->view(), as_bytes(registration_id));
    return crypto::Secret(ByteView(derived));
  }

  [[nodiscard]] std::string store_mac(std::string_view message) override {
    const auto mac = crypto::hmac_sha256(as_bytes(store_secret), as_bytes(message));
    return std::string(as_text(mac));
  }

 private:
  static Result<crypto::Secret> open(const SealedKey& sealed, std::string_view row) {
    const std::string prefix = std::string(row) + "|";
    if (!sealed.blob.starts_with(prefix)) return Error(Errc::refused, "the key was sealed for another row");
    return crypto::Secret(as_bytes(std::string_view(sealed.blob).substr(prefix.size())));
  }
};

}  // namespace leafgate
