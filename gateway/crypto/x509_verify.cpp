#include <algorithm>
#include <new>
#include <stdexcept>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "gateway/crypto/openssl_error.hpp"
#include "gateway/crypto/openssl_owned.hpp"
#include "gateway/crypto/x509.hpp"

namespace leafgate::crypto {
namespace {

// Holds certificates without owning them.
using Stack = std::unique_ptr<STACK_OF(X509), decltype([](STACK_OF(X509) * stack) { sk_X509_free(stack); })>;

PathCheck unacceptable(const Certificate& certificate, std::string_view what) {
  return {PathFault::unacceptable, certificate.subject() + ": " + std::string(what)};
}

// What OpenSSL's verification leaves to its caller, or is lenient about.
PathCheck check_each(std::span<const Certificate* const> path) {
  for (const Certificate* certificate : path) {
    const bool last = certificate == path.back();
    if (!certificate->has_acceptable_key())
      return unacceptable(*certificate, "key too weak, or of no kind for TLS");
    if (!last && !certificate->has_acceptable_signature())
      return unacceptable(*certificate, "signed over a digest that is not of SHA-2");
    if (!certificate->has_understood_extensions())
      return unacceptable(*certificate, "a critical extension nobody here understands, or an unreadable one");
    // OpenSSL would take a CA of version 1, or by its keyUsage alone.
    if (certificate != path.front() && !certificate->is_authority())
      return unacceptable(*certificate, "not a CA that may sign certificates");
  }
  if (!path.front()->is_for_clients()) return unacceptable(*path.front(), "not made for TLS clients");
  return {};
}

PathFault fault_of(int error) {
  switch (error) {
    case X509_V_OK:
      return PathFault::none;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return PathFault::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return PathFault::not_yet_valid;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return PathFault::signature;
    default:
      return PathFault::unacceptable;
  }
}

void set_up(X509_STORE_CTX* context, std::size_t length, std::optional<WallTime> at) {
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(length));
  if (at) {
    const auto seconds = std::chrono::floor<Seconds>(*at).time_since_epoch();
    X509_VERIFY_PARAM_set_time(parameters, static_cast<time_t>(seconds.count()));
  } else {
    X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_NO_CHECK_TIME);
  }
}

}  // namespace

PathCheck verify_path(std::span<const Certificate* const> path, std::optional<WallTime> at) {
  if (path.size() < 2) return {PathFault::unacceptable, "no issuer"};
  if (auto check = check_each(path); check.fault != PathFault::none) return check;
  const Owned<X509_STORE> store(X509_STORE_new());
  const Stack between(sk_X509_new_null());
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (!store || !between || !context) throw std::bad_alloc();
  bool good = X509_STORE_add_cert(store.get(), path.back()->native()) == 1;
  for (std::size_t i = 1; good && i + 1 < path.size(); ++i)
    good = sk_X509_push(between.get(), path[i]->native()) > 0;
  good = good && X509_STORE_CTX_init(context.get(), store.get(), path.front()->native(), between.get()) == 1;
  if (!good) throw std::runtime_error("openssl: no verification: " + drain_errors());
  set_up(context.get(), path.size(), at);

  const bool verified = X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (verified) return {};
  const auto depth = static_cast<std::size_t>(std::max(X509_STORE_CTX_get_error_depth(context.get()), 0));
  const Certificate& at_fault = *path[std::min(depth, path.size() - 1)];
  const PathFault fault = fault_of(error);
  return {fault == PathFault::none ? PathFault::unacceptable : fault,
          at_fault.subject() + ": " + X509_verify_cert_error_string(error)};
}

}  // namespace leafgate::crypto
