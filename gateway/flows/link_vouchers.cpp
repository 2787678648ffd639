#include "gateway/flows/link_vouchers.hpp"

#include <algorithm>

#include "gateway/attestation/leaf_proof.hpp"
#include "gateway/attestation/match.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/ports/sealed_rows.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

// At once: what mints tokens asks the TPM for keys too, and must find room there.
constexpr std::size_t most_asking = 4;
// As a credential: fits none, so that all keys of the leaf are asked for, not only the first.
constexpr std::string_view any_other = "another";

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

DeskVouchers::Asker::Asker(RegistrationId who, const std::string& way)
    : id(std::move(who)), key(id.key() + '\n' + way) {}

Task<LinkVouchers::Voucher> DeskVouchers::voucher_for(RegistrationId id, Mechanism mechanism,
                                                      std::string way) {
  if (mechanism != Mechanism::symmetric_key) co_return co_await by_own_key(Reason::none);
  Asker asker(std::move(id), way);
  co_return co_await by_device_key(std::move(asker));
}

void DeskVouchers::unanswered(const RegistrationId& id, const std::string& way) {
  const Asker asker(id, way);
  const Tries* before = unanswered_.find(asker.key);
  Tries tries = before == nullptr ? Tries() : *before;
  ++tries.count;
  unanswered_.put(asker.key, tries);
}

Task<Result<Bytes>> DeskVouchers::public_key() {
  auto key = co_await own_key();
  if (!key) co_return key.error();
  co_return numbers_of((*key)->point());
}

Task<LinkVouchers::Voucher> DeskVouchers::by_device_key(Asker asker) {
  Voucher voucher;
  auto keys = co_await keys_of(asker);
  if (!keys) co_return voucher;
  if (keys->empty()) co_return co_await by_own_key(Reason::key_not_held);
  auto record = co_await ports_.ledger.record(asker.id);
  if (!record) co_return voucher;
  const std::size_t chosen = choose(asker, *keys, *record);
  voucher.by = std::make_shared<ByDeviceKey>((*keys)[chosen].key.copy());
  co_return voucher;
}

std::size_t DeskVouchers::choose(const Asker& asker, const Keys& keys, const Ledger::Record& record) {
  std::size_t first = 0;
  if (record && record->registration.assignment) {
    const std::string& credential = record->registration.assignment->credential;
    for (std::size_t at = 0; at < keys.size(); ++at)
      if (crypto::hex(crypto::sha256(keys[at].key.view())) == credential) first = at;
  }
  Tries* tries = unanswered_.find(asker.key);
  if (tries == nullptr) return first;
  if (!tries->first) tries->first = first;
  // Since then another key has proved the leaf: that settles what the tries were for.
  if (*tries->first != first) {
    unanswered_.erase(asker.key);
    return first;
  }
  return (first + tries->count) % keys.size();
}

// In the order in which judge() tries them. Errors: throttled: not now; the store's.
Task<Result<DeskVouchers::Keys>> DeskVouchers::keys_of(Asker asker) {
  const RegistrationId& id = asker.id;
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
  std::size_t unmatched = 0;
  for (const Enrollment* group : match.enrollments) {
    // Groups that take every id make the TPM work for strangers.
    const bool takes_any = group->match.empty() && is_in_tpm(*group, ports_.trust);
    if (takes_any && ++unmatched > most_unmatched_groups) continue;
    auto added = co_await add_group_keys(*group, asker, keys);
    if (!added) co_return added.error();
  }
  co_return keys;
}

Task<Result<void>> DeskVouchers::add_group_keys(const Enrollment& group, Asker asker, Keys& keys) {
  const RegistrationId& id = asker.id;
  auto held = device_keys(group, id, ports_.trust);
  if (held && held->missing && ports_.derivations != nullptr) {
    auto derived = co_await derive(group, asker);
    held = device_keys(group, id, ports_.trust);
    const bool none = held && held->keys.empty();
    if (!derived && none) co_return Error(Errc::throttled, derived.error().detail);
  }
  if (!held) co_return held.error();
  for (HeldKey& key : held->keys) keys.push_back(std::move(key));
  co_return Result<void>();
}

// The key that proved the leaf before, else the first; once that was no use, all.
Task<Result<void>> DeskVouchers::derive(const Enrollment& group, Asker asker) {
  auto record = co_await ports_.ledger.record(asker.id);
  if (!record) co_return record.error();
  std::string wanted;
  if (const auto& known = (*record)->registration.assignment) wanted = known->credential;
  if (unanswered_.find(asker.key) != nullptr) wanted = any_other;
  if (asking_ >= most_asking) co_return Error(Errc::throttled, "the TPM derives for others");
  ++asking_;
  auto fetched = co_await ports_.derivations->fetch(group, std::move(asker.id), std::move(wanted));
  --asking_;
  co_return fetched;
}

Task<LinkVouchers::Voucher> DeskVouchers::by_own_key(Reason refused) {
  Voucher voucher;
  auto key = co_await own_key();
  if (!key) co_return voucher;
  voucher.by = std::make_shared<ByOwnKey>(*key);
  voucher.refused = refused;
  co_return voucher;
}

// Read or made when it is first wanted, and given to nobody before it is stored: a pin that is told must
// hold. One that does not open is not replaced: leaves hold its pin.
Task<Result<std::shared_ptr<const crypto::SigningKey>>> DeskVouchers::own_key() {
  if (own_) co_return own_;
  auto stored = co_await ports_.stored.load();
  if (!stored) co_return stored.error();
  if (own_) co_return own_;  // read or made by another meanwhile
  if (*stored) {
    auto secret = ports_.trust.unseal(**stored, sealed_rows::link_key());
    if (!secret) co_return secret.error();
    auto key = crypto::SigningKey::from(*secret);
    if (!key) co_return key.error();
    own_ = std::make_shared<const crypto::SigningKey>(std::move(*key));
    co_return own_;
  }
  if (making_) co_return Error(Errc::throttled, "the key is being made");
  auto made = std::make_shared<const crypto::SigningKey>(crypto::SigningKey::generate());
  auto sealed = ports_.trust.seal(made->secret(), sealed_rows::link_key());
  if (!sealed) co_return sealed.error();
  making_ = true;
  auto saved = co_await ports_.stored.save(std::move(*sealed));
  making_ = false;
  if (!saved) co_return saved.error();
  own_ = made;
  log::notice("a leaf-link key was made", {{"pin", crypto::hex(crypto::sha256(numbers_of(made->point())))}});
  co_return own_;
}

}  // namespace leafgate
