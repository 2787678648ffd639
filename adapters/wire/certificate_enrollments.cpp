#include "adapters/wire/certificate_enrollments.hpp"

#include <algorithm>
#include <unordered_set>

#include "adapters/wire/json_text.hpp"
#include "gateway/crypto/digest.hpp"
#include "gateway/crypto/x509_file.hpp"
#include "gateway/model/ids.hpp"

namespace leafgate::wire {
namespace {

using crypto::Certificate;
constexpr crypto::CertificateLimits limits{1'000, std::size_t{4} << 20U};

EnrolledCertificate enrolled(const Certificate& certificate, bool with_der) {
  return {certificate.sha256(), certificate.sha1(), with_der ? certificate.der() : Bytes()};
}

std::string info_of(const Certificate& certificate) {
  const std::string info = json::ObjectWriter()
                               .text("subjectName", certificate.subject())
                               .text("sha1Thumbprint", certificate.sha1())
                               .text("sha256Thumbprint", certificate.sha256())
                               .text("issuerName", certificate.issuer())
                               .text("notBeforeUtc", to_rfc3339(certificate.not_before()))
                               .text("notAfterUtc", to_rfc3339(certificate.not_after()))
                               .str();
  return json::ObjectWriter().raw("info", info).str();
}

// The record the service would show for it.
std::string record_of(std::string_view id_name, const std::string& id, std::string_view list,
                      const std::vector<Certificate>& certificates) {
  json::ObjectWriter pair;
  pair.raw("primary", info_of(certificates.front()));
  if (certificates.size() > 1) pair.raw("secondary", info_of(certificates.back()));
  const std::string x509 = json::ObjectWriter().raw(list, pair.str()).str();
  const std::string attestation = json::ObjectWriter().text("type", "x509").raw("x509", x509).str();
  return json::ObjectWriter()
      .text(id_name, id)
      .raw("attestation", attestation)
      .text("provisioningStatus", "enabled")
      .str();
}

// Empty when nothing speaks against it.
std::string flaw_of(const Certificate& certificate, bool group) {
  if (!certificate.has_acceptable_key())
    return "its key is neither RSA of 2048 to 4096 bits nor P-256, P-384, P-521";
  if (!certificate.has_understood_extensions()) return "it has a critical extension nobody here understands";
  if (group) return certificate.is_authority() ? "" : "not the certificate of a CA (CA:TRUE, keyCertSign)";
  if (!certificate.has_acceptable_signature()) return "it is signed over a digest that is not of SHA-2";
  if (!certificate.is_for_clients()) return "its key usage is not that of a TLS client";
  return "";
}

class Reader {
 public:
  EnrollmentFile read(std::string_view octets, const std::string& group) {
    const auto certificates = crypto::read_certificates(as_bytes(octets), limits);
    if (!certificates) {
      file_.mistakes.add(certificates.error().detail);
    } else if (group.empty()) {
      for (const Certificate& certificate : *certificates) take_leaf(certificate);
    } else {
      take_group(group, *certificates);
    }
    return std::move(file_);
  }

 private:
  void take_leaf(const Certificate& certificate) {
    ++number_;
    const auto& name = certificate.common_name();
    const auto id = name ? RegistrationId::parse(*name) : Error(Errc::malformed, "");
    // A CA may be named like a leaf; a leaf's self-signed certificate may say that it is a CA.
    if (!id || (certificate.is_authority() && !certificate.is_for_clients()))
      return mistake(certificate, certificate.is_authority()
                                      ? "is a CA's; give the leaf's certificate alone, or --group NAME"
                                      : "its CN is no registrationId");
    if (const std::string flaw = flaw_of(certificate, false); !flaw.empty())
      return mistake(certificate, flaw);
    if (!ids_.insert(id->key()).second)
      return mistake(certificate, "this registrationId stands in the file twice");
    ImportedEnrollment imported = begin(EnrollmentKind::individual, id->key());
    imported.enrollment.primary_certificate = enrolled(certificate, false);
    imported.ends = certificate.not_after();
    finish(std::move(imported), record_of("registrationId", id->key(), "clientCertificates", {certificate}));
  }

  void take_group(const std::string& group, const std::vector<Certificate>& certificates) {
    const auto id = RegistrationId::parse(group);  // both have the same rule (azure-docs concepts-service)
    if (!id) return file_.mistakes.add("the group's name: " + id.error().detail);
    if (certificates.size() > 2)
      return file_.mistakes.add("a group has a primary and a secondary CA, no more");
    ImportedEnrollment imported = begin(EnrollmentKind::group, group);
    for (const Certificate& certificate : certificates) {
      ++number_;
      if (const std::string flaw = flaw_of(certificate, true); !flaw.empty())
        return mistake(certificate, flaw);
      auto& slot =
          number_ == 1 ? imported.enrollment.primary_certificate : imported.enrollment.secondary_certificate;
      slot = enrolled(certificate, true);
      imported.ends = std::min(imported.ends.value_or(certificate.not_after()), certificate.not_after());
    }
    finish(std::move(imported), record_of("enrollmentGroupId", group, "signingCertificates", certificates));
  }

  static ImportedEnrollment begin(EnrollmentKind kind, std::string id) {
    ImportedEnrollment imported;
    imported.enrollment.kind = kind;
    imported.enrollment.id = std::move(id);
    imported.enrollment.mechanism = Mechanism::x509;
    return imported;
  }

  void finish(ImportedEnrollment imported, std::string record) {
    imported.enrollment.etag = crypto::hex(crypto::sha256(as_bytes(record)));
    imported.enrollment.record = std::move(record);
    file_.enrollments.push_back(std::move(imported));
  }

  void mistake(const Certificate& certificate, const std::string& what) {
    file_.mistakes.add("certificate " + std::to_string(number_) + " (" + certificate.subject() +
                       "): " + what);
  }

  EnrollmentFile file_;
  std::size_t number_ = 0;
  std::unordered_set<std::string> ids_;
};

}  // namespace

EnrollmentFile read_certificate_file(std::string_view octets, const std::string& group) {
  return Reader().read(octets, group);
}

}  // namespace leafgate::wire
