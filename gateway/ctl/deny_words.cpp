#include "gateway/ctl/deny_words.hpp"

#include <algorithm>

#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/x509_file.hpp"
#include "gateway/ctl/text_file.hpp"

namespace leafgate::ctl {
namespace {

std::string without(std::string text, std::string_view characters) {
  std::erase_if(text, [characters](char c) { return characters.find(c) != std::string_view::npos; });
  return text;
}

bool looks_like_digest(const std::string& digits) {
  constexpr std::size_t of_sha256 = 64;
  return digits.size() == of_sha256 &&
         digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

}  // namespace

Result<std::vector<Denial>> denied_certificates(const std::string& named) {
  std::vector<Denial> out;
  if (const std::string digits = without(named, ":"); looks_like_digest(digits)) {
    auto made = make_denial(DenyKind::certificate, digits);
    if (!made) return made.error();
    out.push_back(std::move(*made));
    return out;
  }
  const auto file = read_text(named);
  if (!file) return Error(Errc::not_found, named + " is neither a file nor a SHA-256 of a certificate");
  const auto certificates = crypto::read_certificates(as_bytes(*file));
  if (!certificates) return Error(certificates.error().code, named + ": " + certificates.error().detail);
  // The chain behind a leaf's certificate would keep all others of its CA out too.
  if (certificates->size() != 1)
    return Error(Errc::malformed, named + " holds " + std::to_string(certificates->size()) +
                                      " certificates, perhaps a CA: give one, or its SHA-256");
  auto made = make_denial(DenyKind::certificate, certificates->front().sha256());
  if (!made) return made.error();
  out.push_back(std::move(*made));
  return out;
}

Result<Denial> denied_endorsement_key(const std::string& named) {
  if (const std::string digits = without(named, ":"); looks_like_digest(digits))
    return make_denial(DenyKind::endorsement_key, digits);
  constexpr std::size_t least = 64;  // a TPM2B_PUBLIC of RSA 2048 has about 314
  auto octets = crypto::base64::decode(named);
  if (!octets || octets->size() < least) {
    const auto file = read_text(named);
    if (!file)
      return Error(Errc::not_found,
                   named + " is neither an endorsement key in base64, nor a file of one, nor its SHA-256");
    octets = crypto::base64::decode(without(*file, " \t\r\n"));
  }
  if (!octets || octets->size() < least)
    return Error(Errc::malformed, named + " holds no endorsement key in base64");
  return make_denial(DenyKind::endorsement_key, crypto::hex(crypto::sha256(*octets)));
}

}  // namespace leafgate::ctl
