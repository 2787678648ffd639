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
  // Why a file cannot be used, and no start goes without it; of any, that nothing is left to open it with.
  std::vector<Error> mistakes;
  // The same of what leaves are answered from the cache without. A power cut leaves files empty, and the
  // uplink is away just then. The code is that of a way that is closed for it.
  std::optional<Error> no_client_tls;         // untrusted
  std::optional<Error> no_proxy_credentials;  // proxy_failed
  std::optional<Error> no_service_api;        // malformed
  std::optional<Error> no_deny_tls;

  [[nodiscard]] std::vector<Error> missing() const;           // these four, as far as they are
  [[nodiscard]] std::vector<std::string> complaints() const;  // all, for whoever still can mend them
};
// Blocking.
[[nodiscard]] NamedFiles read_named_files(const Config& config);

// What the next start with this file of configuration would end with, or go on without, as the files are now;
// tried with the rights of who asks. A main pair that was good here once may be broken
// (gateway/app/kept_certificates.hpp). Blocking.
[[nodiscard]] std::vector<std::string> mistakes_of_start(const std::string& file);

// Every file that the daemon reads by this configuration: those that it names, `file` itself and its
// drop-ins.
[[nodiscard]] std::vector<std::string> paths_to_read(const std::string& file, const Config& config);

}  // namespace leafgate
