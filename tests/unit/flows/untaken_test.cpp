#include <gtest/gtest.h>

#include "tests/unit/flows/what_if_case.hpp"

namespace leafgate::untaken_test {
namespace {

using what_if_case::Case;
using what_if_case::enrolled;
using what_if_case::on_day;

TEST(Untaken, is_whose_ca_may_not_be_here_until_one_was_taken) {
  struct Row {
    const char* what;
    std::function<void(Case&)> change;
    Reason came;
    Reason expected;
  };
  const Reason none = Reason::none;
  const Reason unknown = Reason::leaf_certificate_chain_unknown;
  const auto names = [](const char* cas) {
    return [=](Case& c) {
      c.groups.front().record = std::string(R"({"attestation":{"x509":{"caReferences":)") + cas + "}}}";
    };
  };
  const auto names_two = names(R"({"primary":"a","secondary":"b"})");
  const std::vector<Row> table{
      {"its CA is here", [](Case&) {}, none, none},
      {"one is named, and here", names(R"({"primary":"a"})"), none, none},
      {"two are named, and one is here", names_two, none, unknown},
      {"two are named, and both are here",
       [=](Case& c) {
         names_two(c);
         c.groups.front().secondary_certificate = enrolled(20);
       },
       none, none},
      {"one by its thumbprint", [](Case& c) { c.groups.front().primary_certificate = enrolled(10, false); },
       none, unknown},
      {"one of two by its thumbprint",
       [](Case& c) { c.groups.front().secondary_certificate = enrolled(20, false); }, none, unknown},
      {"octets that are no certificate",
       [](Case& c) { c.groups.front().primary_certificate->der.pop_back(); }, none, unknown},
      {"it came by an unknown one", [](Case&) {}, unknown, unknown},
      {"it came by that of another group", names_two, Reason::unknown_enrollment, Reason::unknown_enrollment},
      {"it was answered once",
       [=](Case& c) {
         names_two(c);
         c.registration.assignment->ends = ProofEnds{on_day(3), on_day(5)};
       },
       unknown, none},
      {"it earned its assignment here",
       [=](Case& c) {
         names_two(c);
         c.registration.assignment->credential = "its certificate";
       },
       unknown, none},
      {"it was never assigned",
       [=](Case& c) {
         names_two(c);
         c.registration.assignment.reset();
       },
       unknown, none},
      {"its own is enrolled",
       [](Case& c) {
         c.individual = c.groups.front();
         c.individual->kind = EnrollmentKind::individual;
         c.individual->primary_certificate = enrolled(10, false);
       },
       unknown, none},
      {"it has a key", [](Case& c) { c.groups.front().mechanism = Mechanism::symmetric_key; }, unknown, none},
      {"nobody vouches", [](Case& c) { c.groups.clear(); }, unknown, none},
  };
  for (const Row& row : table) {
    Case c;
    c.by_certificate(EnrollmentKind::group, std::nullopt);
    row.change(c);
    EnrolledEnds ends;
    const Enrollment* by = voucher(c.registration, c.own(), c.groups);
    for (int i = 0; i < 2; ++i)  // read, and remembered
      EXPECT_EQ(code(untaken(c.registration, by, row.came, ends)), code(row.expected)) << row.what;
  }
}

}  // namespace
}  // namespace leafgate::untaken_test
