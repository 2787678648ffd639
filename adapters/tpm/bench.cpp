#include "adapters/tpm/bench.hpp"

namespace leafgate::tpm {

Bench::Bench(std::unique_ptr<Esys> esys, bool alone, std::chrono::milliseconds session_life)
    : esys_(std::move(esys)),
      alone_(alone),
      session_life_(session_life),
      keys_(std::make_unique<HmacKeys>(*this)) {}

Bench::~Bench() = default;

Outcome<std::unique_ptr<Bench>> Bench::open(std::unique_ptr<Transport> transport, Watch watch, bool alone,
                                            std::chrono::milliseconds session_life,
                                            const std::optional<Leftovers>& leftovers) {
  auto esys = Esys::open(std::move(transport), std::move(watch));
  if (!esys) return esys.error();
  std::unique_ptr<Bench> bench(new Bench(std::move(*esys), alone, session_life));
  // Whether somebody has started it cannot be asked; starting it twice does no harm.
  const TSS2_RC started = Esys_Startup(bench->esys_->raw(), TPM2_SU_CLEAR);
  if (started != TPM2_RC_INITIALIZE) {
    if (auto done = bench->esys_->did(started, "start"); !done) return done.error();
  }
  auto boot = bench->read_boot();
  if (!boot) return boot.error();
  bench->boot_ = *boot;
  if (alone && leftovers && leftovers->boot == *boot) {
    if (auto cleared = bench->clear_up(*leftovers); !cleared) return cleared.error();
  }
  return bench;
}

Outcome<void> Bench::clear_up(const Leftovers& leftovers) {
  for (const TPM2_HANDLE handle : leftovers.handles) esys_->flush_unknown(handle);
  if (!esys_->is_usable()) return found(Errc::throttled, "the TPM broke off again", Sign::no_answer);
  return {};
}

// A command that was under way when the connection broke may have left what nobody learnt of. Only an
// emulator has such, and only where there is no room left to work: there we are alone.
Outcome<void> Bench::clear_strangers() {
  const std::vector<TPM2_HANDLE> ours = esys_->held();
  for (const TPM2_HANDLE first : {TPM2_TRANSIENT_FIRST, TPM2_LOADED_SESSION_FIRST}) {
    auto listed = handles_from(first, 16);
    if (!listed) return listed.error();
    for (const TPM2_HANDLE handle : *listed) {
      if (std::ranges::find(ours, handle) == ours.end()) esys_->flush_unknown(handle);
    }
  }
  if (!esys_->is_usable()) return found(Errc::throttled, "the TPM broke off again", Sign::no_answer);
  return {};
}

Outcome<void> Bench::make_all_room() {
  make_room();
  return alone_ ? clear_strangers() : Outcome<void>();
}

Outcome<Boot> Bench::read_boot() {
  TPMS_TIME_INFO* out = nullptr;
  const TSS2_RC code = Esys_ReadClock(esys_->raw(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &out);
  const Made<TPMS_TIME_INFO> info(out);
  if (auto done = esys_->did(code, "read the clock"); !done) return done.error();
  up_for_ = info->time;
  return Boot{info->clockInfo.resetCount, info->clockInfo.restartCount};
}

// Another TPM may have been started as often as the one before it, but hardly for as long.
Outcome<bool> Bench::is_same_boot() {
  const std::uint64_t before = up_for_;
  auto boot = read_boot();
  if (!boot) return boot.error();
  return *boot == boot_ && up_for_ >= before;
}

Outcome<std::vector<TPM2_HANDLE>> Bench::handles_from(TPM2_HANDLE first, std::uint32_t most) {
  TPMI_YES_NO more = TPM2_NO;
  TPMS_CAPABILITY_DATA* out = nullptr;
  const TSS2_RC code = Esys_GetCapability(esys_->raw(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                          TPM2_CAP_HANDLES, first, most, &more, &out);
  const Made<TPMS_CAPABILITY_DATA> data(out);
  if (auto done = esys_->did(code, "list handles"); !done) return done.error();
  const TPML_HANDLE& list = data->data.handles;
  return std::vector<TPM2_HANDLE>(list.handle, list.handle + list.count);
}

Outcome<bool> Bench::has(TPM2_HANDLE handle) {
  auto listed = handles_from(handle, 1);
  if (!listed) return listed.error();
  return !listed->empty() && listed->front() == handle;
}

Outcome<Readings> Bench::read_properties() {
  Readings readings;
  std::string manufacturer;
  std::uint32_t firmware = 0;
  const auto read = [&](const TPMS_TAGGED_PROPERTY& property) {
    const auto letters = [&property] {
      std::string out;
      for (int shift = 24; shift >= 0; shift -= 8) {
        const char letter = static_cast<char>(property.value >> shift & 0xFF);
        if (letter > ' ' || (letter == ' ' && (out.empty() || out.back() != ' '))) out += letter;
      }
      return out;
    };
    switch (property.property) {
      case TPM2_PT_MANUFACTURER:
        manufacturer = letters();
        break;
      case TPM2_PT_VENDOR_STRING_1:
      case TPM2_PT_VENDOR_STRING_2:
      case TPM2_PT_VENDOR_STRING_3:
      case TPM2_PT_VENDOR_STRING_4:
        readings.vendor += letters();
        break;
      case TPM2_PT_FIRMWARE_VERSION_1:
        firmware = property.value;
        break;
      case TPM2_PT_PERMANENT:
        readings.locked_out = (property.value & TPMA_PERMANENT_INLOCKOUT) != 0;
        break;
      case TPM2_PT_LOCKOUT_COUNTER:
        readings.lockout_counter = property.value;
        break;
      case TPM2_PT_MAX_AUTH_FAIL:
        readings.lockout_limit = property.value;
        break;
      case TPM2_PT_LOCKOUT_INTERVAL:
        readings.lockout_recovery = std::chrono::seconds(property.value);
        break;
      default:
        break;
    }
  };
  for (const TPM2_PT first : {TPM2_PT_FIXED, TPM2_PT_VAR}) {
    TPMI_YES_NO more = TPM2_NO;
    TPMS_CAPABILITY_DATA* out = nullptr;
    const TSS2_RC code = Esys_GetCapability(esys_->raw(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                            TPM2_CAP_TPM_PROPERTIES, first, 64, &more, &out);
    const Made<TPMS_CAPABILITY_DATA> data(out);
    if (auto done = esys_->did(code, "read properties"); !done) return done.error();
    const TPML_TAGGED_TPM_PROPERTY& list = data->data.tpmProperties;
    std::for_each(list.tpmProperty, list.tpmProperty + list.count, read);
  }
  std::string vendor;
  for (const char letter : manufacturer + " " + readings.vendor) {
    if (letter != ' ' || (!vendor.empty() && vendor.back() != ' ')) vendor += letter;
  }
  if (!vendor.empty() && vendor.back() == ' ') vendor.pop_back();
  readings.vendor = vendor + " " + std::to_string(firmware >> 16) + "." + std::to_string(firmware & 0xFFFF);
  return readings;
}

Outcome<void> Bench::self_test() {
  TPM2B_MAX_BUFFER* data = nullptr;
  TPM2_RC result = TPM2_RC_SUCCESS;
  const TSS2_RC code =
      Esys_GetTestResult(esys_->raw(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &data, &result);
  const Made<TPM2B_MAX_BUFFER> said(data);
  if (auto done = esys_->did(code, "ask for the test result"); !done) return done;
  if (result == TPM2_RC_FAILURE) return found(Errc::throttled, "the TPM is in failure mode", Sign::failing);
  TPM2B_DIGEST* random = nullptr;
  const TSS2_RC drawn = Esys_GetRandom(esys_->raw(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, 8, &random);
  const Made<TPM2B_DIGEST> octets(random);
  return esys_->did(drawn, "draw a random number");
}

Outcome<void> Bench::start_session() {
  const TPMT_SYM_DEF cipher{TPM2_ALG_AES, {128}, {TPM2_ALG_CFB}};
  session_.drop();
  ESYS_TR session = ESYS_TR_NONE;
  const TSS2_RC code =
      Esys_StartAuthSession(esys_->raw(), storage_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                            nullptr, TPM2_SE_HMAC, &cipher, TPM2_ALG_SHA256, &session);
  if (auto done = esys_->did(code, "start the session"); !done) return done;
  session_ = Held(*esys_, session);
  session_since_ = LoopClock::now();
  return {};
}

Outcome<ESYS_TR> Bench::session(Crossing crossing) {
  if (storage_ == ESYS_TR_NONE) return found(Errc::unsupported, "the TPM is not set up");
  // Idle time renews it earlier (look_after), so that no request pays for it as a rule.
  if (!session_ || LoopClock::now() - session_since_ > 2 * session_life_) {
    if (auto started = start_session(); !started) return started.error();
  }
  const auto attributes =
      static_cast<TPMA_SESSION>(TPMA_SESSION_CONTINUESESSION | static_cast<unsigned>(crossing));
  const TSS2_RC code = Esys_TRSess_SetAttributes(esys_->raw(), session_.get(), attributes, 0xFF);
  if (auto done = esys_->did(code, "set the session"); !done) return done.error();
  return session_.get();
}

Outcome<void> Bench::look_after() {
  if (!anchor_) return {};
  // By its name ESYS would not notice another key: what it has is what it read first.
  TPM2B_NAME* out = nullptr;
  const TSS2_RC code = Esys_ReadPublic(esys_->raw(), storage_, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                       nullptr, &out, nullptr);
  const Made<TPM2B_NAME> name(out);
  if (auto done = esys_->did(code, "read the storage key"); !done) return done;
  if (!std::ranges::equal(ByteView(name->name, name->size), anchor_->storage_name))
    return found(Errc::refused, "it has another storage key: cleared, or another TPM", Sign::foreign);
  if (LoopClock::now() - session_since_ > session_life_) return start_session();
  return {};
}

Outcome<Held> Bench::make_primary(ESYS_TR hierarchy, const TPM2B_PUBLIC& wanted, TPM2B_PUBLIC& made,
                                  const char* what) {
  const TPM2B_SENSITIVE_CREATE sensitive{};
  const TPM2B_DATA outside{};
  const TPML_PCR_SELECTION registers{};
  ESYS_TR object = ESYS_TR_NONE;
  TPM2B_PUBLIC* area = nullptr;
  const TSS2_RC code =
      Esys_CreatePrimary(esys_->raw(), hierarchy, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                         &wanted, &outside, &registers, &object, &area, nullptr, nullptr, nullptr);
  const Made<TPM2B_PUBLIC> given(area);
  if (auto done = esys_->did(code, what); !done) {
    Failure failure = done.error();
    if (error_number(code) == (TPM2_RC_BAD_AUTH & 0x3F))
      failure.error.detail += " (the hierarchy has a password)";
    return failure;
  }
  made = *given;
  return Held(*esys_, object);
}

Outcome<Bench::SigningKey*> Bench::signing_key(std::uint32_t epoch) {
  if (signing_.key && signing_.epoch == epoch) return &signing_;
  make_room();
  signing_.key.drop();
  auto made = make_primary(ESYS_TR_RH_ENDORSEMENT, signing_template(epoch), signing_.area,
                           "make the attestation key");
  if (!made) return made.error();
  signing_.key = std::move(*made);
  signing_.epoch = epoch;
  return &signing_;
}

Outcome<ESYS_TR> Bench::counter(std::uint32_t index) {
  if (counter_ != ESYS_TR_NONE && counter_index_ == index) return counter_;
  ESYS_TR object = ESYS_TR_NONE;
  const TSS2_RC code =
      Esys_TR_FromTPMPublic(esys_->raw(), index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &object);
  if (auto done = esys_->did(code, "find the epoch counter"); !done) return done.error();
  counter_ = object;
  counter_index_ = index;
  counted.reset();
  return counter_;
}

Outcome<Bytes> Bench::name_of_counter() {
  TPM2B_NAME* out = nullptr;
  const TSS2_RC code = Esys_TR_GetName(esys_->raw(), counter_, &out);
  const Made<TPM2B_NAME> name(out);
  if (auto done = esys_->did(code, "name the epoch counter"); !done) return done.error();
  return Bytes(name->name, name->name + name->size);
}

}  // namespace leafgate::tpm
