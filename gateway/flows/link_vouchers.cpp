#include "gateway/flows/link_vouchers.hpp"

#include <algorithm>

#include "gateway/attestation/leaf_proof.hpp"
#include "gateway/attestation/match.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/ports/sealed_rows.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

class ByDeviceKey final : public LinkVoucher {
 public:
  explicit ByDeviceKey(crypto::Secret key) : key_(std::move(key)) {}
  [[nodiscard]] GatewayProof vouch(const GatewayWord& word) const override {
    const crypto::Digest mac = gateway_mac(word, key_.view());
    GatewayProof proof;
    proof.tag.assign(mac.begin(), mac.end());
    return proof;
  }

 private:
  crypto::Secret key_;
};

Bytes numbers_of(const Bytes& point) { return {point.begin() + 1, point.end()}; }

class ByOwnKey final : public LinkVoucher {
 public:
  explicit ByOwnKey(std::shared_ptr<const crypto::SigningKey> key) : key_(std::move(key)) {}
  [[nodiscard]] GatewayProof vouch(const GatewayWord& word) const override {
    GatewayProof proof;
    proof.tag = key_->sign(gateway_text(word));
    proof.public_key = numbers_of(key_->point());
    return proof;
  }

 private:
  std::shared_ptr<const crypto::SigningKey> key_;
};

}  // namespace

Task<LinkVouchers::Voucher> DeskVouchers::voucher_for(RegistrationId id, Mechanism mechanism) {
  if (mechanism == Mechanism::symmetric_key) co_return co_await by_device_key(std::move(id));
  co_return co_await by_own_key(Reason::none);
}

void DeskVouchers::unanswered(const RegistrationId& id) {
  const std::size_t* before = unanswered_.find(id.key());
  unanswered_.put(id.key(), before == nullptr ? 1 : *before + 1);
}

Task<Result<Bytes>> DeskVouchers::public_key() {
  auto key = co_await own_key();
  if (!key) co_return key.error();
  co_return numbers_of((*key)->point());
}

Task<LinkVouchers::Voucher> DeskVouchers::by_device_key(RegistrationId id) {
  Voucher voucher;
  auto keys = co_await keys_of(id);
  if (!keys) co_return voucher;
  if (keys->empty()) co_return co_await by_own_key(Reason::key_not_held);
  auto record = co_await ports_.ledger.record(id);
  if (!record) co_return voucher;
  const std::size_t chosen = choose(id, *keys, *record);
  voucher.by = std::make_shared<ByDeviceKey>((*keys)[chosen].key.copy());
  co_return voucher;
}

std::size_t DeskVouchers::choose(const RegistrationId& id, const Keys& keys, const Ledger::Record& record) {
  std::size_t first = 0;
  if (record && record->registration.assignment) {
    const std::string& credential = record->registration.assignment->credential;
    for (std::size_t at = 0; at < keys.size(); ++at)
      if (crypto::hex(crypto::sha256(keys[at].key.view())) == credential) first = at;
  }
  const std::size_t* tries = unanswered_.find(id.key());
  return (first + (tries == nullptr ? 0 : *tries)) % keys.size();
}

// In the order in which judge() tries them. Errors: throttled: not now; the store's.
Task<Result<DeskVouchers::Keys>> DeskVouchers::keys_of(RegistrationId id) {
  auto individual = co_await ports_.ledger.individual(id.key());
  if (!individual) co_return individual.error();
  if (*individual) {
    if ((*individual)->mechanism != Mechanism::symmetric_key) co_return Keys();
    auto held = device_keys(**individual, id, ports_.trust);
    if (!held) co_return held.error();
    co_return std::move(held->keys);
  }
  auto groups = co_await ports_.ledger.groups();
  if (!groups) co_return groups.error();
  Keys keys;
  const Match match = match_symmetric(std::nullopt, **groups, id.key());
  for (const Enrollment* group : match.enrollments) {
    auto added = co_await add_group_keys(*group, id, keys);
    if (!added) co_return added.error();
  }
  co_return keys;
}

Task<Result<void>> DeskVouchers::add_group_keys(const Enrollment& group, RegistrationId id, Keys& keys) {
  auto held = device_keys(group, id, ports_.trust);
  if (held && held->missing && ports_.derivations != nullptr) {
    auto fetched = co_await ports_.derivations->fetch(group, id, std::string());
    if (!fetched) co_return Error(Errc::throttled, fetched.error().detail);
    held = device_keys(group, id, ports_.trust);
  }
  if (!held) co_return held.error();
  for (HeldKey& key : held->keys) keys.push_back(std::move(key));
  co_return Result<void>();
}

Task<LinkVouchers::Voucher> DeskVouchers::by_own_key(Reason refused) {
  Voucher voucher;
  auto key = co_await own_key();
  if (!key) co_return voucher;
  voucher.by = std::make_shared<ByOwnKey>(*key);
  voucher.refused = refused;
  co_return voucher;
}

// Read or made when it is first wanted. One that does not open is not replaced: leaves hold its pin.
Task<Result<std::shared_ptr<const crypto::SigningKey>>> DeskVouchers::own_key() {
  if (own_) co_return own_;
  auto stored = co_await ports_.stored.load();
  if (!stored) co_return stored.error();
  if (own_) co_return own_;  // made by another meanwhile
  if (*stored) {
    auto secret = ports_.trust.unseal(**stored, sealed_rows::link_key());
    if (!secret) co_return secret.error();
    auto key = crypto::SigningKey::from(*secret);
    if (!key) co_return key.error();
    own_ = std::make_shared<const crypto::SigningKey>(std::move(*key));
    co_return own_;
  }
  auto made = std::make_shared<const crypto::SigningKey>(crypto::SigningKey::generate());
  auto sealed = ports_.trust.seal(made->secret(), sealed_rows::link_key());
  if (!sealed) co_return sealed.error();
  own_ = made;  // before the store has it: who asks meanwhile must not make another
  auto saved = co_await ports_.stored.save(std::move(*sealed));
  if (!saved) {
    own_.reset();
    co_return saved.error();
  }
  log::notice("a leaf-link key was made", {{"pin", crypto::hex(crypto::sha256(numbers_of(made->point())))}});
  co_return own_;
}

}  // namespace leafgate
