#include "adapters/tpm/esys.hpp"

#include <array>

namespace leafgate::tpm {

Esys::Esys(std::unique_ptr<Transport> transport, Watch watch)
    : tcti_(std::move(transport), std::move(watch)) {}

Outcome<std::unique_ptr<Esys>> Esys::open(std::unique_ptr<Transport> transport, Watch watch) {
  std::unique_ptr<Esys> esys(new Esys(std::move(transport), std::move(watch)));
  const TSS2_RC code = Esys_Initialize(&esys->context_, esys->tcti_.context(), nullptr);
  if (auto made = esys->did(code, "open"); !made) return made.error();
  return esys;
}

Esys::~Esys() {
  if (context_ != nullptr) Esys_Finalize(&context_);
}

Outcome<void> Esys::did(TSS2_RC code, const char* what) {
  if (code == TSS2_RC_SUCCESS) return {};
  Failure failure = failure_of(code, what);
  if (failure.sign == Sign::no_answer || failure.sign == Sign::restarted) usable_ = false;
  if (failure.sign == Sign::no_answer && tcti_.failure()) failure.error = *tcti_.failure();
  return failure;
}

TPM2_HANDLE Esys::handle_of(ESYS_TR object) {
  TPM2_HANDLE handle = 0;
  return Esys_TR_GetTpmHandle(context_, object, &handle) == TSS2_RC_SUCCESS ? handle : 0;
}

void Esys::hold(ESYS_TR object) { held_.insert(handle_of(object)); }

void Esys::flush(ESYS_TR object) {
  if (!usable_) return;
  const TPM2_HANDLE handle = handle_of(object);
  if (did(Esys_FlushContext(context_, object), "flush")) held_.erase(handle);
}

void Esys::flush_unknown(TPM2_HANDLE handle) {
  std::array<std::uint8_t, 14> command = {0x80, 0x01, 0, 0, 0, 14, 0, 0, 0x01, 0x65};  // TPM2_FlushContext
  for (std::size_t i = 0; i < 4; ++i) command[10 + i] = static_cast<std::uint8_t>(handle >> (24 - 8 * i));
  const auto done = tcti_.exchange(command);
  if (!done) usable_ = false;
}

void Held::drop() {
  if (home_ != nullptr) std::exchange(home_, nullptr)->flush(object_);
}

void Held::forget(TPM2_HANDLE handle) {
  if (home_ != nullptr) std::exchange(home_, nullptr)->held_.erase(handle);
}

}  // namespace leafgate::tpm
