#include "adapters/leaf/program/tpm.hpp"

#include <cstring>
#include <vector>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "adapters/leaf/program/digests.hpp"
#include "adapters/leaf/program/tpm_templates.hpp"

namespace leafgate::device {
namespace {

constexpr TPM2_HANDLE endorsement_handle = 0x81010001;
constexpr TPM2_HANDLE storage_handle = 0x81000001;
constexpr TPM2_HANDLE slot_handle = 0x81000100;

void check(TSS2_RC code, const char* command) {
  if (code != TSS2_RC_SUCCESS) throw TpmError(std::string(command) + ": " + Tss2_RC_Decode(code));
}

struct Given {
  void operator()(void* memory) const { Esys_Free(memory); }
};
template <class T>
using FromEsys = std::unique_ptr<T, Given>;

// The TPM2B fields one after the other, each with its size. Throws TpmError.
std::vector<std::string> fields_of(std::string_view octets) {
  std::vector<std::string> fields;
  while (!octets.empty()) {
    const auto octet = [&](std::size_t at) {
      return static_cast<std::size_t>(static_cast<unsigned char>(octets[at]));
    };
    const std::size_t size = octets.size() < 2 ? 0 : 2 + octet(0) * 256 + octet(1);
    if (size < 3 || size > octets.size()) throw TpmError("what the gateway gave for the TPM is cut off");
    fields.emplace_back(octets.substr(0, size));
    octets.remove_prefix(size);
  }
  if (fields.size() != 2 && fields.size() != 6) throw TpmError("what the gateway gave is not for a TPM");
  return fields;
}

template <class T, class Function>
T unmarshalled(const std::string& field, Function function, const char* what) {
  T value{};
  std::size_t used = 0;
  check(function(reinterpret_cast<const unsigned char*>(field.data()), field.size(), &used, &value), what);
  if (used != field.size()) throw TpmError(std::string(what) + ": longer than it says");
  return value;
}

}  // namespace

struct Tpm::Context {
  // Apart from the constructor, so that what was made is flushed also where this ends half way.
  void open(const std::string& place) {
    check(Tss2_TctiLdr_Initialize(place.c_str(), &tcti), "reach the TPM");
    check(Esys_Initialize(&esys, tcti, nullptr), "reach the TPM");
    check(Esys_Startup(esys, TPM2_SU_CLEAR), "TPM2_Startup");
    endorsement = find(endorsement_handle);
    if (endorsement == ESYS_TR_NONE) {
      endorsement = primary(ESYS_TR_RH_ENDORSEMENT, endorsement_template());
      endorsement_is_transient = true;
    }
    storage = find(storage_handle);
    if (storage == ESYS_TR_NONE)
      storage = persist(primary(ESYS_TR_RH_OWNER, storage_template()), storage_handle);
    endorsement_area = public_of(endorsement);
    storage_area = public_of(storage);
  }

  Context() = default;
  ~Context() {
    if (esys != nullptr && endorsement_is_transient) Esys_FlushContext(esys, endorsement);
    Esys_Finalize(&esys);
    Tss2_TctiLdr_Finalize(&tcti);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  // ESYS_TR_NONE when there is no such persistent object.
  ESYS_TR find(TPM2_HANDLE handle) {
    ESYS_TR found = ESYS_TR_NONE;
    const TSS2_RC code =
        Esys_TR_FromTPMPublic(esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &found);
    if ((code & ~TSS2_RC_LAYER_MASK) == (TPM2_RC_HANDLE | TPM2_RC_1)) return ESYS_TR_NONE;
    check(code, "TPM2_ReadPublic");
    return found;
  }

  ESYS_TR primary(ESYS_TR hierarchy, const TPM2B_PUBLIC& wanted) {
    const TPM2B_SENSITIVE_CREATE nothing{};
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION registers{};
    ESYS_TR made = ESYS_TR_NONE;
    check(Esys_CreatePrimary(esys, hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &nothing, &wanted,
                             &outside, &registers, &made, nullptr, nullptr, nullptr, nullptr),
          "TPM2_CreatePrimary");
    return made;
  }

  // Takes the transient object's place.
  ESYS_TR persist(ESYS_TR transient, TPM2_HANDLE handle) {
    ESYS_TR persistent = ESYS_TR_NONE;
    const TSS2_RC code = Esys_EvictControl(esys, ESYS_TR_RH_OWNER, transient, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                           ESYS_TR_NONE, handle, &persistent);
    Esys_FlushContext(esys, transient);
    check(code, "TPM2_EvictControl");
    return persistent;
  }

  void evict(TPM2_HANDLE handle) {
    ESYS_TR none = ESYS_TR_NONE;
    const ESYS_TR old = find(handle);
    if (old == ESYS_TR_NONE) return;
    check(Esys_EvictControl(esys, ESYS_TR_RH_OWNER, old, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, handle,
                            &none),
          "TPM2_EvictControl");
  }

  std::string public_of(ESYS_TR object) {
    TPM2B_PUBLIC* area = nullptr;
    check(Esys_ReadPublic(esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &area, nullptr, nullptr),
          "TPM2_ReadPublic");
    const FromEsys<TPM2B_PUBLIC> owned(area);
    std::string out(sizeof *area, '\0');
    std::size_t used = 0;
    check(Tss2_MU_TPM2B_PUBLIC_Marshal(area, reinterpret_cast<unsigned char*>(out.data()), out.size(), &used),
          "marshal a public area");
    out.resize(used);
    return out;
  }

  // A session that fulfils the policy of the EK.
  ESYS_TR endorsement_session() {
    const TPMT_SYM_DEF none{TPM2_ALG_NULL, {}, {}};
    ESYS_TR session = ESYS_TR_NONE;
    check(Esys_StartAuthSession(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                nullptr, TPM2_SE_POLICY, &none, TPM2_ALG_SHA256, &session),
          "TPM2_StartAuthSession");
    const TSS2_RC code =
        Esys_PolicySecret(esys, ESYS_TR_RH_ENDORSEMENT, session, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                          nullptr, nullptr, nullptr, 0, nullptr, nullptr);
    if (code != TSS2_RC_SUCCESS) Esys_FlushContext(esys, session);
    check(code, "TPM2_PolicySecret");
    return session;
  }

  std::string credential_in(const std::vector<std::string>& fields) {
    const auto credential =
        unmarshalled<TPM2B_ID_OBJECT>(fields[0], Tss2_MU_TPM2B_ID_OBJECT_Unmarshal, "credential");
    const auto secret = unmarshalled<TPM2B_ENCRYPTED_SECRET>(
        fields[1], Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal, "its secret");
    const ESYS_TR session = endorsement_session();
    TPM2B_DIGEST* opened = nullptr;
    const TSS2_RC code = Esys_ActivateCredential(esys, storage, endorsement, ESYS_TR_PASSWORD, session,
                                                 ESYS_TR_NONE, &credential, &secret, &opened);
    Esys_FlushContext(esys, session);
    check(code, "TPM2_ActivateCredential");
    const FromEsys<TPM2B_DIGEST> owned(opened);
    return {reinterpret_cast<const char*>(owned->buffer), owned->size};
  }

  // The HMAC key of an authenticationKey, as a transient object.
  ESYS_TR import(const std::vector<std::string>& fields) {
    const std::string inner = credential_in(fields);
    if (fields.size() != 6 || inner.size() != 16)
      throw TpmError("what the gateway gave holds no key of the service");
    TPM2B_DATA key{};
    key.size = static_cast<UINT16>(inner.size());
    std::memcpy(key.buffer, inner.data(), inner.size());
    const auto duplicate =
        unmarshalled<TPM2B_PRIVATE>(fields[2], Tss2_MU_TPM2B_PRIVATE_Unmarshal, "duplicate");
    const auto seed = unmarshalled<TPM2B_ENCRYPTED_SECRET>(
        fields[3], Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal, "its secret");
    const auto area = unmarshalled<TPM2B_PUBLIC>(fields[4], Tss2_MU_TPM2B_PUBLIC_Unmarshal, "public area");
    TPMT_SYM_DEF_OBJECT cipher{};
    cipher.algorithm = TPM2_ALG_AES;
    cipher.keyBits.aes = 128;
    cipher.mode.aes = TPM2_ALG_CFB;
    TPM2B_PRIVATE* imported = nullptr;
    check(Esys_Import(esys, storage, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &key, &area, &duplicate,
                      &seed, &cipher, &imported),
          "TPM2_Import");
    const FromEsys<TPM2B_PRIVATE> owned(imported);
    ESYS_TR loaded = ESYS_TR_NONE;
    check(Esys_Load(esys, storage, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, owned.get(), &area, &loaded),
          "TPM2_Load");
    return loaded;
  }

  TSS2_TCTI_CONTEXT* tcti = nullptr;
  ESYS_CONTEXT* esys = nullptr;
  ESYS_TR endorsement = ESYS_TR_NONE;
  bool endorsement_is_transient = false;
  ESYS_TR storage = ESYS_TR_NONE;
  std::string endorsement_area;
  std::string storage_area;
};

Tpm::Tpm(const std::string& tcti) : context_(std::make_unique<Context>()) { context_->open(tcti); }
Tpm::~Tpm() = default;

const std::string& Tpm::endorsement_key() const { return context_->endorsement_area; }
const std::string& Tpm::storage_key() const { return context_->storage_area; }

std::string Tpm::prove(std::string_view challenge, std::string_view text) {
  const auto fields = fields_of(challenge);
  if (fields.size() == 2) return hmac_sha256(context_->credential_in(fields), text);
  TPM2B_MAX_BUFFER buffer{};
  if (text.size() > sizeof buffer.buffer) throw TpmError("the text is too long for TPM2_HMAC");
  buffer.size = static_cast<UINT16>(text.size());
  std::memcpy(buffer.buffer, text.data(), text.size());
  const ESYS_TR key = context_->import(fields);
  TPM2B_DIGEST* digest = nullptr;
  const TSS2_RC code = Esys_HMAC(context_->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &buffer,
                                 TPM2_ALG_SHA256, &digest);
  Esys_FlushContext(context_->esys, key);
  check(code, "TPM2_HMAC");
  const FromEsys<TPM2B_DIGEST> owned(digest);
  return {reinterpret_cast<const char*>(owned->buffer), owned->size};
}

void Tpm::keep(std::string_view authentication_key) {
  const ESYS_TR key = context_->import(fields_of(authentication_key));
  context_->evict(slot_handle);
  context_->persist(key, slot_handle);
}

}  // namespace leafgate::device
