#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <openssl/ssl.h>

#include "tests/standin/encoding.hpp"

namespace leafgate::standin {

// A device's certificate and those it sent above it, its own first; empty when it sent none.
using Certificates = std::vector<std::shared_ptr<X509>>;

// Asks devices for a certificate without judging it; who sends one gets no ticket of TLS 1.3.
void ask_for_certificates(SSL_CTX* context);
Certificates certificates_of(SSL* connection);

// PEM, or DER in base64, as in the service API. Throws std::runtime_error.
std::shared_ptr<X509> read_certificate(const std::string& text);
std::string thumbprint(const X509& certificate);   // SHA-256, lower-case hex
std::string common_name(const X509& certificate);  // empty unless there is exactly one
// X509CertificateInfo of the service API.
nlohmann::json certificate_info(const X509& certificate);
bool lives(const X509& certificate, WallTime now);
// A path for a TLS client from the first of `shown` over the others up to `trusted`.
bool leads_to(const Certificates& shown, X509& trusted, WallTime now);
bool issued(X509& issuer, X509& subject);

}  // namespace leafgate::standin
