#include "gateway/app/named_files.hpp"

#include <filesystem>

#include "gateway/app/certificates.hpp"
#include "gateway/app/kept_certificates.hpp"
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

Result<void> read_service_api(const Config& config, std::optional<service::ConnectionString>& into) {
  const std::string& file = config.service_api_connection_string_file;
  if (file.empty()) return {};
  auto text = read_secret(file);
  if (!text) return text.error();
  auto access = service::parse_connection_string(*text);
  if (!access) return Error(access.error().code, file + ": " + access.error().detail);
  into = std::move(*access);
  return {};
}

// Read once: another signer counts from the next start on.
Result<void> read_deny_signer(const Config& config, NamedFiles& into) {
  if (config.deny_signer.empty()) return {};
  const auto pem = read_small_file(config.deny_signer, largest_key);
  if (!pem) return Error(pem.error().code, "deny.signer: " + pem.error().detail);
  auto signer = crypto::DocumentVerifier::from_pem(*pem);
  if (!signer)
    return Error(signer.error().code, "deny.signer: " + config.deny_signer + ": " + signer.error().detail);
  into.deny_signer = std::move(*signer);
  if (config.deny_url.empty()) return {};
  auto tls = crypto::TlsContext::client(config.deny_ca_file);
  if (!tls) return Error(tls.error().code, "deny.ca_file: " + tls.error().detail);
  into.deny_tls = std::move(*tls);
  return {};
}

}  // namespace

NamedFiles read_named_files(const Config& config, std::vector<Error>& mistakes) {
  NamedFiles out;
  const auto note = [&mistakes](const Result<void>& read) {
    if (!read) mistakes.push_back(read.error());
  };
  auto client = crypto::TlsContext::client(config.service_ca_file);
  if (client)
    out.client_tls = std::move(*client);
  else
    mistakes.push_back(client.error());
  note(read_seal_policy(config, out.seal_policy));
  note(read_service_api(config, out.service_api));
  note(read_deny_signer(config, out));
  if (config.service_proxy_credentials_file.empty()) return out;
  auto credentials = read_credentials(config.service_proxy_credentials_file);
  if (credentials)
    out.proxy_credentials = std::move(*credentials);
  else
    mistakes.push_back(credentials.error());
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
    if (!identity) out.push_back(identity.error().detail);
  }
  std::vector<Error> mistakes;
  (void)read_named_files(config, mistakes);
  for (const Error& mistake : mistakes) out.push_back(mistake.detail);
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
