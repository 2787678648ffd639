#include <tss2/tss2_mu.h>

#include "adapters/tpm/bench.hpp"
#include "tests/unit/tpm/tpm_site.hpp"

namespace leafgate::activation_test {
namespace {

using tpm::Held;
using tpm::Made;

template <class T>
T read(const Bytes& octets, TSS2_RC (*unmarshal)(const std::uint8_t*, std::size_t, std::size_t*, T*)) {
  T out{};
  std::size_t used = 0;
  EXPECT_EQ(unmarshal(octets.data(), octets.size(), &used, &out), TSS2_RC_SUCCESS);
  return out;
}

template <class T>
void write(Bytes& into, const T& value,
           TSS2_RC (*marshal)(const T*, std::uint8_t*, std::size_t, std::size_t*)) {
  Bytes part(sizeof(T) + 64);
  std::size_t used = 0;
  EXPECT_EQ(marshal(&value, part.data(), part.size(), &used), TSS2_RC_SUCCESS);
  into.insert(into.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(used));
}

// The service's side, done by a second TPM with commands of its own: nothing of it is the gateway's code but
// the connection.
class Service {
 public:
  Service() {
    const TimePoint late = LoopClock::now() + std::chrono::seconds(30);
    while (!bench_ && LoopClock::now() < late) {
      auto transport = tpm::open_transport(tpm::parse_tcti(emulator_.tcti()).value()).value();
      auto opened = tpm::Bench::open(std::move(transport), {}, true, Millis(60'000), std::nullopt);
      if (opened) bench_ = std::move(*opened);
    }
  }

  Bytes authentication_key(const TpmIdentity& identity, const std::string& key, const Bytes& trailer) {
    ESYS_CONTEXT* esys = bench_->esys().raw();
    const auto endorsement = load(identity.endorsement_public);
    const TPM2B_PUBLIC storage_area = read(identity.storage_public, Tss2_MU_TPM2B_PUBLIC_Unmarshal);
    TPM2B_DIGEST inner{};
    inner.size = 16;
    std::fill_n(inner.buffer, 16, 0x42);
    const Bytes name = tpm::name_of(storage_area);
    TPM2B_NAME storage_name{};
    storage_name.size = static_cast<UINT16>(name.size());
    std::ranges::copy(name, storage_name.name);
    TPM2B_ID_OBJECT* credential = nullptr;
    TPM2B_ENCRYPTED_SECRET* seed = nullptr;
    EXPECT_EQ(Esys_MakeCredential(esys, endorsement.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &inner,
                                  &storage_name, &credential, &seed),
              0U);
    Bytes out;
    write(out, *Made<TPM2B_ID_OBJECT>(credential), Tss2_MU_TPM2B_ID_OBJECT_Marshal);
    write(out, *Made<TPM2B_ENCRYPTED_SECRET>(seed), Tss2_MU_TPM2B_ENCRYPTED_SECRET_Marshal);
    add_duplicate(out, identity, key, inner);
    out.push_back(static_cast<std::uint8_t>(trailer.size() >> 8));
    out.push_back(static_cast<std::uint8_t>(trailer.size()));
    out.insert(out.end(), trailer.begin(), trailer.end());
    return out;
  }

 private:
  Held load(const Bytes& area) {
    const TPM2B_PUBLIC parsed = read(area, Tss2_MU_TPM2B_PUBLIC_Unmarshal);
    ESYS_TR object = ESYS_TR_NONE;
    EXPECT_EQ(Esys_LoadExternal(bench_->esys().raw(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, nullptr,
                                &parsed, ESYS_TR_RH_NULL, &object),
              0U);
    return {bench_->esys(), object};
  }

  // The key as an object of this TPM that may leave it: TPM2_Duplicate wraps it for the other storage key.
  void add_duplicate(Bytes& out, const TpmIdentity& identity, const std::string& key,
                     const TPM2B_DIGEST& inner) {
    tpm::Esys& esys = bench_->esys();
    TPM2B_PUBLIC made{};
    auto parent = bench_->make_primary(ESYS_TR_RH_NULL, tpm::storage_template(), made, "parent").value();
    Bytes policy(32);
    policy.insert(policy.end(), {0, 0, 0x01, 0x6c, 0, 0, 0x01, 0x4b});  // PolicyCommandCode(Duplicate)
    TPM2B_PUBLIC area = tpm::hmac_template();
    area.publicArea.objectAttributes &=
        ~static_cast<TPMA_OBJECT>(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT);
    (void)tpm::fill(area.publicArea.authPolicy, crypto::sha256(policy));
    TPM2B_SENSITIVE_CREATE sensitive{};
    (void)tpm::fill(sensitive.sensitive.data, as_bytes(key));
    const TPM2B_DATA outside{};
    const TPML_PCR_SELECTION registers{};
    TPM2B_PRIVATE* private_out = nullptr;
    TPM2B_PUBLIC* public_out = nullptr;
    EXPECT_EQ(Esys_Create(esys.raw(), parent.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                          &area, &outside, &registers, &private_out, &public_out, nullptr, nullptr, nullptr),
              0U);
    const Made<TPM2B_PRIVATE> private_area(private_out);
    const Made<TPM2B_PUBLIC> public_area(public_out);
    ESYS_TR object = ESYS_TR_NONE;
    EXPECT_EQ(Esys_Load(esys.raw(), parent.get(), ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, private_out,
                        public_out, &object),
              0U);
    const Held loaded(esys, object);
    parent.drop();
    const Held storage = load(identity.storage_public);
    const TPMT_SYM_DEF none{TPM2_ALG_NULL, {0}, {0}};
    ESYS_TR session = ESYS_TR_NONE;
    EXPECT_EQ(Esys_StartAuthSession(esys.raw(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                    ESYS_TR_NONE, nullptr, TPM2_SE_POLICY, &none, TPM2_ALG_SHA256, &session),
              0U);
    const Held allowed(esys, session);
    EXPECT_EQ(Esys_PolicyCommandCode(esys.raw(), session, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                     TPM2_CC_Duplicate),
              0U);
    TPM2B_DATA wrapping{};
    (void)tpm::fill(wrapping, ByteView(inner.buffer, inner.size));
    const TPMT_SYM_DEF_OBJECT cipher{TPM2_ALG_AES, {128}, {TPM2_ALG_CFB}};
    TPM2B_DATA* key_out = nullptr;
    TPM2B_PRIVATE* duplicate = nullptr;
    TPM2B_ENCRYPTED_SECRET* seed = nullptr;
    EXPECT_EQ(Esys_Duplicate(esys.raw(), object, storage.get(), session, ESYS_TR_NONE, ESYS_TR_NONE,
                             &wrapping, &cipher, &key_out, &duplicate, &seed),
              0U);
    const Made<TPM2B_DATA> unused(key_out);
    write(out, *Made<TPM2B_PRIVATE>(duplicate), Tss2_MU_TPM2B_PRIVATE_Marshal);
    write(out, *Made<TPM2B_ENCRYPTED_SECRET>(seed), Tss2_MU_TPM2B_ENCRYPTED_SECRET_Marshal);
    write(out, *public_area, Tss2_MU_TPM2B_PUBLIC_Marshal);
  }

  Swtpm emulator_;
  std::unique_ptr<tpm::Bench> bench_;
};

TEST_F(TpmSite, an_authentication_key_gives_the_key_it_carries) {
  set_up();
  const auto identity = run(gateway->identity()).value();
  Service service;
  const Bytes blob = service.authentication_key(identity, "the hub's key", Bytes(16, 9));
  const auto activated = run(gateway->activate(blob));
  ASSERT_TRUE(activated) << activated.error().detail;
  TpmHmacKey key;
  key.object = *activated;
  EXPECT_EQ(octets(hmac(key, "a token").value()), software("the hub's key", "a token"));
  EXPECT_EQ(octets(hmac(key, "another").value()), software("the hub's key", "another"));
  EXPECT_LE(handles(0x8000'0000), 2U);
  EXPECT_EQ(handles(0x0200'0000), 1U) << "the policy's session is gone";
  EXPECT_EQ(handles(0x8101'0000), 0U) << "the endorsement key was not made persistent";
}

TEST_F(TpmSite, an_authentication_key_that_was_changed_is_refused) {
  set_up();
  const auto identity = run(gateway->identity()).value();
  Service service;
  const Bytes blob = service.authentication_key(identity, "the hub's key", {});
  for (const std::size_t at : {20U, 100U, 400U, 500U, 730U}) {
    Bytes changed = blob;
    changed[at] ^= 1;
    const auto refused = run(gateway->activate(changed));
    ASSERT_FALSE(refused) << at;
    EXPECT_EQ(refused.error().code, Errc::refused) << at << " " << refused.error().detail;
    EXPECT_EQ(gateway->facts().state, TpmState::ready);
  }
  EXPECT_TRUE(run(gateway->activate(blob)));
  EXPECT_EQ(gateway->facts().lockout_counter, 0U);
}

}  // namespace
}  // namespace leafgate::activation_test
