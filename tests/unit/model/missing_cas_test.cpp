// Which groups are short of a CA, by what is enrolled alone.
#include "gateway/model/missing_cas.hpp"

#include <gtest/gtest.h>

namespace leafgate::missing_cas_test {
namespace {

Enrollment group(const std::string& names, const std::string& primary = {},
                 const std::string& secondary = {}) {
  Enrollment out;
  out.kind = EnrollmentKind::group;
  out.id = "Line";
  out.mechanism = Mechanism::x509;
  out.origin = EnrollmentOrigin::service;
  out.record =
      R"({"enrollmentGroupId":"Line","attestation":{"type":"x509","x509":{"caReferences":)" + names + "}}}";
  if (!primary.empty()) out.primary_certificate = EnrolledCertificate{primary, "", {1}};
  if (!secondary.empty()) out.secondary_certificate = EnrolledCertificate{secondary, "", {1}};
  return out;
}

// As the list tells them, and nobody has brought more of them.
Enrollment printed(const std::string& primary, const std::string& secondary) {
  Enrollment out = group("null", primary, secondary);
  for (auto* certificate : {&out.primary_certificate, &out.secondary_certificate})
    if (*certificate) (*certificate)->der.clear();
  return out;
}

Enrollment with(Enrollment of, void (*change)(Enrollment&)) {
  change(of);
  return of;
}

TEST(MissingCas, are_found_by_a_table) {
  const std::string one = R"({"primary":"a"})";
  const std::string two = R"({"primary":"a","secondary":"b"})";
  struct Row {
    const char* what;
    Enrollment group;
    std::vector<std::string> missing;
  };
  const std::vector<Row> rows = {
      {"never imported, or let go of", group(one), {"a"}},
      {"imported", group(one, "1"), {}},
      {"imported as the other one", group(one, "", "1"), {}},
      {"neither of two", group(two), {"a", "b"}},
      {"one of two", group(two, "1"), {"b"}},
      {"the other of two", group(two, "", "2"), {"a"}},
      {"both", group(two, "1", "2"), {}},
      {"a secondary one alone", group(R"({"primary":null,"secondary":"b"})"), {"b"}},
      {"none named", group("null"), {}},
      {"none named, and one here", group("null", "1"), {}},
      {"by its thumbprint", printed("1", ""), {"SHA-256 1"}},
      {"by an old thumbprint",
       with(printed("1", ""),
            [](Enrollment& e) {
              e.primary_certificate = EnrolledCertificate{"", "3", {}};
            }),
       {"SHA-1 3"}},
      {"both by theirs", printed("1", "2"), {"SHA-256 1", "SHA-256 2"}},
      {"one by its own, and the other here",
       with(printed("1", "2"), [](Enrollment& e) { e.primary_certificate->der = {1}; }),
       {"SHA-256 2"}},
      {"by its thumbprint, carried in",
       with(printed("1", ""), [](Enrollment& e) { e.origin = EnrollmentOrigin::carried; }),
       {}},
      {"carried in", with(group(one), [](Enrollment& e) { e.origin = EnrollmentOrigin::carried; }), {}},
      {"disabled", with(group(one), [](Enrollment& e) { e.enabled = false; }), {}},
      {"by keys", with(group(one), [](Enrollment& e) { e.mechanism = Mechanism::symmetric_key; }), {}},
  };
  for (const Row& row : rows) {
    const auto all = missing_cas({row.group});
    EXPECT_EQ(all.empty(), row.missing.empty()) << row.what;
    if (!all.empty()) {
      EXPECT_EQ(all[0].missing, row.missing) << row.what;
    }
  }
}

TEST(MissingCas, say_what_to_import_and_what_else_helps) {
  EXPECT_EQ(consequence_of(std::vector<MissingCas>()), "");
  const std::string one = consequence_of({{"Line", {"a"}, {"a"}}});
  EXPECT_NE(one.find("a group of the service's list is short of a CA"), std::string::npos) << one;
  EXPECT_NE(one.find("enroll import --group Line FILE has brought the certificate of a;"), std::string::npos)
      << one;
  EXPECT_NE(one.find("sync.enrollments"), std::string::npos) << one;
  const MissingCas of_two{"Press", {"a", "b"}, {"b"}};
  const std::string many =
      consequence_of({of_two, {"L2", {"c"}, {"c"}}, {"L3", {"d"}, {"d"}}, {"L4", {"e"}, {"e"}}});
  EXPECT_NE(many.find("Press without b; L2 without c; L3 without d; and 1 more"), std::string::npos) << many;
  EXPECT_NE(many.find("--group Press --ca b FILE has brought the certificate of b;"), std::string::npos)
      << "the other one stays: " << many;
  const std::string both = consequence_of({{"Press", {"a", "b"}, {"a", "b"}}});
  EXPECT_NE(both.find("the certificates of a, b in this order, or with --ca NAME"), std::string::npos)
      << both;
  EXPECT_NE(both.find("leaves under that CA are not answered"), std::string::npos) << both;
}

// The service names no CA of it that --ca could be about, and who sends its CA is answered.
TEST(MissingCas, say_of_thumbprints_that_each_may_come_alone) {
  const auto told = [](const Enrollment& group) { return consequence_of(missing_cas({group})); };
  const std::string one = told(printed("1", ""));
  EXPECT_NE(one.find("--group Line FILE has brought the certificate of SHA-256 1;"), std::string::npos)
      << one;
  EXPECT_NE(one.find("but for those that send one that is told by its thumbprint, are not answered"),
            std::string::npos)
      << one;
  const std::string two = told(printed("1", "2"));
  EXPECT_NE(two.find("--group Line FILE has brought the certificates of SHA-256 1, SHA-256 2, both or each "
                     "alone;"),
            std::string::npos)
      << two;
  Enrollment half = printed("1", "2");
  half.primary_certificate->der = {1};
  EXPECT_FALSE(missing_cas({half}).front().is_short_of_named());
  EXPECT_TRUE(missing_cas({group(R"({"primary":"a"})")}).front().is_short_of_named());
  const std::string last = told(half);
  EXPECT_EQ(last.find("--ca"), std::string::npos) << last;
}

}  // namespace
}  // namespace leafgate::missing_cas_test
