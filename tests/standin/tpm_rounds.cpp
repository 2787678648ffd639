#include "tests/standin/tpm_rounds.hpp"

#include <stdexcept>

#include <openssl/rand.h>

namespace leafgate::standin {
namespace {

using nlohmann::json;

std::string fresh_key() {
  std::string key(32, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key.data()), 32) != 1)
    throw std::runtime_error("no random bytes");
  return key;
}

std::optional<TpmPublic> key_in(const json& member, const char* name) {
  const json text = member.value(name, json());
  return text.is_string() ? read_tpm_public(text.get<std::string>()) : std::nullopt;
}

}  // namespace

std::optional<ShownTpm> shown_tpm(const json& member) {
  if (!member.is_object()) return std::nullopt;
  auto endorsement = key_in(member, "endorsementKey");
  auto storage = key_in(member, "storageRootKey");
  if (!endorsement || !storage) return std::nullopt;
  return ShownTpm{std::move(*endorsement), std::move(*storage)};
}

std::string TpmRounds::challenge(ShownTpm tpm, std::string_view remark) {
  ++challenges;
  open = std::make_shared<const TpmRound>(TpmRound{std::move(tpm), fresh_key()});
  return authentication_key(open->tpm.endorsement, open->tpm.storage, open->key, remark);
}

std::string TpmRounds::roll_hub_key(const TpmRound& round, std::string_view remark) {
  hub_keys.push_back(fresh_key());
  return authentication_key(round.tpm.endorsement, round.tpm.storage, hub_keys.back(), remark);
}

}  // namespace leafgate::standin
