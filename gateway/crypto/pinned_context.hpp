#pragma once

#include <memory>
#include <string>

#include "gateway/crypto/tls_context.hpp"

namespace leafgate::crypto {

// A client that trusts the certificates of this PEM file themselves, whoever issued them, and nobody else.
// Dates and names are checked as ever. Errors name the file.
Result<std::shared_ptr<TlsContext>> pinned_client(const std::string& certificate_file);

}  // namespace leafgate::crypto
