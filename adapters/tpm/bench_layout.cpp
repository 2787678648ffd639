#include "adapters/tpm/bench.hpp"

namespace leafgate::tpm {
namespace {

Failure foreign(std::string why) { return found(Errc::refused, std::move(why), Sign::foreign); }

}  // namespace

Outcome<void> Bench::use_storage(TPM2_HANDLE handle) {
  ESYS_TR object = ESYS_TR_NONE;
  const TSS2_RC code =
      Esys_TR_FromTPMPublic(esys_->raw(), handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &object);
  if (auto done = esys_->did(code, "read the storage key"); !done) return done;
  TPM2B_PUBLIC* out = nullptr;
  const TSS2_RC read =
      Esys_ReadPublic(esys_->raw(), object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &out, nullptr, nullptr);
  const Made<TPM2B_PUBLIC> area(out);
  if (auto done = esys_->did(read, "read the storage key"); !done) return done;
  if (!is_storage_key(*area)) return found(Errc::conflict, "what is at the storage key's handle is none");
  if (storage_ != object) session_.drop();  // was salted with another key
  storage_ = object;
  storage_public_ = *area;
  return {};
}

// By such a key each unclean stop counts as a false guess, and some lock the TPM. Another key would open
// nothing of what was sealed, so it can only be exchanged before set-up.
std::string Bench::flaw() const {
  const bool is_spared = (storage_public_.publicArea.objectAttributes & TPMA_OBJECT_NODA) != 0;
  if (storage_ == ESYS_TR_NONE || is_spared) return {};
  return "its storage key has no noDA: each power cut counts towards the lockout; before set-up, where "
         "nothing else uses that key, take it away by tpm2_evictcontrol -C o -c 0x81000001";
}

Outcome<void> Bench::check_endorsement(const TpmAnchor& anchor) {
  auto there = has(endorsement_handle);
  if (!there) return there.error();
  // Where it is not persistent it would have to be made, which takes seconds on a chip and tells no more
  // than the storage key does.
  if (!*there) return {};
  ESYS_TR object = ESYS_TR_NONE;
  const TSS2_RC code = Esys_TR_FromTPMPublic(esys_->raw(), endorsement_handle, ESYS_TR_NONE, ESYS_TR_NONE,
                                             ESYS_TR_NONE, &object);
  if (auto done = esys_->did(code, "read the endorsement key"); !done) return done;
  TPM2B_NAME* out = nullptr;
  const TSS2_RC named = Esys_TR_GetName(esys_->raw(), object, &out);
  const Made<TPM2B_NAME> name(out);
  Esys_TR_Close(esys_->raw(), &object);
  if (auto done = esys_->did(named, "name the endorsement key"); !done) return done;
  if (!std::ranges::equal(ByteView(name->name, name->size), anchor.endorsement_name))
    return foreign("it has another endorsement key: another TPM");
  return {};
}

Outcome<void> Bench::check_storage(const TpmAnchor& anchor) {
  auto there = has(anchor.storage_handle);
  if (!there) return there.error();
  if (!*there) return foreign("its storage key is gone: cleared, or another TPM");
  if (auto used = use_storage(anchor.storage_handle); !used) {
    if (used.error().error.code == Errc::conflict) return foreign(used.error().error.detail);
    return used;
  }
  if (name_of(storage_public_) != anchor.storage_name)
    return foreign("it has another storage key: cleared, or another TPM");
  return {};
}

Outcome<void> Bench::check_counter(const TpmAnchor& anchor) {
  auto there = has(anchor.counter_index);
  if (!there) return there.error();
  if (!*there) return foreign("its epoch counter is gone: cleared, or another TPM");
  counter_ = ESYS_TR_NONE;
  if (auto found = counter(anchor.counter_index); !found) return found.error();
  auto name = name_of_counter();
  if (!name) return name.error();
  if (*name != anchor.counter_name) return foreign("its epoch counter is another one");
  return {};
}

Outcome<void> Bench::recognise(const TpmAnchor& anchor) {
  if (auto checked = check_endorsement(anchor); !checked) return checked;
  if (auto checked = check_storage(anchor); !checked) return checked;
  return check_counter(anchor);
}

Outcome<void> Bench::lay_out(const std::optional<TpmAnchor>& anchor) {
  anchor_ = anchor;
  if (!anchor) {
    auto there = has(storage_handle);
    if (!there) return there.error();
    if (*there) {
      auto used = use_storage(storage_handle);
      if (!used && used.error().error.code != Errc::conflict) return used;
    }
    return {};
  }
  if (auto known = recognise(*anchor); !known) return known;
  auto laid = lay_out_keys(*anchor);
  if (laid || laid.error().sign != Sign::crowded || !alone_) return laid;
  if (auto cleared = clear_strangers(); !cleared) return cleared;
  return lay_out_keys(*anchor);
}

Outcome<void> Bench::make_more_room() {
  if (!alone_) return {};
  return clear_strangers();
}

Outcome<void> Bench::lay_out_keys(const TpmAnchor& anchor) {
  if (auto salted = session(Crossing::none); !salted) return salted.error();
  auto signing = signing_key(anchor.signing_epoch);
  if (!signing) {
    // Somebody gave the endorsement hierarchy a password: all but checkpoints works without.
    if (signing.error().sign == Sign::strange) return {};
    return signing.error();
  }
  if (marshalled((*signing)->area) != anchor.signing_public)
    return foreign("it has another attestation key: another TPM");
  return {};
}

}  // namespace leafgate::tpm
