#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "adapters/tpm/esys.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/ports/tpm.hpp"

namespace leafgate::tpm {

class Bench;

// Works with HMAC keys in few commands. One key stays loaded: 1 command. Of others the TPM keeps the state of
// an HMAC that has begun with that key as a saved context, outside of it and encrypted by it: 2 commands,
// and none to flush, because an HMAC that ends takes its object along. A key costs more once in each boot of
// the TPM, when it is loaded (and where there are several, prepared in this way). One thread.
class HmacKeys {
 public:
  explicit HmacKeys(Bench& bench) : bench_(bench) {}
  HmacKeys(const HmacKeys&) = delete;
  HmacKeys& operator=(const HmacKeys&) = delete;

  Outcome<crypto::Secret> hmac(const TpmHmacKey& key, std::string_view message);
  // After the answer, when nobody waits for it: prepares the loaded key where there are others.
  void prepare();
  // Flushes the loaded key.
  void put_away();

 private:
  struct Known {
    crypto::Secret auth;           // what opened the key
    crypto::Secret sequence_auth;  // what opens the prepared HMAC
    std::optional<TPMS_CONTEXT> prepared;
    unsigned asked = 0;  // since another one was loaded
  };
  using Keys = std::map<crypto::Digest, Known>;

  Outcome<crypto::Secret> with_loaded(const crypto::Secret& auth, std::string_view message);
  Outcome<crypto::Secret> with_prepared(Known& known, std::string_view message);
  Outcome<void> load(const TpmHmacKey& key, const crypto::Digest& id);
  Known& remember(const crypto::Digest& id, const TpmHmacKey& key);
  Outcome<void> prepare_loaded(Known& known);

  Bench& bench_;
  Held loaded_;
  crypto::Digest loaded_id_{};
  Keys keys_;
  bool prepares_ = true;  // until the TPM turns out to be unable
};

}  // namespace leafgate::tpm
