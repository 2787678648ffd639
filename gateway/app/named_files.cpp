#include "gateway/app/named_files.hpp"

#include <filesystem>

#include "gateway/app/certificates.hpp"
#include "gateway/app/kept_certificates.hpp"
#include "gateway/app/pair_files.hpp"
#include "gateway/app/settings.hpp"
#include "gateway/app/small_file.hpp"
#include "gateway/crypto/server_identity.hpp"

namespace leafgate {
namespace {

constexpr std::size_t largest_key = 4'096;

Result<void> read_seal_policy(const Config& config, TpmSealPolicy& into) {
  if (config.tpm_registers.empty()) return {};
  for (const std::int64_t number : config.tpm_registers)
    into.registers.push_back(static_cast<std::uint32_t>(number));
  auto approver = read_small_file(config.tpm_approver, largest_key);
  if (!approver) return approver.error();
  into.approver = std::move(*approver);
  auto approval = read_small_file(config.tpm_approval, largest_key);
  if (!approval) return approval.error();
  into.approval.assign(approval->begin(), approval->end());
  return {};
}

Result<std::optional<service::ConnectionString>> read_service_api(const std::string& file) {
  if (file.empty()) return std::nullopt;
  auto text = read_secret(file);
  if (!text) return text.error();
  auto access = service::parse_connection_string(*text);
  if (!access) return Error(access.error().code, file + ": " + access.error().detail);
  return std::move(*access);
}

Result<std::string> read_proxy_credentials(const std::string& file) {
  return file.empty() ? Result<std::string>(std::string()) : read_credentials(file);
}

// Read once: another signer counts from the next start on.
Result<std::optional<crypto::DocumentVerifier>> read_deny_signer(const std::string& file) {
  if (file.empty()) return std::nullopt;
  const auto pem = read_small_file(file, largest_key);
  if (!pem) return pem.error();
  auto signer = crypto::DocumentVerifier::from_pem(*pem);
  if (!signer) return Error(signer.error().code, file + ": " + signer.error().detail);
  return std::move(*signer);
}

Result<std::shared_ptr<crypto::TlsContext>> read_deny_tls(const Config& config) {
  if (config.deny_url.empty()) return std::shared_ptr<crypto::TlsContext>();
  return crypto::TlsContext::client(config.deny_ca_file);
}

// Into its place, or why it is not there; that names the key too.
template <class T>
std::optional<Error> take(std::string_view key, Result<T> read, T& into) {
  if (!read) return Error(read.error().code, std::string(key) + ": " + read.error().detail);
  into = std::move(*read);
  return std::nullopt;
}

// A start later helps there, and nobody goes without it for good.
void wait_for(const std::string& file, std::optional<Error>& missing, std::vector<Error>& mistakes) {
  if (!missing) return;
  auto shortage = shortage_at(file);
  if (!shortage) return;
  mistakes.push_back(std::move(*shortage));
  missing.reset();
}

}  // namespace

std::vector<Error> NamedFiles::missing() const {
  std::vector<Error> out;
  for (const auto* each : {&no_client_tls, &no_proxy_credentials, &no_service_api, &no_deny_tls})
    if (*each) out.push_back(**each);
  return out;
}

std::vector<std::string> NamedFiles::complaints() const {
  std::vector<std::string> out;
  for (const Error& mistake : mistakes) out.push_back(mistake.detail);
  for (const Error& each : missing()) out.push_back(each.detail);
  return out;
}

NamedFiles read_named_files(const Config& config) {
  NamedFiles out;
  out.no_client_tls =
      take("service.ca_file", crypto::TlsContext::client(config.service_ca_file), out.client_tls);
  if (out.no_client_tls) out.no_client_tls->code = Errc::untrusted;
  out.no_proxy_credentials =
      take("service.proxy_credentials_file", read_proxy_credentials(config.service_proxy_credentials_file),
           out.proxy_credentials);
  if (out.no_proxy_credentials) out.no_proxy_credentials->code = Errc::proxy_failed;
  out.no_service_api = take("service.api_connection_string_file",
                            read_service_api(config.service_api_connection_string_file), out.service_api);
  if (out.no_service_api) out.no_service_api->code = Errc::malformed;
  out.no_deny_tls = take("deny.ca_file", read_deny_tls(config), out.deny_tls);
  wait_for(config.service_ca_file, out.no_client_tls, out.mistakes);
  wait_for(config.service_proxy_credentials_file, out.no_proxy_credentials, out.mistakes);
  wait_for(config.service_api_connection_string_file, out.no_service_api, out.mistakes);
  wait_for(config.deny_ca_file, out.no_deny_tls, out.mistakes);
  const auto sealed = read_seal_policy(config, out.seal_policy);
  if (!sealed) out.mistakes.push_back(sealed.error());
  auto no_signer = take("deny.signer", read_deny_signer(config.deny_signer), out.deny_signer);
  if (no_signer) out.mistakes.push_back(std::move(*no_signer));
  return out;
}

std::vector<std::string> mistakes_of_start(const std::string& file) {
  std::vector<std::string> out;
  const auto read = load_config(file);
  if (const auto* mistakes = std::get_if<std::vector<ConfigError>>(&read)) {
    for (const ConfigError& mistake : *mistakes) out.push_back(mistake.to_text());
    return out;
  }
  const auto& config = std::get<Config>(read);
  const CertificatePair pair = wanted_pairs(config).main;
  // As a start judges: what was shown here before, or was named to a gateway that ran, is no mistake.
  const auto last = KeptCertificates(config.state_dir).last_of(pair.server_name);
  const bool was_here = last && *last && (*last)->is_of(pair);
  if (last && !was_here) {
    const auto identity = crypto::ServerIdentity::load(pair.certificate, pair.key);
    if (!identity) out.push_back(with_key(pair, identity.error()).detail);
  }
  for (std::string& complaint : read_named_files(config).complaints()) out.push_back(std::move(complaint));
  for (std::string& mistake : mistakes_of_link(config)) out.push_back(std::move(mistake));
  return out;
}

std::vector<std::string> paths_to_read(const std::string& file, const Config& config) {
  std::vector<std::string> out{file};
  std::error_code none;
  const auto drop_ins = std::filesystem::path(file).replace_extension(".d");
  for (auto at = std::filesystem::directory_iterator(drop_ins, none);
       !none && at != std::filesystem::directory_iterator(); at.increment(none))
    if (at->path().extension() == ".toml") out.push_back(at->path().string());
  const auto add = [&out](const std::string& path) {
    if (!path.empty()) out.push_back(path);
  };
  add(config.tls_certificate);
  add(config.tls_key);
  for (const CertificatePair& pair : config.tls_extra) {
    add(pair.certificate);
    add(pair.key);
  }
  add(config.service_ca_file);
  add(config.service_proxy_credentials_file);
  add(config.service_api_connection_string_file);
  if (!config.tpm_registers.empty()) {
    add(config.tpm_approver);
    add(config.tpm_approval);
  }
  add(config.deny_signer);
  if (!config.deny_url.empty()) add(config.deny_ca_file);
  if (config.broker_uri.empty()) return out;
  for (const std::string* path :
       {&config.broker_ca_file, &config.broker_certificate, &config.broker_key, &config.broker_password_file})
    add(*path);
  return out;
}

}  // namespace leafgate
