#include "gateway/crypto/pinned_context.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace leafgate::crypto {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;
using Text = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate509 = std::unique_ptr<X509, Freed<X509_free>>;

// Nothing where there is none.
Store store_of(std::string_view pem) {
  Store store(X509_STORE_new());
  const Text text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::size_t count = 0;
  while (store && text) {
    const Certificate509 one(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    if (X509_STORE_add_cert(store.get(), one.get()) == 1) ++count;
  }
  ERR_clear_error();  // the end of the text is one
  return count == 0 ? nullptr : std::move(store);
}

}  // namespace

Result<std::shared_ptr<TlsContext>> pinned_client(std::string_view pem) {
  auto made = TlsContext::client("");
  if (!made) return made.error();
  Store store = store_of(pem);
  if (!store) return Error(Errc::malformed, "no certificate to be pinned");
  SSL_CTX_set_cert_store((*made)->native(), store.release());  // in place of the system's
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param((*made)->native());
  if (X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) != 1)
    return Error(Errc::internal, "a certificate cannot be pinned");
  return std::move(*made);
}

}  // namespace leafgate::crypto
