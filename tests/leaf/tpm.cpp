#include "tests/leaf/tpm.hpp"

#include <algorithm>
#include <cstring>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include "tests/leaf/tpm_blob.hpp"

namespace leafgate::leaf {
namespace {

constexpr TPM2_HANDLE endorsement_handle = 0x81010001;
constexpr TPM2_HANDLE storage_handle = 0x81000001;
constexpr TPM2_HANDLE slot_handle = 0x81000100;
constexpr std::size_t longest_text = 1024;  // of one command, on any TPM

void check(TSS2_RC code, const char* command) {
  if (code != TSS2_RC_SUCCESS) throw TpmError(std::string(command) + ": " + Tss2_RC_Decode(code));
}

// What ESAPI hands out goes back by its own free().
struct Freed {
  void operator()(void* memory) const { Esys_Free(memory); }
};
template <class T>
using Given = std::unique_ptr<T, Freed>;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

template <class T, class Function>
T unmarshalled(const std::string& field, Function function, const char* what) {
  T value{};
  std::size_t used = 0;
  check(function(bytes(field), field.size(), &used, &value), what);
  if (used != field.size()) throw TpmError(std::string(what) + ": more than its size says");
  return value;
}

std::string marshalled(const TPM2B_PUBLIC& area) {
  std::string out(sizeof area, '\0');
  std::size_t used = 0;
  check(Tss2_MU_TPM2B_PUBLIC_Marshal(&area, reinterpret_cast<unsigned char*>(out.data()), out.size(), &used),
        "marshal a public area");
  out.resize(used);
  return out;
}

// What the templates of EK and SRK have in common (TCG EK Credential Profile, template L-1; TCG Provisioning
// Guidance).
TPM2B_PUBLIC decryption_template(TPMA_OBJECT attributes) {
  TPM2B_PUBLIC area{};
  TPMT_PUBLIC& p = area.publicArea;
  p.type = TPM2_ALG_RSA;
  p.nameAlg = TPM2_ALG_SHA256;
  p.objectAttributes = attributes | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                       TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT;
  p.parameters.rsaDetail.symmetric.algorithm = TPM2_ALG_AES;
  p.parameters.rsaDetail.symmetric.keyBits.aes = 128;
  p.parameters.rsaDetail.symmetric.mode.aes = TPM2_ALG_CFB;
  p.parameters.rsaDetail.scheme.scheme = TPM2_ALG_NULL;
  p.parameters.rsaDetail.keyBits = 2048;
  p.unique.rsa.size = 256;
  return area;
}

TPM2B_PUBLIC endorsement_template() {
  static constexpr unsigned char policy[32] = {
      0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7, 0x24,
      0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa};
  TPM2B_PUBLIC area = decryption_template(TPMA_OBJECT_ADMINWITHPOLICY);
  area.publicArea.authPolicy.size = sizeof policy;
  std::memcpy(area.publicArea.authPolicy.buffer, policy, sizeof policy);
  return area;
}

TPM2B_PUBLIC storage_template() { return decryption_template(TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA); }

}  // namespace

struct LeafTpm::Context {
  // Apart from the constructor, so that what was made is flushed also when this ends half way.
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
    if (storage == ESYS_TR_NONE) {
      const ESYS_TR made = primary(ESYS_TR_RH_OWNER, storage_template());
      storage = persist(made, storage_handle);
    }
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

  // Of a persistent object; ESYS_TR_NONE when there is none.
  ESYS_TR find(TPM2_HANDLE handle) {
    ESYS_TR found = ESYS_TR_NONE;
    const TSS2_RC code =
        Esys_TR_FromTPMPublic(esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &found);
    // TPM_RC_HANDLE for its first handle: there is no such object.
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

  void evict(ESYS_TR persistent, TPM2_HANDLE handle) {
    ESYS_TR none = ESYS_TR_NONE;
    check(Esys_EvictControl(esys, ESYS_TR_RH_OWNER, persistent, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                            handle, &none),
          "TPM2_EvictControl");
  }

  std::string public_of(ESYS_TR object) {
    TPM2B_PUBLIC* area = nullptr;
    check(Esys_ReadPublic(esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &area, nullptr, nullptr),
          "TPM2_ReadPublic");
    return marshalled(*Given<TPM2B_PUBLIC>(area));
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

  TPM2B_DATA inner_key(const TpmBlob& blob) {
    const auto credential =
        unmarshalled<TPM2B_ID_OBJECT>(blob.credential, Tss2_MU_TPM2B_ID_OBJECT_Unmarshal, "credential");
    const auto secret = unmarshalled<TPM2B_ENCRYPTED_SECRET>(
        blob.credential_secret, Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal, "credential's secret");
    const ESYS_TR session = endorsement_session();
    TPM2B_DIGEST* key = nullptr;
    const TSS2_RC code = Esys_ActivateCredential(esys, storage, endorsement, ESYS_TR_PASSWORD, session,
                                                 ESYS_TR_NONE, &credential, &secret, &key);
    Esys_FlushContext(esys, session);
    check(code, "TPM2_ActivateCredential");
    const Given<TPM2B_DIGEST> owned(key);
    TPM2B_DATA data{};
    data.size = owned->size;
    std::memcpy(data.buffer, owned->buffer, owned->size);
    return data;
  }

  ESYS_TR import(const TpmBlob& blob, const TPM2B_DATA& key) {
    const auto area = unmarshalled<TPM2B_PUBLIC>(blob.object, Tss2_MU_TPM2B_PUBLIC_Unmarshal, "public area");
    const auto duplicate =
        unmarshalled<TPM2B_PRIVATE>(blob.duplicate, Tss2_MU_TPM2B_PRIVATE_Unmarshal, "duplicate");
    const auto seed = unmarshalled<TPM2B_ENCRYPTED_SECRET>(
        blob.duplicate_secret, Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal, "duplicate's secret");
    TPMT_SYM_DEF_OBJECT inner{};
    inner.algorithm = TPM2_ALG_AES;
    inner.keyBits.aes = 128;
    inner.mode.aes = TPM2_ALG_CFB;
    TPM2B_PRIVATE* imported = nullptr;
    check(Esys_Import(esys, storage, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &key, &area, &duplicate,
                      &seed, &inner, &imported),
          "TPM2_Import");
    const Given<TPM2B_PRIVATE> owned(imported);
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

LeafTpm::LeafTpm(const std::string& tcti) : context_(std::make_unique<Context>()) { context_->open(tcti); }
LeafTpm::~LeafTpm() = default;

const std::string& LeafTpm::endorsement_area() const { return context_->endorsement_area; }
const std::string& LeafTpm::storage_area() const { return context_->storage_area; }

void LeafTpm::activate(std::string_view authentication_key) {
  const auto blob = split_tpm_blob(authentication_key);
  if (!blob) throw TpmError("the authenticationKey is malformed");
  const TPM2B_DATA key = context_->inner_key(*blob);
  // C, C# and iot-identity-service take nothing else (device sheet §5.3).
  if (key.size != 16) throw TpmError("the inner key is not one of AES-128");
  const ESYS_TR loaded = context_->import(*blob, key);
  if (const ESYS_TR old = context_->find(slot_handle); old != ESYS_TR_NONE) context_->evict(old, slot_handle);
  context_->persist(loaded, slot_handle);
  ++slot_writes_;
}

std::string LeafTpm::hmac(std::string_view text) {
  const ESYS_TR key = context_->find(slot_handle);
  if (key == ESYS_TR_NONE) throw TpmError("the slot is empty");
  if (text.size() > longest_text) throw TpmError("the text is too long for TPM2_HMAC");
  TPM2B_MAX_BUFFER buffer{};
  buffer.size = static_cast<UINT16>(text.size());
  std::memcpy(buffer.buffer, text.data(), text.size());
  TPM2B_DIGEST* digest = nullptr;
  check(Esys_HMAC(context_->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &buffer, TPM2_ALG_SHA256,
                  &digest),
        "TPM2_HMAC");
  const Given<TPM2B_DIGEST> owned(digest);
  return {reinterpret_cast<const char*>(owned->buffer), owned->size};
}

bool LeafTpm::slot_taken() { return context_->find(slot_handle) != ESYS_TR_NONE; }

}  // namespace leafgate::leaf
