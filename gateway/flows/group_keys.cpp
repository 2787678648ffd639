#include "gateway/flows/group_keys.hpp"

#include <algorithm>
#include <array>

#include "gateway/crypto/hmac.hpp"
#include "gateway/flows/derivation_steps.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/runtime/log.hpp"

namespace leafgate {
namespace {

constexpr std::size_t auth_octets = 32;
constexpr std::size_t challenge_octets = 32;
constexpr int most_passes = 3;

Error about(const std::string& enrollment, const Error& error) {
  return {error.code, enrollment + ": its key did not get into the TPM: " + error.detail};
}

bool is_in_software(const std::optional<SealedKey>& key, const Trust& trust) {
  return key && !trust.is_in_tpm(*key);
}

bool has_keys_to_move(const Enrollment& group, const Trust& trust) {
  return group.mechanism == Mechanism::symmetric_key &&
         (is_in_software(group.primary_key, trust) || is_in_software(group.secondary_key, trust));
}

}  // namespace

bool GroupKeys::is_tpm_set_up() const { return is_tpm_ready() && ports_.tpm.facts().set_up; }

// A set-up that failed half-way has an anchor already, of a TPM that may take nothing at all.
bool GroupKeys::takes_keys() const { return is_tpm_set_up() && ports_.trust.protection() == Protection::tpm; }

bool GroupKeys::derives(const Enrollment& group) const {
  const auto is_it = [&group](const std::string& lost) { return is_called(group, lost); };
  return is_tpm_ready() && std::none_of(lost_.begin(), lost_.end(), is_it);
}

Task<Result<SealedKey>> GroupKeys::seal(crypto::Secret key, std::string enrollment,
                                        std::optional<SealedKey> held) {
  if (!takes_keys()) co_return ports_.trust.seal(key, enrollment);
  if (held && ports_.trust.is_in_tpm(*held)) {
    const bool same = co_await is_the_same(key.copy(), enrollment, *held);
    if (same) co_return std::move(*held);
  }
  co_return co_await make(std::move(key), std::move(enrollment));
}

Task<Result<SealedKey>> GroupKeys::make(crypto::Secret key, std::string enrollment) {
  TpmHmacKey made;
  made.auth = crypto::Secret(auth_octets);
  ports_.random.fill(made.auth.writable());
  auto object = co_await ports_.tpm.make_hmac_key(key.copy(), made.auth.copy());
  if (!object) co_return about(enrollment, object.error());
  made.object = std::move(*object);
  auto sealed = ports_.trust.seal_tpm_key(made, enrollment);
  if (sealed) std::erase(lost_, enrollment);
  const bool never = !sealed && sealed.error().code == Errc::unsupported;
  if (never) co_return ports_.trust.seal(key, enrollment);
  if (!sealed) co_return about(enrollment, sealed.error());
  co_return sealed;
}

Task<Result<bool>> GroupKeys::is_lost(SealedKey held, std::string enrollment) {
  auto opened = ports_.trust.unseal_tpm_key(held, enrollment);
  if (!opened) co_return opened.error();
  std::string challenge(challenge_octets, '\0');
  ports_.random.fill({reinterpret_cast<std::uint8_t*>(challenge.data()), challenge.size()});
  const auto answer = co_await ports_.tpm.hmac(std::move(*opened), challenge);
  if (answer) co_return false;
  if (answer.error().code == Errc::refused) co_return true;
  co_return answer.error();
}

Task<Result<void>> GroupKeys::look_for_lost() {
  if (!is_tpm_set_up()) co_return Error(Errc::throttled, "the TPM is not ready, or not set up");
  auto groups = co_await ports_.enrollments.groups();
  if (!groups) co_return groups.error();
  std::vector<std::string> lost;
  for (const Enrollment& group : *groups) {
    const std::string enrollment = reference(group);
    for (const std::optional<SealedKey>* key : {&group.primary_key, &group.secondary_key}) {
      const bool is_asked = *key && ports_.trust.is_in_tpm(**key);
      if (!is_asked) continue;
      SealedKey held = **key;
      const auto found = co_await is_lost(std::move(held), enrollment);
      if (!found) co_return found.error();
      if (!*found) continue;
      lost.push_back(enrollment);
      log::warning("the key of a group is in another TPM: import the group again",
                   {{"enrollment", enrollment}});
      break;
    }
  }
  lost_ = std::move(lost);
  co_return Result<void>();
}

// Both are asked the same question, one that was never asked before.
Task<bool> GroupKeys::is_the_same(crypto::Secret key, std::string enrollment, SealedKey held) {
  auto opened = ports_.trust.unseal_tpm_key(held, enrollment);
  if (!opened) co_return false;
  std::string challenge(challenge_octets, '\0');
  ports_.random.fill({reinterpret_cast<std::uint8_t*>(challenge.data()), challenge.size()});
  const auto expected = crypto::hmac_sha256(key.view(), as_bytes(challenge));
  auto answer = co_await ports_.tpm.hmac(std::move(*opened), challenge);
  if (!answer) co_return false;
  const ByteView said = answer->view();
  co_return std::equal(said.begin(), said.end(), expected.begin(), expected.end());
}

Task<Result<std::size_t>> GroupKeys::move_group_keys() {
  std::size_t moved = 0;
  for (int pass = 0; pass < most_passes; ++pass) {
    auto groups = co_await ports_.enrollments.groups();
    if (!groups) co_return groups.error();
    std::erase_if(*groups, [this](const Enrollment& g) { return !has_keys_to_move(g, ports_.trust); });
    if (groups->empty()) co_return moved;
    if (!takes_keys()) co_return Error(Errc::throttled, "the TPM is not ready, or not set up");
    for (const Enrollment& group : *groups) {
      auto done = co_await move_keys_of(group);
      if (!done) co_return done.error();
      moved += *done;
    }
  }
  co_return Error(Errc::conflict, "groups changed while their keys were moved: do it again");
}

// Zero where somebody has changed the group meanwhile: what he brought stands.
Task<Result<std::size_t>> GroupKeys::move_keys_of(Enrollment group) {
  const std::string enrollment = reference(group);
  Enrollment changed = group;
  auto primary = co_await move_key(changed.primary_key, enrollment);
  if (!primary) co_return primary.error();
  auto secondary = co_await move_key(changed.secondary_key, enrollment);
  if (!secondary) co_return secondary.error();
  auto now = co_await ports_.enrollments.groups();
  if (!now) co_return now.error();
  const bool is_as_it_was = std::find(now->begin(), now->end(), group) != now->end();
  if (!is_as_it_was || changes_ > 0) co_return std::size_t{0};
  std::vector<Enrollment> replacing;
  replacing.push_back(std::move(changed));
  auto stored = co_await ports_.enrollments.import(std::move(replacing));
  ports_.ledger.enrollments_changed();
  if (!stored) co_return stored.error();
  co_return *primary + *secondary;
}

Task<Result<std::size_t>> GroupKeys::move_key(std::optional<SealedKey>& key, std::string enrollment) {
  if (!is_in_software(key, ports_.trust)) co_return std::size_t{0};
  auto clear = ports_.trust.unseal(*key, enrollment);
  if (!clear) co_return about(enrollment, clear.error());
  auto made = co_await make(std::move(*clear), enrollment);
  if (!made) co_return made.error();
  if (!ports_.trust.is_in_tpm(*made))
    co_return Error(Errc::unsupported, "secrets of the store are not sealed by the TPM");
  key = std::move(*made);
  co_return std::size_t{1};
}

Task<void> GroupKeys::forget_derived(Enrollment enrollment) {
  std::vector<std::string> group_keys;
  for (const auto& key : {enrollment.primary_key, enrollment.secondary_key})
    if (key && ports_.trust.is_in_tpm(*key)) group_keys.push_back(digest_of(*key));
  auto removed = co_await ports_.derived.keep_only(reference(enrollment), std::move(group_keys));
  if (!removed)
    log::warning("what a group key has derived is not taken out of the store",
                 {{"enrollment", reference(enrollment)}, {"error", removed.error().detail}});
}

}  // namespace leafgate
