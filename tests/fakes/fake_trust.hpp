#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/crypto/hmac.hpp"
#include "gateway/ports/trust.hpp"
#include "tests/fakes/fail_switch.hpp"

namespace leafgate {

// Keys bound to their row by a prefix "row|": a blob used under another row is refused. `fail` acts on seal,
// unseal and derive; Errc::throttled is what a locked or busy TPM gives. Of keys in the TPM it keeps how
// FakeTpm names the object, and what was derived until forget_derived(), as a restart would.
class FakeTrust : public Trust {
 public:
  FailSwitch fail;
  Protection kind = Protection::unprotected;
  std::string store_secret = "the secret of this fake store";
  std::vector<std::string> former_secrets;
  bool open_now = true;

  [[nodiscard]] Protection protection() const override { return kind; }
  [[nodiscard]] bool is_open() const override { return open_now; }

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
    if (is_in_tpm(group_key)) {
      const auto known = derived_.find({group_key.blob, std::string(registration_id)});
      if (known == derived_.end()) return Error(Errc::throttled, "the TPM has not derived it");
      return known->second.copy();
    }
    const auto key = open(group_key, row);
    if (!key) return key.error();
    const auto derived = crypto::hmac_sha256(key->view(), as_bytes(registration_id));
    return crypto::Secret(ByteView(derived));
  }

  [[nodiscard]] bool is_in_tpm(const SealedKey& sealed) const override {
    return sealed.blob.starts_with(tpm_mark);
  }
  Result<SealedKey> seal_tpm_key(const TpmHmacKey& key, std::string_view row) override {
    if (auto error = fail.next()) return *error;
    std::string blob(tpm_mark);
    for (const std::string_view part :
         {row, as_text(key.auth.view()), as_text(key.object.private_area), as_text(key.object.public_area)})
      blob += std::to_string(part.size()) + ':' + std::string(part);
    return SealedKey{std::move(blob)};
  }
  Result<TpmHmacKey> unseal_tpm_key(const SealedKey& sealed, std::string_view row) override {
    if (auto error = fail.next()) return *error;
    if (!open_now) return Error(Errc::throttled, "locked");
    std::string_view rest = std::string_view(sealed.blob).substr(tpm_mark.size());
    if (take(rest) != row) return Error(Errc::refused, "the key was sealed for another row");
    TpmHmacKey key;
    key.auth = crypto::Secret(as_bytes(take(rest)));
    const ByteView private_area = as_bytes(take(rest));
    key.object.private_area.assign(private_area.begin(), private_area.end());
    const ByteView public_area = as_bytes(take(rest));
    key.object.public_area.assign(public_area.begin(), public_area.end());
    return key;
  }
  void know_derived(const SealedKey& group_key, std::string_view registration_id,
                    crypto::Secret derived) override {
    derived_.insert_or_assign({group_key.blob, std::string(registration_id)}, std::move(derived));
  }
  void forget_derived() { derived_.clear(); }
  // As at a start without what seals the store's secrets, until that is back.
  void lock() {
    open_now = false;
    fail.fail_all(Error(Errc::throttled, "locked"));
  }
  void unlock() {
    open_now = true;
    fail.heal();
  }
  [[nodiscard]] std::size_t derived_known() const { return derived_.size(); }

  [[nodiscard]] std::string store_mac(std::string_view message) override {
    return mac_under(store_secret, message);
  }
  [[nodiscard]] std::vector<std::string> store_macs(std::string_view message) override {
    std::vector<std::string> macs{store_mac(message)};
    for (const std::string& secret : former_secrets) macs.push_back(mac_under(secret, message));
    return macs;
  }
  // As when the key of the store opens, or is replaced.
  void change_store_secret(std::string secret) {
    former_secrets.push_back(std::exchange(store_secret, std::move(secret)));
  }

 private:
  static constexpr std::string_view tpm_mark = "in the TPM|";

  static std::string mac_under(const std::string& secret, std::string_view message) {
    const auto mac = crypto::hmac_sha256(as_bytes(secret), as_bytes(message));
    return std::string(as_text(mac));
  }
  // The next "length:octets".
  static std::string_view take(std::string_view& rest) {
    const std::size_t colon = rest.find(':');
    const std::size_t length = std::stoul(std::string(rest.substr(0, colon)));
    const std::string_view part = rest.substr(colon + 1, length);
    rest.remove_prefix(colon + 1 + length);
    return part;
  }
  static Result<crypto::Secret> open(const SealedKey& sealed, std::string_view row) {
    const std::string prefix = std::string(row) + "|";
    if (!sealed.blob.starts_with(prefix)) return Error(Errc::refused, "the key was sealed for another row");
    return crypto::Secret(as_bytes(std::string_view(sealed.blob).substr(prefix.size())));
  }

  std::map<std::pair<std::string, std::string>, crypto::Secret> derived_;
};

}  // namespace leafgate
