#include "gateway/crypto/pinned_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "gateway/crypto/openssl_owned.hpp"

namespace leafgate::crypto {
namespace {

// Nothing where there is none.
Owned<X509_STORE> store_of(std::string_view pem) {
  Owned<X509_STORE> store(X509_STORE_new());
  const Owned<BIO> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::size_t count = 0;
  while (store && text) {
    const Owned<X509> one(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    if (X509_STORE_add_cert(store.get(), one.get()) == 1) ++count;
  }
  ERR_clear_error();  // the end of the text is one
  return count == 0 ? nullptr : std::move(store);
}

}  // namespace

Result<std::shared_ptr<TlsContext>> pinned_client(std::string_view pem, bool dates_count) {
  auto made = TlsContext::client("");
  if (!made) return made.error();
  Owned<X509_STORE> store = store_of(pem);
  if (!store) return Error(Errc::malformed, "no certificate to be pinned");
  SSL_CTX_set_cert_store((*made)->native(), store.release());  // in place of the system's
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param((*made)->native());
  unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
  if (!dates_count) flags |= X509_V_FLAG_NO_CHECK_TIME;
  if (X509_VERIFY_PARAM_set_flags(param, flags) != 1)
    return Error(Errc::internal, "a certificate cannot be pinned");
  return std::move(*made);
}

}  // namespace leafgate::crypto
