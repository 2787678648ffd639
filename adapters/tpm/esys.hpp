#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <tss2/tss2_esys.h>

#include "adapters/tpm/failure.hpp"
#include "adapters/tpm/tcti.hpp"
#include "gateway/crypto/secret.hpp"

namespace leafgate::tpm {

struct EsysFree {
  void operator()(void* made) const { Esys_Free(made); }
};
// What ESYS gave and we must free.
template <class T>
using Made = std::unique_ptr<T, EsysFree>;

// One ESYS context. An error on the way to the TPM breaks it for good (tpm.md §0): then it is to be dropped
// with everything that was made on it, and nothing of that is used or flushed any more, on this context or
// on a later one.
class Esys {
 public:
  // Errors: those of Transport, as Sign::no_answer.
  static Outcome<std::unique_ptr<Esys>> open(std::unique_ptr<Transport> transport, Watch watch);
  ~Esys();
  Esys(const Esys&) = delete;
  Esys& operator=(const Esys&) = delete;

  [[nodiscard]] ESYS_CONTEXT* raw() { return context_; }
  // What a call gave, as an outcome; `what` names it for the engineer.
  Outcome<void> did(TSS2_RC code, const char* what);
  [[nodiscard]] bool is_usable() const { return usable_; }
  void abandon() { usable_ = false; }

  // TPM handles of objects and sessions that were made here and not flushed.
  [[nodiscard]] std::vector<TPM2_HANDLE> held() const { return {held_.begin(), held_.end()}; }
  // Flushes a handle that ESYS does not know: left over from a broken context, in the same boot of the TPM.
  void flush_unknown(TPM2_HANDLE handle);

 private:
  friend class Held;
  Esys(std::unique_ptr<Transport> transport, Watch watch);
  void hold(ESYS_TR object);
  void flush(ESYS_TR object);
  TPM2_HANDLE handle_of(ESYS_TR object);

  Tcti tcti_;
  ESYS_CONTEXT* context_ = nullptr;
  bool usable_ = true;
  std::set<TPM2_HANDLE> held_;
};

// An object or a session of one Esys: flushed from the TPM with its owner, unless the context broke. Must not
// outlive that Esys.
class Held {
 public:
  Held() = default;
  Held(Esys& home, ESYS_TR object) : home_(&home), object_(object) { home.hold(object); }
  Held(Held&& other) noexcept
      : home_(std::exchange(other.home_, nullptr)), object_(std::exchange(other.object_, ESYS_TR_NONE)) {}
  Held& operator=(Held&& other) noexcept {
    std::swap(home_, other.home_);
    std::swap(object_, other.object_);
    return *this;
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  ~Held() { drop(); }

  [[nodiscard]] ESYS_TR get() const { return object_; }
  explicit operator bool() const { return home_ != nullptr; }
  void drop();
  [[nodiscard]] TPM2_HANDLE handle() const { return home_ == nullptr ? 0 : home_->handle_of(object_); }
  void forget(TPM2_HANDLE handle);  // the TPM has flushed it by itself, and ESYS knows

 private:
  Esys* home_ = nullptr;
  ESYS_TR object_ = ESYS_TR_NONE;
};

// Octets of a TPM2B that are secret: copied out, then wiped where ESYS has them.
template <class T>
crypto::Secret take_secret(T& sized) {
  crypto::Secret out(ByteView(sized.buffer, sized.size));
  ::explicit_bzero(&sized, sizeof(sized));
  return out;
}

// A structure of tpm2-tss that has held secrets, wiped with its scope.
template <class T>
struct Wiped : T {
  Wiped() : T{} {}
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { ::explicit_bzero(static_cast<T*>(this), sizeof(T)); }
};

// Puts octets into a TPM2B; false where it has no room for them.
template <class T>
[[nodiscard]] bool fill(T& sized, ByteView octets) {
  if (octets.size() > sizeof(sized.buffer)) return false;
  sized.size = static_cast<UINT16>(octets.size());
  std::copy(octets.begin(), octets.end(), sized.buffer);
  return true;
}

}  // namespace leafgate::tpm
