#include "adapters/wire/dps_json.hpp"
#include "adapters/wire/json_text.hpp"

namespace leafgate::wire {
namespace {

Error in_member(std::string_view name, const Error& error) {
  return {error.code, std::string(name) + ": " + error.detail};
}

// The text of a string member; empty when absent.
Result<std::string> optional_text(const std::vector<json::Member>& members, std::string_view name) {
  const auto value = json::find(members, name);
  if (!value) return std::string();
  auto text = json::text_of(*value);
  if (!text) return in_member(name, text.error());
  return text;
}

// Texts are judged by whoever judges the keys; what is longer than any of them is not even kept.
Result<TpmKeys> tpm_keys(std::string_view value) {
  constexpr std::size_t longest = 1024;
  const auto members = json::members(value);
  if (!members) return in_member("tpm", members.error());
  auto endorsement = optional_text(*members, "endorsementKey");
  if (!endorsement) return in_member("tpm", endorsement.error());
  auto storage = optional_text(*members, "storageRootKey");
  if (!storage) return in_member("tpm", storage.error());
  if (endorsement->size() > longest || storage->size() > longest)
    return Error(Errc::malformed, "tpm: a key is longer than that of any TPM");
  TpmKeys keys;
  keys.endorsement_key = std::move(*endorsement);
  keys.storage_root_key = std::move(*storage);
  return keys;
}

std::string written(const TpmKeys& keys) {
  json::ObjectWriter tpm;
  tpm.text("endorsementKey", keys.endorsement_key);
  if (!keys.storage_root_key.empty()) tpm.text("storageRootKey", keys.storage_root_key);
  return tpm.str();
}

}  // namespace

Result<RegistrationRequest> read_register_body(std::string_view body, const RegistrationId& id) {
  RegistrationRequest request;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos && body.size() <= json::Bounds{}.octets)
    return request;
  const auto text = json::checked(body);
  if (!text) return text.error();
  const auto members = json::members(*text);
  if (!members) return members.error();
  if (const auto claimed = json::find(*members, "registrationId")) {
    const auto name = json::text_of(*claimed);
    if (!name) return in_member("registrationId", name.error());
    if (!equal_ignoring_case(*name, id.key()))
      return Error(Errc::malformed, "registrationId is not the one of the connection");
  }
  if (const auto payload = json::find(*members, "payload")) request.payload = *payload;
  auto csr = optional_text(*members, "csr");
  if (!csr) return csr.error();
  request.csr = std::move(*csr);
  if (const auto tpm = json::find(*members, "tpm")) {
    auto keys = tpm_keys(*tpm);
    if (!keys) return keys.error();
    request.tpm = std::move(*keys);
  }
  return request;
}

std::string write_register_body(const RegistrationId& id, const RegistrationRequest& request) {
  json::ObjectWriter body;
  body.text("registrationId", id.text());
  if (!request.tpm.empty()) body.raw("tpm", written(request.tpm));
  if (!request.payload.empty()) body.raw("payload", request.payload);
  if (!request.csr.empty()) body.text("csr", request.csr);
  return body.str();
}

}  // namespace leafgate::wire
