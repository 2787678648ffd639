#include "adapters/tpm/identity.hpp"

#include "adapters/tpm/counter.hpp"

namespace leafgate::tpm {

Outcome<KeyInUse> endorsement_key(Bench& bench) {
  KeyInUse key;
  Esys& esys = bench.esys();
  auto there = bench.has(endorsement_handle);
  if (!there) return there.error();
  if (!*there) {
    bench.make_room();
    auto made = bench.make_primary(ESYS_TR_RH_ENDORSEMENT, endorsement_template(), key.area,
                                   "make the endorsement key");
    if (!made) return made.error();
    key.object = made->get();
    key.made = std::move(*made);
    return key;
  }
  const TSS2_RC code = Esys_TR_FromTPMPublic(esys.raw(), endorsement_handle, ESYS_TR_NONE, ESYS_TR_NONE,
                                             ESYS_TR_NONE, &key.object);
  if (auto done = esys.did(code, "find the endorsement key"); !done) return done.error();
  TPM2B_PUBLIC* out = nullptr;
  const TSS2_RC read = Esys_ReadPublic(esys.raw(), key.object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &out,
                                       nullptr, nullptr);
  const Made<TPM2B_PUBLIC> area(out);
  if (auto done = esys.did(read, "read the endorsement key"); !done) return done.error();
  key.area = *area;
  return key;
}

Outcome<KeyInUse> shown_storage_key(Bench& bench) {
  KeyInUse key;
  if (bench.storage() != ESYS_TR_NONE && is_rsa_2048(bench.storage_public())) {
    key.object = bench.storage();
    key.area = bench.storage_public();
    return key;
  }
  bench.make_room();
  auto made = bench.make_primary(ESYS_TR_RH_OWNER, storage_template(), key.area, "make the storage key");
  if (!made) return made.error();
  key.object = made->get();
  key.made = std::move(*made);
  return key;
}

Outcome<TpmIdentity> identity(Bench& bench) {
  TpmIdentity shown;
  const auto taken = bench.has(clients_handle);
  if (!taken) return taken.error();
  shown.other_client = *taken;
  {
    const auto endorsement = endorsement_key(bench);
    if (!endorsement) return endorsement.error();
    shown.endorsement_public = marshalled(endorsement->area);
  }
  const auto storage = shown_storage_key(bench);
  if (!storage) return storage.error();
  shown.storage_public = marshalled(storage->area);
  return shown;
}

namespace {

// Uses the SRK that is there, of whatever kind; makes the one by the TCG template persistent where there is
// none.
Outcome<void> provide_storage(Bench& bench) {
  auto there = bench.has(storage_handle);
  if (!there) return there.error();
  if (*there) return bench.use_storage(storage_handle);
  auto key = shown_storage_key(bench);
  if (!key) return key.error();
  Esys& esys = bench.esys();
  ESYS_TR persistent = ESYS_TR_NONE;
  const TSS2_RC code = Esys_EvictControl(esys.raw(), ESYS_TR_RH_OWNER, key->object, ESYS_TR_PASSWORD,
                                         ESYS_TR_NONE, ESYS_TR_NONE, storage_handle, &persistent);
  if (auto done = esys.did(code, "keep the storage key"); !done) {
    if (code == TPM2_RC_NV_SPACE) return found(Errc::refused, "the TPM has no room left for the storage key");
    return done;
  }
  return bench.use_storage(storage_handle);
}

}  // namespace

Outcome<TpmAnchor> set_up(Bench& bench, const TpmSetUp& wanted, std::uint32_t counters,
                          std::uint32_t signing_epoch) {
  TpmAnchor anchor;
  {
    const auto endorsement = endorsement_key(bench);
    if (!endorsement) return endorsement.error();
    anchor.endorsement_name = name_of(endorsement->area);
  }
  if (auto provided = provide_storage(bench); !provided) return provided.error();
  anchor.storage_handle = storage_handle;
  anchor.storage_name = name_of(bench.storage_public());
  auto counter = provide_counter(bench, wanted.counter_index, counters, wanted.counter_auth);
  if (!counter) return counter.error();
  anchor.counter_index = counter->index;
  anchor.counter_name = std::move(counter->name);
  auto signing = bench.signing_key(signing_epoch);
  if (!signing) return signing.error();
  anchor.signing_epoch = signing_epoch;
  anchor.signing_public = marshalled((*signing)->area);
  return anchor;
}

}  // namespace leafgate::tpm
