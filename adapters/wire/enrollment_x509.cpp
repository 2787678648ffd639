#include "adapters/wire/enrollment_x509.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/base64.hpp"
#include "gateway/crypto/x509_file.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::wire {
namespace {

using Members = std::vector<json::Member>;
constexpr std::size_t sha256_digits = 64;
constexpr std::size_t sha1_digits = 40;

Result<crypto::Certificate> read_certificate(const std::string& text) {
  const bool pem = text.find("-----") != std::string::npos;
  const auto der = pem ? Result<Bytes>(Bytes(text.begin(), text.end())) : crypto::base64::decode(text);
  if (!der) return Error(Errc::malformed, "neither PEM nor DER in base64");
  auto found = crypto::read_certificates(*der, {1, crypto::Certificate::largest});
  if (!found) return found.error();
  return std::move(found->front());
}

class X509Reader {
 public:
  X509Reader(Enrollment& enrollment, const std::function<void(std::string)>& mistake)
      : enrollment_(enrollment), mistake_(mistake) {}

  void read(std::string_view x509) {
    const auto members = json::members(x509);
    if (!members) return mistake_("attestation.x509: " + members.error().detail);
    const bool group = enrollment_.kind == EnrollmentKind::group;
    name_ = group ? "signingCertificates" : "clientCertificates";
    const auto certificates = json::find(*members, name_);
    const bool names_authorities = json::find(*members, "caReferences").has_value();
    if (!certificates && names_authorities && group)
      return mistake_(
          "attestation.x509.caReferences only names CAs that the service holds: put the certificates into "
          "signingCertificates, or leafgatectl enroll import --group NAME CA.pem");
    if (!certificates && names_authorities)
      return mistake_("caReferences are for groups: it needs clientCertificates");
    if (!certificates) {
      if (json::find(*members, group ? "clientCertificates" : "signingCertificates"))
        mistake_("attestation.x509 needs " + std::string(name_));
      return;
    }
    const auto pair = json::members(*certificates);
    if (!pair) return mistake_(std::string(name_) + ": " + pair.error().detail);
    enrollment_.primary_certificate = read_one(*pair, "primary");
    enrollment_.secondary_certificate = read_one(*pair, "secondary");
  }

 private:
  std::string where(std::string_view slot) { return std::string(name_) + "." + std::string(slot) + ": "; }

  std::optional<EnrolledCertificate> read_one(const Members& pair, std::string_view slot) {
    const auto value = json::find(pair, slot);
    if (!value) return std::nullopt;
    const auto members = json::members(*value);
    if (!members) {
      mistake_(where(slot) + members.error().detail);
      return std::nullopt;
    }
    EnrolledCertificate enrolled;
    if (const auto info = json::find(*members, "info")) read_info(*info, slot, enrolled);
    if (const auto text = json::find(*members, "certificate")) take_certificate(*text, slot, enrolled);
    if (enrolled.sha256.empty() && enrolled.sha1.empty())
      mistake_(where(slot) + "needs a certificate, or info with sha256Thumbprint");
    return enrolled;
  }

  void read_info(std::string_view value, std::string_view slot, EnrolledCertificate& enrolled) {
    const auto info = json::members(value);
    if (!info) return mistake_(where(slot) + "info: " + info.error().detail);
    enrolled.sha256 = thumbprint(*info, "sha256Thumbprint", sha256_digits, slot);
    enrolled.sha1 = thumbprint(*info, "sha1Thumbprint", sha1_digits, slot);
  }

  std::string thumbprint(const Members& info, std::string_view name, std::size_t digits,
                         std::string_view slot) {
    const auto value = json::find(info, name);
    if (!value) return {};
    const auto text = json::text_of(*value);
    const std::string lower = text ? ascii_lower(*text) : std::string();
    if (lower.empty() && text) return {};
    if (lower.size() == digits && lower.find_first_not_of("0123456789abcdef") == std::string::npos)
      return lower;
    mistake_(where(slot) + std::string(name) + " is not of " + std::to_string(digits) +
             " hexadecimal digits");
    return {};
  }

  void take_certificate(std::string_view value, std::string_view slot, EnrolledCertificate& enrolled) {
    const auto text = json::text_of(value);
    if (!text) return mistake_(where(slot) + "certificate is not a string");
    if (text->empty()) return;
    const auto certificate = read_certificate(*text);
    if (!certificate) return mistake_(where(slot) + certificate.error().detail);
    if (!enrolled.sha256.empty() && enrolled.sha256 != certificate->sha256())
      return mistake_(where(slot) + "info.sha256Thumbprint is that of another certificate");
    if (enrollment_.kind == EnrollmentKind::group && !certificate->is_authority())
      return mistake_(where(slot) + "not the certificate of a CA");
    enrolled.sha256 = certificate->sha256();
    enrolled.sha1 = certificate->sha1();
    // Of a leaf's own certificate the thumbprint says all that will be asked.
    if (enrollment_.kind == EnrollmentKind::group) enrolled.der = certificate->der();
  }

  Enrollment& enrollment_;
  const std::function<void(std::string)>& mistake_;
  std::string_view name_;
};

}  // namespace

void read_x509(std::string_view x509, Enrollment& enrollment,
               const std::function<void(std::string)>& mistake) {
  X509Reader(enrollment, mistake).read(x509);
}

}  // namespace leafgate::wire
