#include "adapters/tpm/hmac_keys.hpp"

#include "adapters/tpm/bench.hpp"
#include "adapters/tpm/identity.hpp"
#include "gateway/crypto/hmac.hpp"
#include "gateway/crypto/random.hpp"

namespace leafgate::tpm {
namespace {

constexpr std::size_t most_keys = 256;
constexpr unsigned asked_to_be_loaded = 8;  // a load pays after that many

crypto::Digest id_of(const TpmObject& object) {
  Bytes whole = object.private_area;
  whole.insert(whole.end(), object.public_area.begin(), object.public_area.end());
  return crypto::sha256(whole);
}

// The TPM, not the request, is why a saved context is of no use.
bool is_about_contexts(Sign sign) {
  return sign == Sign::request || sign == Sign::later || sign == Sign::crowded;
}

}  // namespace

void HmacKeys::put_away() { loaded_.drop(); }

Outcome<crypto::Secret> HmacKeys::hmac(const TpmHmacKey& key, std::string_view message) {
  if (message.size() > TPM2_MAX_DIGEST_BUFFER) return found(Errc::too_large, "a message above 1024 octets");
  const crypto::Digest id = id_of(key.object);
  if (loaded_ && loaded_id_ == id) return with_loaded(key.auth, message);
  if (const auto at = keys_.find(id); at != keys_.end()) {
    Known& known = at->second;
    const bool opens = crypto::equal_in_constant_time(known.auth.view(), key.auth.view());
    if (prepares_ && known.prepared && opens && (!loaded_ || ++known.asked < asked_to_be_loaded)) {
      auto mac = with_prepared(known, message);
      if (mac || !is_about_contexts(mac.error().sign)) return mac;
      prepares_ = false;
    }
  }
  if (auto loaded = load(key, id); !loaded) return loaded.error();
  auto mac = with_loaded(key.auth, message);
  if (mac) remember(id, key);
  return mac;
}

HmacKeys::Known& HmacKeys::remember(const crypto::Digest& id, const TpmHmacKey& key) {
  if (keys_.size() >= most_keys && !keys_.contains(id)) keys_.erase(keys_.begin());
  for (auto& [_, other] : keys_) other.asked = 0;
  Known& known = keys_[id];
  known.auth = key.auth.copy();
  return known;
}

Outcome<void> HmacKeys::load(const TpmHmacKey& key, const crypto::Digest& id) {
  auto parts = parts_of(key.object);
  if (!parts) return parts.error();
  prepare();
  put_away();
  // What came wrapped from outside was wrapped for the key that is shown there.
  KeyInUse parent;
  parent.object = bench_.storage();
  if ((parts->public_area.publicArea.objectAttributes & TPMA_OBJECT_FIXEDPARENT) == 0) {
    auto shown = shown_storage_key(bench_);
    if (!shown) return shown.error();
    parent = std::move(*shown);
  }
  auto session = bench_.session(Crossing::none);
  if (!session) return session.error();
  ESYS_TR object = ESYS_TR_NONE;
  const TSS2_RC code = Esys_Load(bench_.esys().raw(), parent.object, *session, ESYS_TR_NONE, ESYS_TR_NONE,
                                 &parts->private_area, &parts->public_area, &object);
  if (auto done = bench_.esys().did(code, "load the HMAC key"); !done) return done;
  loaded_ = Held(bench_.esys(), object);
  loaded_id_ = id;
  return {};
}

Outcome<crypto::Secret> HmacKeys::with_loaded(const crypto::Secret& auth, std::string_view message) {
  Wiped<TPM2B_AUTH> value;
  TPM2B_MAX_BUFFER buffer{};
  if (!fill(value, auth.view()) || !fill(buffer, as_bytes(message)))
    return found(Errc::too_large, "an authorization value or a message that is too long");
  Esys& esys = bench_.esys();
  auto session = bench_.session(Crossing::out);
  if (!session) return session.error();
  if (auto set = esys.did(Esys_TR_SetAuth(esys.raw(), loaded_.get(), &value), "set a value"); !set)
    return set.error();
  TPM2B_DIGEST* out = nullptr;
  const TSS2_RC code = Esys_HMAC(esys.raw(), loaded_.get(), *session, ESYS_TR_NONE, ESYS_TR_NONE, &buffer,
                                 TPM2_ALG_SHA256, &out);
  const Made<TPM2B_DIGEST> mac(out);
  if (auto done = esys.did(code, "HMAC"); !done) return done.error();
  return take_secret(*mac);
}

Outcome<crypto::Secret> HmacKeys::with_prepared(Known& known, std::string_view message) {
  Wiped<TPM2B_AUTH> value;
  TPM2B_MAX_BUFFER buffer{};
  if (!fill(value, known.sequence_auth.view()) || !fill(buffer, as_bytes(message)))
    return found(Errc::too_large, "a message that is too long");
  Esys& esys = bench_.esys();
  ESYS_TR object = ESYS_TR_NONE;
  const TSS2_RC loaded = Esys_ContextLoad(esys.raw(), &*known.prepared, &object);
  if (auto done = esys.did(loaded, "load a prepared HMAC"); !done) return done.error();
  Held sequence(esys, object);
  auto session = bench_.session(Crossing::out);
  if (!session) return session.error();
  if (auto set = esys.did(Esys_TR_SetAuth(esys.raw(), object, &value), "set a value"); !set)
    return set.error();
  TPM2B_DIGEST* out = nullptr;
  TPMT_TK_HASHCHECK* ticket = nullptr;
  const TPM2_HANDLE handle = sequence.handle();
  const TSS2_RC code = Esys_SequenceComplete(esys.raw(), object, *session, ESYS_TR_NONE, ESYS_TR_NONE,
                                             &buffer, ESYS_TR_RH_NULL, &out, &ticket);
  const Made<TPM2B_DIGEST> mac(out);
  const Made<TPMT_TK_HASHCHECK> unused(ticket);
  if (auto done = esys.did(code, "finish a prepared HMAC"); !done) return done.error();
  sequence.forget(handle);
  return take_secret(*mac);
}

void HmacKeys::prepare() {
  if (!prepares_ || !loaded_) return;
  const auto at = keys_.find(loaded_id_);
  if (at == keys_.end() || at->second.prepared || keys_.size() < 2) return;
  if (auto done = prepare_loaded(at->second); !done) {
    // What is wrong with the connection shows in the next request as well.
    if (is_about_contexts(done.error().sign)) prepares_ = false;
  }
}

Outcome<void> HmacKeys::prepare_loaded(Known& known) {
  crypto::Secret auth(std::size_t{32});
  crypto::SystemRandom().fill(auth.writable());
  Wiped<TPM2B_AUTH> opens_key;
  Wiped<TPM2B_AUTH> opens_sequence;
  if (!fill(opens_key, known.auth.view()) || !fill(opens_sequence, auth.view()))
    return found(Errc::too_large, "an authorization value that is too long");
  Esys& esys = bench_.esys();
  auto session = bench_.session(Crossing::in);
  if (!session) return session.error();
  if (auto set = esys.did(Esys_TR_SetAuth(esys.raw(), loaded_.get(), &opens_key), "set a value"); !set)
    return set;
  ESYS_TR object = ESYS_TR_NONE;
  const TSS2_RC begun = Esys_HMAC_Start(esys.raw(), loaded_.get(), *session, ESYS_TR_NONE, ESYS_TR_NONE,
                                        &opens_sequence, TPM2_ALG_SHA256, &object);
  if (auto done = esys.did(begun, "begin an HMAC"); !done) return done;
  const Held sequence(esys, object);
  TPMS_CONTEXT* out = nullptr;
  const TSS2_RC saved = Esys_ContextSave(esys.raw(), object, &out);
  const Made<TPMS_CONTEXT> context(out);
  if (auto done = esys.did(saved, "save an HMAC"); !done) return done;
  known.prepared = *context;
  known.sequence_auth = std::move(auth);
  return {};
}

}  // namespace leafgate::tpm
