#include "gateway/crypto/pinned_context.hpp"

#include <openssl/ssl.h>

namespace leafgate::crypto {

Result<std::shared_ptr<TlsContext>> pinned_client(const std::string& certificate_file) {
  auto made = TlsContext::client(certificate_file);
  if (!made) return made.error();
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param((*made)->native());
  if (X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) != 1)
    return Error(Errc::internal, certificate_file + ": cannot be pinned");
  return std::move(*made);
}

}  // namespace leafgate::crypto
