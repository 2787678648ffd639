#pragma once

#include <memory>
#include <string_view>

#include "gateway/crypto/tls_context.hpp"

namespace leafgate::crypto {

// A client that trusts the certificates of this PEM text themselves, whoever issued them, and nobody else.
// Names are checked as ever, and dates where these count. Errors: malformed.
Result<std::shared_ptr<TlsContext>> pinned_client(std::string_view pem, bool dates_count = true);

}  // namespace leafgate::crypto
