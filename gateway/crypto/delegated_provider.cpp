#include "gateway/crypto/delegated_provider.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <openssl/async.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include "gateway/crypto/openssl_error.hpp"

namespace leafgate::crypto {
namespace {

constexpr const char* provider_name = "leafgate";
constexpr const char* properties = "provider=leafgate";
constexpr const char* slot_parameter = "leafgate-slot";  // the address of a reference to it
constexpr std::size_t address_octets = sizeof(void*);
// A resume without an answer happens when somebody calls the SSL object meanwhile; without end only where
// OpenSSL forbids a job to pause, and then the loop must not hang.
constexpr int most_resumes = 1000;

// provider-keymgmt(7). A key is a reference to a slot.
using Key = std::shared_ptr<DelegatedSlot>;
Key& key_of(void* data) { return *static_cast<Key*>(data); }
const Key& key_of(const void* data) { return *static_cast<const Key*>(data); }

void* key_new(void* /*provider*/) noexcept { return new (std::nothrow) Key(); }
void key_free(void* data) noexcept { delete static_cast<Key*>(data); }

int key_has(const void* data, int /*selection*/) noexcept { return key_of(data) ? 1 : 0; }

int key_match(const void* one, const void* other, int /*selection*/) noexcept {
  const Key& a = key_of(one);
  const Key& b = key_of(other);
  return a && b && EVP_PKEY_eq(a->public_key.get(), b->public_key.get()) == 1 ? 1 : 0;
}

// From make_delegated_pkey() alone: the address of its reference.
int key_import(void* data, int /*selection*/, const OSSL_PARAM params[]) noexcept {
  const OSSL_PARAM* given = OSSL_PARAM_locate_const(params, slot_parameter);
  if (given == nullptr || given->data_size != address_octets) return 0;
  const Key* from = nullptr;
  std::memcpy(&from, given->data, address_octets);
  key_of(data) = *from;
  return 1;
}

const OSSL_PARAM* key_import_types(int /*selection*/) noexcept {
  static const OSSL_PARAM types[] = {OSSL_PARAM_octet_string(slot_parameter, nullptr, 0), OSSL_PARAM_END};
  return types;
}

// libssl first tries to have another provider sign. There is no private part to give; where one were given in
// appearance, it would end in "missing private key".
int key_export(void* data, int selection, OSSL_CALLBACK* give, void* to) noexcept {
  const Key& key = key_of(data);
  if (!key || (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) return 0;
  OSSL_PARAM* params = nullptr;
  if (EVP_PKEY_todata(key->public_key.get(), EVP_PKEY_PUBLIC_KEY, &params) != 1) return 0;
  const int given = give(params, to);
  OSSL_PARAM_free(params);
  return given;
}

const OSSL_PARAM* key_export_types(int /*selection*/) noexcept {
  static const OSSL_PARAM types[] = {OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
                                     OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
                                     OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0),
                                     OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0), OSSL_PARAM_END};
  return types;
}

// Sizes, strength and curve, by which libssl chooses a scheme: those of the certificate's key.
int key_get_params(void* data, OSSL_PARAM params[]) noexcept {
  const Key& key = key_of(data);
  return key && EVP_PKEY_get_params(key->public_key.get(), params) == 1 ? 1 : 0;
}

const OSSL_PARAM* key_gettable_params(void* /*provider*/) noexcept {
  static const OSSL_PARAM params[] = {
      OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr), OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0), OSSL_PARAM_END};
  return params;
}

const char* ec_signature(int /*operation*/) noexcept { return "ECDSA"; }
const char* rsa_signature(int /*operation*/) noexcept { return "RSA"; }

// provider-signature(7): one digest_sign over a whole message.
struct Signing {
  Key key;
  bool sha256 = false;
  int padding = RSA_PKCS1_PADDING;
  bool sound = true;  // nothing was set that no scheme of ours has
};

void* sign_new(void* /*provider*/, const char* /*properties*/) noexcept {
  return new (std::nothrow) Signing();
}
void sign_free(void* context) noexcept { delete static_cast<Signing*>(context); }

bool is_sha256(std::string_view name) { return name == "SHA2-256" || name == "SHA256" || name == "SHA-256"; }

// Values come as text or as a number, by who asks.
bool is_number(const OSSL_PARAM& param, int& number) {
  return param.data_type != OSSL_PARAM_UTF8_STRING && OSSL_PARAM_get_int(&param, &number) == 1;
}
std::string_view text_of(const OSSL_PARAM& param) {
  if (param.data_type != OSSL_PARAM_UTF8_STRING || param.data == nullptr) return {};
  const auto* text = static_cast<const char*>(param.data);
  return {text, ::strnlen(text, param.data_size)};
}

void set_padding(Signing& signing, const OSSL_PARAM& param) {
  int number = 0;
  const std::string_view text = text_of(param);
  if (is_number(param, number)) {
    signing.padding = number;
  } else if (text == OSSL_PKEY_RSA_PAD_MODE_PSS) {
    signing.padding = RSA_PKCS1_PSS_PADDING;
  } else if (text == OSSL_PKEY_RSA_PAD_MODE_PKCSV15) {
    signing.padding = RSA_PKCS1_PADDING;
  } else {
    signing.sound = false;
  }
}

bool is_length_of_digest(const OSSL_PARAM& param) {
  int number = 0;
  if (is_number(param, number)) return number == RSA_PSS_SALTLEN_DIGEST || number == 32;
  const std::string_view text = text_of(param);
  return text == OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST || text == "-1" || text == "32";
}

int sign_set_params(void* context, const OSSL_PARAM params[]) noexcept {
  auto& signing = *static_cast<Signing*>(context);
  if (params == nullptr) return 1;
  if (const OSSL_PARAM* pad = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE))
    set_padding(signing, *pad);
  if (const OSSL_PARAM* salt = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN))
    signing.sound = signing.sound && is_length_of_digest(*salt);
  if (const OSSL_PARAM* mask = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST))
    signing.sound = signing.sound && is_sha256(text_of(*mask));
  return signing.sound ? 1 : 0;
}

const OSSL_PARAM* sign_settable_params(void* /*context*/, void* /*provider*/) noexcept {
  static const OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr, 0),
                                      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr, 0),
                                      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, nullptr, 0),
                                      OSSL_PARAM_END};
  return params;
}

int sign_init(void* context, const char* digest, void* key, const OSSL_PARAM params[]) noexcept {
  auto& signing = *static_cast<Signing*>(context);
  if (key == nullptr || !key_of(key)) return 0;
  signing.key = key_of(key);
  signing.sha256 = digest != nullptr && is_sha256(digest);
  return signing.sha256 ? sign_set_params(context, params) : 0;
}

std::optional<SignatureScheme> scheme_of(const Signing& signing) {
  if (!signing.sha256 || !signing.sound) return std::nullopt;
  if (EVP_PKEY_is_a(signing.key->public_key.get(), "EC") == 1) return SignatureScheme::es256;
  if (signing.padding == RSA_PKCS1_PSS_PADDING) return SignatureScheme::ps256;
  if (signing.padding == RSA_PKCS1_PADDING) return SignatureScheme::rs256;
  return std::nullopt;
}

// Runs in an ASYNC job: it pauses here until the slot is settled.
int digest_sign(void* context, unsigned char* into, std::size_t* size, std::size_t room,
                const unsigned char* message, std::size_t length) noexcept {
  try {
    const auto& signing = *static_cast<Signing*>(context);
    if (into == nullptr) {  // asks for the size; the leaf is not to be asked yet
      *size = static_cast<std::size_t>(EVP_PKEY_get_size(signing.key->public_key.get()));
      return 1;
    }
    const auto scheme = scheme_of(signing);
    if (!scheme || ASYNC_get_current_job() == nullptr) return 0;
    DelegatedSlot& slot = *signing.key;
    if (!slot.ask(*scheme, {message, length})) return 0;
    for (int i = 0; i < most_resumes && !slot.settled(); ++i)
      if (ASYNC_pause_job() != 1) return 0;
    if (slot.state != DelegatedSlot::State::signed_ || slot.signature.size() > room) return 0;
    std::copy(slot.signature.begin(), slot.signature.end(), into);
    *size = slot.signature.size();
    return 1;
  } catch (...) {
    return 0;
  }
}

template <class Function>
OSSL_DISPATCH entry(int id, Function* function) {
  return {id, reinterpret_cast<void (*)()>(function)};
}

std::array<OSSL_DISPATCH, 12> key_functions(const char* (*signature)(int)) {
  return {entry(OSSL_FUNC_KEYMGMT_NEW, key_new),
          entry(OSSL_FUNC_KEYMGMT_FREE, key_free),
          entry(OSSL_FUNC_KEYMGMT_HAS, key_has),
          entry(OSSL_FUNC_KEYMGMT_MATCH, key_match),
          entry(OSSL_FUNC_KEYMGMT_IMPORT, key_import),
          entry(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, key_import_types),
          entry(OSSL_FUNC_KEYMGMT_EXPORT, key_export),
          entry(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, key_export_types),
          entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),
          entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable_params),
          entry(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, signature),
          {0, nullptr}};
}

const OSSL_ALGORITHM* query(void* /*provider*/, int operation, int* no_cache) noexcept {
  static const auto ec = key_functions(ec_signature);
  static const auto rsa = key_functions(rsa_signature);
  static const OSSL_DISPATCH signing[] = {
      entry(OSSL_FUNC_SIGNATURE_NEWCTX, sign_new),
      entry(OSSL_FUNC_SIGNATURE_FREECTX, sign_free),
      entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, sign_init),
      entry(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, digest_sign),
      entry(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, sign_set_params),
      entry(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, sign_settable_params),
      {0, nullptr}};
  static const OSSL_ALGORITHM keys[] = {
      {"EC:id-ecPublicKey:1.2.840.10045.2.1", properties, ec.data(), nullptr},
      {"RSA:rsaEncryption:1.2.840.113549.1.1.1", properties, rsa.data(), nullptr},
      {nullptr, nullptr, nullptr, nullptr}};
  static const OSSL_ALGORITHM signatures[] = {{"ECDSA", properties, signing, nullptr},
                                              {"RSA:rsaEncryption", properties, signing, nullptr},
                                              {nullptr, nullptr, nullptr, nullptr}};
  *no_cache = 0;
  if (operation == OSSL_OP_KEYMGMT) return keys;
  return operation == OSSL_OP_SIGNATURE ? signatures : nullptr;
}

int initialise(const OSSL_CORE_HANDLE* /*handle*/, const OSSL_DISPATCH* /*core*/, const OSSL_DISPATCH** ours,
               void** context) noexcept {
  static const OSSL_DISPATCH functions[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query), {0, nullptr}};
  static int nothing = 0;  // a context must not be null
  *ours = functions;
  *context = &nothing;
  return 1;
}

}  // namespace

ProviderScope::ProviderScope() {
  // The default provider stays when this goes, until the process ends: nothing would bring it back.
  struct Default {
    OSSL_PROVIDER* const provider = OSSL_PROVIDER_load(nullptr, "default");
    Default() = default;
    Default(const Default&) = delete;
    Default& operator=(const Default&) = delete;
    ~Default() { OSSL_PROVIDER_unload(provider); }
  };
  static const Default standard;
  static const bool known =
      standard.provider != nullptr && OSSL_PROVIDER_add_builtin(nullptr, provider_name, initialise) == 1;
  if (known) provider_ = OSSL_PROVIDER_load(nullptr, provider_name);
  if (provider_ == nullptr) throw std::runtime_error("openssl: no provider of our own: " + drain_errors());
}

ProviderScope::~ProviderScope() { OSSL_PROVIDER_unload(provider_); }

std::shared_ptr<evp_pkey_st> make_delegated_pkey(const std::shared_ptr<DelegatedSlot>& slot) {
  const char* kind = EVP_PKEY_is_a(slot->public_key.get(), "EC") == 1 ? "EC" : "RSA";
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, kind, properties), EVP_PKEY_CTX_free);
  const Key* address = &slot;
  OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(slot_parameter, &address, address_octets),
                         OSSL_PARAM_construct_end()};
  EVP_PKEY* made = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEYPAIR, params) != 1)
    return nullptr;
  return {made, EVP_PKEY_free};
}

}  // namespace leafgate::crypto
