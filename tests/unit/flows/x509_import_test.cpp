// Certificates that are carried in alone, beside what is held.
#include "gateway/flows/x509_import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/model/listed_enrollment.hpp"
#include "tests/fakes/certificate_maker.hpp"
#include "tests/fakes/desk_site.hpp"

namespace leafgate::x509_import_test {
namespace {

using testing::HasSubstr;
using Certificate = std::optional<EnrolledCertificate>;

const char* const named_two = R"({"x509":{"caReferences":{"primary":"ca-1","secondary":"ca-2"}}})";
const char* const named_last = R"({"x509":{"caReferences":{"primary":null,"secondary":"ca-2"}}})";

// By one letter each: "A" with its octets, "a" by its thumbprint alone; '-' is none.
Certificate one(char letter) {
  if (letter == '-') return std::nullopt;
  const bool whole = letter < 'a';
  const std::string digit(1, static_cast<char>(whole ? letter - 'A' + 'a' : letter));
  return EnrolledCertificate{digit, digit + "1", whole ? Bytes{static_cast<std::uint8_t>(letter)} : Bytes()};
}
char letter(const Certificate& of) {
  if (!of) return '-';
  return of->der.empty() ? of->sha256[0] : static_cast<char>(of->der[0]);
}
Enrollment enrollment(const std::string& certificates, EnrollmentKind kind = EnrollmentKind::group) {
  Enrollment out;
  out.kind = kind;
  out.id = "line";
  out.mechanism = Mechanism::x509;
  out.primary_certificate = one(certificates[0]);
  out.secondary_certificate = one(certificates[1]);
  return out;
}

TEST(X509Import, puts_each_certificate_where_it_belongs) {
  struct Row {
    const char* what;
    const char* record;
    const char* held;
    const char* comes;
    const char* ca;
    const char* then;  // or what is wrong
    const char* note;
  };
  const Row rows[] = {
      {"the only one again", "{}", "A-", "A-", "", "A-", "as the primary CA"},
      {"the octets of the only one", "{}", "a-", "A-", "", "A-", ""},
      {"another one", "{}", "A-", "B-", "", "B-", "not trusted any more: that of SHA-256 a"},
      {"both again, changed about", "{}", "AB", "BA", "", "AB", ""},
      {"the octets of both, changed about", "{}", "ab", "BA", "", "AB", ""},
      {"both again as the service names them", named_two, "BA", "AB", "", "AB", ""},
      {"the first of two again", "{}", "AB", "A-", "", "AB", "as the primary CA"},
      {"the second of two again", "{}", "AB", "B-", "", "AB", "as the secondary CA"},
      {"the octets of the second of two", "{}", "Ab", "B-", "", "AB", ""},
      {"another one than both", "{}", "AB", "C-", "", "C-", "not trusted any more: that of SHA-256 b"},
      {"two others", "{}", "AB", "CD", "", "CD", "not trusted any more: that of SHA-256 a"},
      {"as one that nobody names", "{}", "A-", "B-", "ca-1", "names no CA", ""},
      {"one of two, none is here", named_two, "--", "A-", "", "say which one it is by --ca", ""},
      {"the first of two", named_two, "--", "A-", "ca-1", "A-", ""},
      {"the second of two", named_two, "--", "B-", "ca-2", "-B", ""},
      {"as one that is not named", named_two, "--", "B-", "ca-3", "are ca-1, ca-2", ""},
      {"both of two", named_two, "--", "AB", "", "AB", ""},
      {"both of two as one", named_two, "--", "AB", "ca-1", "a file of one certificate", ""},
      {"the second of two beside the first", named_two, "A-", "B-", "", "AB", ""},
      {"the first of two beside the second", named_two, "-B", "A-", "", "AB", ""},
      {"the first of two once more", named_two, "A-", "A-", "", "A-", "already, as ca-1"},
      {"the first of two again", named_two, "AB", "A-", "", "AB", "already, as ca-1"},
      {"a third one", named_two, "AB", "C-", "", "say which one it is by --ca", ""},
      {"a third one for the second", named_two, "AB", "C-", "ca-2", "AC",
       "not trusted any more: that of SHA-256 b"},
      {"it was taken for the first", named_two, "B-", "B-", "ca-2", "-B", ""},
      {"it was taken for the first, beside another", named_two, "BA", "B-", "ca-2", "-B",
       "not trusted any more: that of SHA-256 a"},
      {"the only one that is named", named_last, "--", "B-", "", "-B", ""},
      {"in place of one that is named no more", named_last, "A-", "B-", "ca-2", "-B",
       "not trusted any more: that of SHA-256 a"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    Enrollment held = enrollment(row.held);
    held.record = row.record;
    const auto got = import_certificates(enrollment(row.comes), held, row.ca);
    if (!got) {
      EXPECT_THAT(got.error().detail, HasSubstr(row.then));
      continue;
    }
    const std::string then{letter(got->enrollment.primary_certificate),
                           letter(got->enrollment.secondary_certificate)};
    EXPECT_EQ(then, row.then);
    std::string notes;
    for (const std::string& note : got->notes) notes += note + "\n";
    EXPECT_THAT(notes, HasSubstr(row.note));
    EXPECT_EQ(notes.empty(), std::string(row.note).empty()) << notes;
  }
}

TEST(X509Import, tells_of_leaves_only_what_nobody_meant) {
  const auto individual = EnrollmentKind::individual;
  const auto notes = [&](const char* held, const char* comes) {
    return import_certificates(enrollment(comes, individual), enrollment(held, individual), "")
        .value()
        .notes.size();
  };
  EXPECT_EQ(notes("a-", "b-"), 0U) << "its new certificate";
  EXPECT_EQ(notes("a-", "a-"), 0U);
  EXPECT_EQ(notes("ab", "b-"), 0U) << "both stay";
  EXPECT_EQ(notes("ab", "c-"), 2U);
}

// What a leaf has earned is the record's, and that is the service's.
TEST(X509Import, is_a_change_where_the_service_does_not_only_name_its_cas) {
  for (const bool named : {true, false}) {
    Enrollment held = enrollment("A-");
    held.etag = "of the service";
    held.origin = EnrollmentOrigin::service;
    held.record = named ? named_two : "{}";
    held.enabled = false;
    Enrollment comes = enrollment("B-");
    comes.etag = "of the file";
    comes.record = "of the file";
    const auto got = import_certificates(comes, held, "");
    ASSERT_TRUE(got);
    EXPECT_EQ(got->enrollment.etag, named ? "of the service" : "of the file");
    EXPECT_EQ(got->enrollment.record, named ? held.record : "of the file");
    EXPECT_FALSE(got->enrollment.enabled);
    EXPECT_EQ(got->enrollment.origin, EnrollmentOrigin::service);
  }
}

TEST(X509Import, is_no_change_where_two_come_in_the_other_order) {
  Enrollment held = enrollment("ab");
  held.etag = "of the service";
  held.record = "{}";
  Enrollment comes = enrollment("BA");
  comes.etag = "of the file";
  comes.record = "of the file";
  const auto got = import_certificates(comes, held, "");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->enrollment.etag, "of the service");
  EXPECT_EQ(got->enrollment.record, "{}");
  comes.secondary_certificate = one('C');
  EXPECT_EQ(import_certificates(comes, held, "")->enrollment.etag, "of the file");
}

struct X509ImportDesk : testing::Test {
  DeskSite site;
  const TestCertificate first_ = CertificateMaker("First CA").ca().make();
  const TestCertificate second_ = CertificateMaker("Second CA").ca().make();
  const TestCertificate leaf_ = CertificateMaker("pump-07").by(first_).make();

  X509ImportDesk() { site.clock.start = test_day(); }

  static EnrolledCertificate enrolled(const TestCertificate& made) {
    const auto certificate = as_certificate(made);
    return {certificate.sha256(), certificate.sha1(), certificate.der()};
  }
  static Enrollment listed() {
    Enrollment out = enrollment("--");
    out.id = "line-a";
    out.origin = EnrollmentOrigin::service;
    out.etag = "E1";
    out.record = named_two;
    return out;
  }
  void put(Enrollment what) {
    site.enrollments.put(std::move(what));
    site.running->ledger.enrollments_changed();
  }
  // As the store takes the service's list in.
  void sync() {
    const Enrollment held = site.enrollments.group_rows.at("line-a");
    if (!is_as_listed(held, listed())) put(adopted(listed(), &held));
  }
  Result<Operator::ImportReport> import(const TestCertificate& ca, const std::string& as = {}) {
    Operator::ImportItem item;
    item.certificates_alone = true;
    item.enrollment = enrollment("--");
    item.enrollment.id = "line-a";
    item.enrollment.etag = "of the file";
    item.enrollment.primary_certificate = enrolled(ca);
    item.ca = as;
    return site.simulator.run(site.desk().import({item}, DeskSite::anna()));
  }
  Answer comes() {
    crypto::CertificateChain chain;
    chain.certificates.push_back(as_certificate(leaf_));
    Attempt a = site.attempt("pump-07", "");
    a.evidence = CertificateEvidence{std::make_shared<const crypto::CertificateChain>(std::move(chain))};
    a.direct = true;
    return site.admit(std::move(a));
  }
  // By the first CA, as the service's record of that time earned it.
  void knows_the_leaf() {
    Registration known(RegistrationId::parse("pump-07").value());
    known.assignment = Assignment();
    known.assignment->assigned_hub = "hub1.azure-devices.net";
    known.assignment->device_id = "pump-07";
    known.assignment->state = R"({"assignedHub":"hub1.azure-devices.net"})";
    known.assignment->credential = enrolled(leaf_).sha256;
    known.assignment->enrollment_id = "group line-a";
    known.assignment->enrollment_etag = "E1";
    known.assignment->confirmed_at = site.running->meter.now();
    known.assignment->confirmed_wall = site.clock.now().at;
    site.registrations.records.insert_or_assign("pump-07", RegistrationRecord{std::move(known), {}});
    site.running->ledger.forget("pump-07");
  }
};

TEST_F(X509ImportDesk, a_ca_that_was_missing_takes_no_leaf_out_of_the_cache) {
  put(listed());
  ASSERT_TRUE(import(first_, "ca-1"));
  knows_the_leaf();
  site.service.up = false;
  EXPECT_EQ(comes().status, 200);
  ASSERT_TRUE(import(second_));
  EXPECT_EQ(comes().status, 200) << "what is imported beside its CA is nothing to it";
  sync();
  EXPECT_EQ(comes().status, 200);
  ASSERT_TRUE(import(second_));
  EXPECT_EQ(comes().status, 200);
  EXPECT_EQ(site.enrollments.group_rows.at("line-a").secondary_certificate, enrolled(second_));
}

TEST_F(X509ImportDesk, tells_what_it_did_and_asks_what_it_cannot_know) {
  put(listed());
  EXPECT_EQ(import(first_).error().code, Errc::conflict);
  EXPECT_EQ(import(first_, "ca-9").error().code, Errc::not_found);
  EXPECT_THAT(import(first_, "ca-2").value().notes, testing::IsEmpty());
  EXPECT_THAT(import(first_, "").value().notes,
              testing::ElementsAre("group line-a: it was here already, as ca-2"));
  EXPECT_THAT(import(second_, "ca-2").value().notes,
              testing::ElementsAre(HasSubstr("group line-a: not trusted any more: CN=First CA")));
  site.enrollments.group_rows.clear();
  site.running->ledger.enrollments_changed();
  EXPECT_EQ(import(first_, "ca-2").error().code, Errc::not_found);
}

// Of a bundle of certificates one has the name of a leaf with a key, which is disabled.
TEST_F(X509ImportDesk, a_certificate_takes_no_other_kind_of_enrollment_away) {
  site.enroll("pump-01", "the primary key of it", "", false);
  const Enrollment before = site.enrollments.individuals.at("pump-01");
  std::vector<Operator::ImportItem> items(2);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].certificates_alone = true;
    items[i].enrollment = enrollment("a-", EnrollmentKind::individual);
    items[i].enrollment.id = "pump-0" + std::to_string(i);
  }
  const auto refused = site.simulator.run(site.desk().import(items, DeskSite::anna()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(refused.error().detail, HasSubstr("individual pump-01 (symmetricKey)"));
  EXPECT_EQ(site.enrollments.individuals.at("pump-01"), before);
  EXPECT_FALSE(site.enrollments.individuals.contains("pump-00")) << "all or nothing";
  items[1].certificates_alone = false;
  EXPECT_TRUE(site.simulator.run(site.desk().import(items, DeskSite::anna()))) << "a record says all of it";
}

}  // namespace
}  // namespace leafgate::x509_import_test
