#include "gateway/flows/x509_import.hpp"

#include <utility>

#include "gateway/crypto/x509.hpp"
#include "gateway/flows/keys.hpp"
#include "gateway/model/ca_names.hpp"

namespace leafgate {
namespace {

using Certificate = std::optional<EnrolledCertificate>;

bool is_the_held_one(const Certificate& imported, const Certificate& held) {
  if (!imported || !held) return !imported && !held;
  return held->sha256.empty() ? imported->sha1 == held->sha1 : imported->sha256 == held->sha256;
}

std::string words_of(const EnrolledCertificate& of) {
  const auto read = crypto::Certificate::parse(of.der);
  const std::string thumbprint = of.sha256.empty() ? "SHA-1 " + of.sha1 : "SHA-256 " + of.sha256;
  return read ? read->subject() + " (" + thumbprint + ")" : "that of " + thumbprint;
}

class Import {
 public:
  Import(Enrollment imported, const Enrollment& held)
      : to_(std::move(imported)), held_(held), names_(ca_names(held.record)) {}

  Result<CertificateImport> run(const std::string& ca) {
    const bool one_comes = to_.primary_certificate && !to_.secondary_certificate;
    if (!ca.empty() && !one_comes)
      return Error(Errc::malformed, "a CA is named for a file of one certificate, not of two");
    if (one_comes)
      if (auto put = put_one(ca); !put) return put.error();
    keep_places();
    tell_of_lost(held_.primary_certificate);
    tell_of_lost(held_.secondary_certificate);
    keep();
    return CertificateImport{std::move(to_), std::move(notes_)};
  }

 private:
  [[nodiscard]] bool is_group() const { return to_.kind == EnrollmentKind::group; }
  void note(const std::string& what) { notes_.push_back(reference(to_) + ": " + what); }

  Result<void> put_one(const std::string& ca) {
    Certificate comes = std::exchange(to_.primary_certificate, std::nullopt);
    const bool is_primary = is_the_held_one(comes, held_.primary_certificate);
    const bool is_secondary = is_the_held_one(comes, held_.secondary_certificate);
    const bool stays = ca.empty() && (is_primary || is_secondary);
    auto to_secondary = stays ? Result<bool>(!is_primary) : place_of(ca);
    if (!to_secondary) return to_secondary.error();
    if (stays && is_group()) tell_that_it_is_here(*to_secondary, *comes);
    // A place that the service names nothing for is none beside another one.
    const bool beside = stays || names_.count() == 2;
    if (beside && !(is_primary && *to_secondary)) to_.primary_certificate = held_.primary_certificate;
    if (beside && !(is_secondary && !*to_secondary)) to_.secondary_certificate = held_.secondary_certificate;
    (*to_secondary ? to_.secondary_certificate : to_.primary_certificate) = std::move(comes);
    return {};
  }

  // Where the service names no CAs, the same two in the other order are no change: one would take every leaf
  // of the group out of the cache.
  void keep_places() {
    const bool changed_about = is_the_held_one(to_.primary_certificate, held_.secondary_certificate) &&
                               is_the_held_one(to_.secondary_certificate, held_.primary_certificate);
    if (names_.count() == 0 && changed_about) std::swap(to_.primary_certificate, to_.secondary_certificate);
  }

  // Whether it is the secondary one.
  [[nodiscard]] Result<bool> place_of(const std::string& ca) const {
    const std::string both = names_.primary + ", " + names_.secondary;
    if (!ca.empty() && ca == names_.primary) return false;
    if (!ca.empty() && ca == names_.secondary) return true;
    if (!ca.empty())
      return Error(Errc::not_found,
                   names_.count() == 0
                       ? "the service names no CA for " + reference(to_)
                       : "the CAs that the service names for " + reference(to_) + " are " +
                             (names_.count() == 2 ? both : names_.primary + names_.secondary));
    if (names_.count() < 2) return !names_.secondary.empty();
    const bool one_is_here = held_.primary_certificate.has_value() != held_.secondary_certificate.has_value();
    if (one_is_here) return held_.primary_certificate.has_value();
    return Error(Errc::conflict, "the service names two CAs for " + reference(to_) + ", " + both +
                                     ": say which one it is by --ca NAME, or give both in one file, in this "
                                     "order");
  }

  void tell_that_it_is_here(bool as_secondary, const EnrolledCertificate& comes) {
    const Certificate& held = as_secondary ? held_.secondary_certificate : held_.primary_certificate;
    if (held->der != comes.der) return;
    const std::string& name = as_secondary ? names_.secondary : names_.primary;
    note("it was here already, as " +
         (!name.empty() ? name : std::string(as_secondary ? "the secondary CA" : "the primary CA")));
  }

  // Of a leaf that another certificate is for the one of before goes, as it was meant to.
  void tell_of_lost(const Certificate& was) {
    const bool is_news = is_group() || (held_.primary_certificate && held_.secondary_certificate);
    const bool is_here =
        is_the_held_one(to_.primary_certificate, was) || is_the_held_one(to_.secondary_certificate, was);
    if (was && is_news && !is_here) note("not trusted any more: " + words_of(*was));
  }

  void keep() {
    to_.enabled = held_.enabled;
    to_.match = held_.match;
    to_.gateway_host_name = held_.gateway_host_name;
    to_.offline_max_age = held_.offline_max_age;
    to_.origin = held_.origin;
    const bool unchanged = is_the_held_one(to_.primary_certificate, held_.primary_certificate) &&
                           is_the_held_one(to_.secondary_certificate, held_.secondary_certificate);
    // Where the service names the CAs nothing has changed there: its leaves are those of the same record, and
    // by the names in it the next list finds whether the CAs are still these.
    if (!unchanged && names_.count() == 0) return;
    to_.etag = held_.etag;
    to_.record = held_.record;
  }

  Enrollment to_;
  const Enrollment& held_;
  CaNames names_;
  std::vector<std::string> notes_;
};

}  // namespace

Result<CertificateImport> import_certificates(Enrollment imported, const Enrollment& held,
                                              const std::string& ca) {
  return Import(std::move(imported), held).run(ca);
}

}  // namespace leafgate
