#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/service/connection_string.hpp"
#include "gateway/app/config.hpp"
#include "gateway/crypto/document_signature.hpp"
#include "gateway/crypto/tls_context.hpp"
#include "gateway/ports/tpm.hpp"

namespace leafgate {

// What a start takes from files that the configuration names, but for the certificate pairs of leaves.
struct NamedFiles {
  std::shared_ptr<crypto::TlsContext> client_tls;  // toward the service
  std::string proxy_credentials;
  TpmSealPolicy seal_policy;  // under which state of the machine the TPM gives the store's key
  std::optional<service::ConnectionString> service_api;
  std::optional<crypto::DocumentVerifier> deny_signer;
  std::shared_ptr<crypto::TlsContext> deny_tls;  // null: no list is fetched
};
// Adds to `mistakes` why a file cannot be used, for each. Blocking.
[[nodiscard]] NamedFiles read_named_files(const Config& config, std::vector<Error>& mistakes);

// What the next start with this file of configuration would end with, as the files are now; tried with the
// rights of who asks. A main pair that was good here once may be broken (gateway/app/kept_certificates.hpp).
// Blocking.
[[nodiscard]] std::vector<std::string> mistakes_of_start(const std::string& file);

// Every file that the daemon reads by this configuration: those that it names, `file` itself and its
// drop-ins.
[[nodiscard]] std::vector<std::string> paths_to_read(const std::string& file, const Config& config);

}  // namespace leafgate
