#include "adapters/tpm/counter.hpp"

#include <cstdio>

namespace leafgate::tpm {
namespace {

constexpr UINT16 counter_size = 8;

std::string index_text(std::uint32_t index) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "0x%08X", index);
  return text.data();
}

std::uint64_t number_of(const BYTE* octets) {
  std::uint64_t number = 0;
  for (unsigned i = 0; i < counter_size; ++i) number = number << 8 | octets[i];
  return number;
}

// The index as ESYS knows it, opened with `auth`.
Outcome<ESYS_TR> opened(Bench& bench, std::uint32_t handle, const crypto::Secret& auth) {
  Wiped<TPM2B_AUTH> value;
  if (!fill(value, auth.view())) return found(Errc::refused, "an authorization value that is too long");
  auto index = bench.counter(handle);
  if (!index) return index.error();
  Esys& esys = bench.esys();
  if (auto set = esys.did(Esys_TR_SetAuth(esys.raw(), *index, &value), "set a value"); !set)
    return set.error();
  return *index;
}

Outcome<std::uint64_t> read(Bench& bench, ESYS_TR index) {
  Esys& esys = bench.esys();
  auto session = bench.session(Crossing::none);
  if (!session) return session.error();
  TPM2B_MAX_NV_BUFFER* out = nullptr;
  const TSS2_RC code =
      Esys_NV_Read(esys.raw(), index, index, *session, ESYS_TR_NONE, ESYS_TR_NONE, counter_size, 0, &out);
  const Made<TPM2B_MAX_NV_BUFFER> data(out);
  if (auto done = esys.did(code, "read the epoch counter"); !done) return done.error();
  if (data->size != counter_size) return found(Errc::refused, "a counter of another size");
  bench.counted = number_of(data->buffer);
  return *bench.counted;
}

Outcome<void> increment(Bench& bench, ESYS_TR index) {
  Esys& esys = bench.esys();
  auto session = bench.session(Crossing::none);
  if (!session) return session.error();
  const TSS2_RC code = Esys_NV_Increment(esys.raw(), index, index, *session, ESYS_TR_NONE, ESYS_TR_NONE);
  return esys.did(code, "advance the epoch counter");
}

Outcome<std::uint32_t> expected_index(Bench& bench) {
  if (!bench.anchor()) return found(Errc::unsupported, "the TPM is not set up");
  return bench.anchor()->counter_index;
}

Outcome<void> define(Bench& bench, std::uint32_t handle, const crypto::Secret& auth) {
  Wiped<TPM2B_AUTH> value;
  if (!fill(value, auth.view())) return found(Errc::refused, "an authorization value that is too long");
  const TPM2B_NV_PUBLIC area = counter_template(handle);
  Esys& esys = bench.esys();
  // The owner hierarchy has no password (else this is refused), and the session hides the new value.
  auto session = bench.session(Crossing::in);
  if (!session) return session.error();
  ESYS_TR index = ESYS_TR_NONE;
  const TSS2_RC code = Esys_NV_DefineSpace(esys.raw(), ESYS_TR_RH_OWNER, *session, ESYS_TR_NONE, ESYS_TR_NONE,
                                           &value, &area, &index);
  if (code == TPM2_RC_NV_SPACE) return found(Errc::refused, "the TPM has no room left for the epoch counter");
  if (error_number(code) == (TPM2_RC_BAD_AUTH & 0x3F))
    return found(Errc::refused, "define the epoch counter: the owner hierarchy has a password");
  return esys.did(code, "define the epoch counter");
}

// Whether what is there is a counter as we make it, and whether it has been counted yet.
Outcome<bool> is_written(Bench& bench, std::uint32_t handle) {
  auto index = bench.counter(handle);
  if (!index) return index.error();
  Esys& esys = bench.esys();
  TPM2B_NV_PUBLIC* out = nullptr;
  const TSS2_RC code =
      Esys_NV_ReadPublic(esys.raw(), *index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &out, nullptr);
  const Made<TPM2B_NV_PUBLIC> area(out);
  if (auto done = esys.did(code, "read the counter index"); !done) return done.error();
  const TPMS_NV_PUBLIC wanted = counter_template(handle).nvPublic;
  const TPMS_NV_PUBLIC& is = area->nvPublic;
  const bool ours = (is.attributes & ~TPMA_NV_WRITTEN) == wanted.attributes && is.nameAlg == wanted.nameAlg &&
                    is.dataSize == wanted.dataSize && is.authPolicy.size == 0;
  if (!ours)
    return found(Errc::conflict, "NV index " + index_text(handle) +
                                     " is in use for something else: name another tpm.counter_index");
  return (is.attributes & TPMA_NV_WRITTEN) != 0;
}

// An authorization that is refused here means that the index has another owner.
Outcome<bool> not_opened(const Failure& failure) {
  if (failure.sign == Sign::strange) return false;
  return failure;
}

// Whether the secret opens the counter, which is made where there is none, and counted for the first time.
Outcome<bool> take_counter(Bench& bench, std::uint32_t handle, const crypto::Secret& auth) {
  auto there = bench.has(handle);
  if (!there) return there.error();
  bool written = false;
  if (*there) {
    auto found_written = is_written(bench, handle);
    if (!found_written) return found_written.error();
    written = *found_written;
  } else {
    if (auto defined = define(bench, handle, auth); !defined) return defined.error();
  }
  auto index = opened(bench, handle, auth);
  if (!index) return index.error();
  if (!written) {
    if (auto counted = increment(bench, *index); !counted) return not_opened(counted.error());
  }
  if (auto counter = read(bench, *index); !counter) return not_opened(counter.error());
  return true;
}

}  // namespace

Outcome<std::uint64_t> read_epoch(Bench& bench, const crypto::Secret& auth) {
  auto handle = expected_index(bench);
  if (!handle) return handle.error();
  auto index = opened(bench, *handle, auth);
  if (!index) return index.error();
  return read(bench, *index);
}

Outcome<std::uint64_t> advance_epoch(Bench& bench, const crypto::Secret& auth) {
  auto handle = expected_index(bench);
  if (!handle) return handle.error();
  auto index = opened(bench, *handle, auth);
  if (!index) return index.error();
  const std::optional<std::uint64_t> before = std::exchange(bench.counted, std::nullopt);
  if (auto counted = increment(bench, *index); !counted) return counted.error();
  if (!before) return read(bench, *index);
  bench.counted = *before + 1;
  return *bench.counted;
}

Outcome<TpmStatement> certify_epoch(Bench& bench, const crypto::Secret& auth,
                                    const std::array<std::uint8_t, 32>& extra) {
  auto handle = expected_index(bench);
  if (!handle) return handle.error();
  auto signing = bench.signing_key(bench.anchor()->signing_epoch);
  if (!signing) return signing.error();
  auto index = opened(bench, *handle, auth);
  if (!index) return index.error();
  auto session = bench.session(Crossing::none);
  if (!session) return session.error();
  TPM2B_DATA qualifying{};
  if (!fill(qualifying, extra)) return found(Errc::too_large, "too much to sign");
  TPMT_SIG_SCHEME scheme{};
  scheme.scheme = TPM2_ALG_NULL;  // the key has its own
  Esys& esys = bench.esys();
  TPM2B_ATTEST* attested = nullptr;
  TPMT_SIGNATURE* signed_by = nullptr;
  // A session stands for one object of a command. The attestation key has no secret to keep; the session of
  // the index covers the names of both.
  const TSS2_RC code =
      Esys_NV_Certify(esys.raw(), (*signing)->key.get(), *index, *index, ESYS_TR_PASSWORD, *session,
                      ESYS_TR_NONE, &qualifying, &scheme, counter_size, 0, &attested, &signed_by);
  const Made<TPM2B_ATTEST> attest(attested);
  const Made<TPMT_SIGNATURE> signature(signed_by);
  if (auto done = esys.did(code, "certify the epoch counter"); !done) return done.error();
  TPMS_ATTEST said{};
  std::size_t used = 0;
  const TSS2_RC read_back =
      Tss2_MU_TPMS_ATTEST_Unmarshal(attest->attestationData, attest->size, &used, &said);
  if (read_back != TSS2_RC_SUCCESS || said.type != TPM2_ST_ATTEST_NV ||
      said.attested.nv.nvContents.size != counter_size)
    return found(Errc::refused, "the TPM certified something else");
  TpmStatement statement;
  statement.attest.assign(attest->attestationData, attest->attestationData + attest->size);
  statement.signature = marshalled(*signature);
  statement.counter = number_of(said.attested.nv.nvContents.buffer);
  bench.counted = statement.counter;
  return statement;
}

Outcome<ProvidedCounter> provide_counter(Bench& bench, std::uint32_t first, std::uint32_t among,
                                         const crypto::Secret& auth) {
  for (std::uint32_t index = first; index - first < among; ++index) {
    auto taken = take_counter(bench, index, auth);
    const bool is_foreign_use = !taken && taken.error().error.code == Errc::conflict && index != first;
    if (!taken && !is_foreign_use) return taken.error();
    if (!taken || !*taken) continue;
    auto name = bench.name_of_counter();
    if (!name) return name.error();
    return ProvidedCounter{index, std::move(*name)};
  }
  const std::string index = index_text(first);
  return found(
      Errc::conflict,
      "NV index " + index +
          " is the counter of another state folder: if that one is gone for good, tpm2_nvundefine -C o " +
          index + ", else name another tpm.counter_index");
}

}  // namespace leafgate::tpm
