// What becomes of a record that the service's list shows, where another one is held (semantics §5).
#include "gateway/model/listed_enrollment.hpp"

#include <gtest/gtest.h>

#include "gateway/model/ca_names.hpp"

namespace leafgate::listed_enrollment_test {
namespace {

std::string naming(const std::string& names) {
  return R"({"enrollmentGroupId":"Line","attestation":{"type":"x509","x509":{"caReferences":)" + names +
         "}}}";
}

TEST(CaNames, are_read_by_a_table) {
  struct Row {
    std::string record;
    CaNames names;
  };
  const std::vector<Row> rows = {
      {naming(R"({"primary":"old","secondary":"new"})"), {"old", "new"}},
      {naming(R"({"primary":"old","secondary":null})"), {"old", ""}},
      {naming(R"({ "secondary" : "s" ,"primary": "p" })"), {"p", "s"}},
      {naming(R"({"primary":"a \" } b"})"), {R"(a \" } b)", ""}},
      {naming("{}") + R"({"primary":"other"})", {}},
      {naming("null"), {}},
      {R"({"primary":"p"})", {}},
      {R"({"tags":"caReferences","primary":"p"})", {}},
      {R"({"caReferences)", {}},
      {"", {}},
  };
  for (const Row& row : rows) EXPECT_EQ(ca_names(row.record), row.names) << row.record;
}

Enrollment group(const std::string& names, const std::string& primary, const std::string& secondary) {
  Enrollment out;
  out.kind = EnrollmentKind::group;
  out.id = "Line";
  out.mechanism = Mechanism::x509;
  out.record = names.empty() ? R"({"enrollmentGroupId":"Line"})" : naming(names);
  if (!primary.empty()) out.primary_certificate = EnrolledCertificate{primary, "", {}};
  if (!secondary.empty()) out.secondary_certificate = EnrolledCertificate{secondary, "", {}};
  return out;
}

TEST(Adopted, trusts_a_ca_only_while_the_service_names_it) {
  struct Row {
    const char* what;
    std::string then;
    std::string now;
    std::string primary;  // what is left of "1" and "2"
    std::string secondary;
  };
  const std::vector<Row> rows = {
      {"the same", R"({"primary":"a","secondary":"b"})", R"({"primary":"a","secondary":"b"})", "1", "2"},
      {"another", R"({"primary":"a"})", R"({"primary":"c"})", "", ""},
      {"one more", R"({"primary":"a"})", R"({"primary":"a","secondary":"c"})", "1", ""},
      {"one less", R"({"primary":"a","secondary":"b"})", R"({"primary":"b"})", "2", ""},
      {"in the other place", R"({"primary":"a","secondary":"b"})", R"({"primary":"b","secondary":"a"})", "2",
       "1"},
      {"rolled on", R"({"primary":"a","secondary":"b"})", R"({"primary":"b","secondary":"c"})", "2", ""},
      {"none", R"({"primary":"a","secondary":"b"})", "", "", ""},
      {"carried in without a name", "", R"({"primary":"c"})", "1", "2"},
  };
  for (const Row& row : rows) {
    const Enrollment held = group(row.then, "1", "2");
    const Enrollment now = adopted(group(row.now, "", ""), &held);
    const auto of = [](const auto& certificate) { return certificate ? certificate->sha256 : std::string(); };
    EXPECT_EQ(of(now.primary_certificate), row.primary) << row.what;
    EXPECT_EQ(of(now.secondary_certificate), row.secondary) << row.what;
  }
}

TEST(Adopted, keeps_the_octets_of_a_certificate_whose_thumbprint_is_shown) {
  Enrollment held = group("", "1", "");
  held.primary_certificate->der = Bytes{7};
  EXPECT_EQ(adopted(group("", "1", ""), &held).primary_certificate->der, Bytes{7});
  EXPECT_TRUE(adopted(group("", "2", ""), &held).primary_certificate->der.empty());
}

TEST(Adopted, of_a_status_alone_only_that_changes) {
  const Enrollment shut = status_alone(EnrollmentKind::group, "Line", false);
  Enrollment held = group("", "1", "2");
  held.origin = EnrollmentOrigin::service;
  held.etag = "e1";
  EXPECT_TRUE(is_status_alone(shut));
  EXPECT_FALSE(is_status_alone(held));
  EXPECT_EQ(adopted(shut, nullptr), shut);
  EXPECT_FALSE(is_as_listed(held, shut));
  Enrollment disabled = held;
  disabled.enabled = false;
  EXPECT_EQ(adopted(shut, &held), disabled);
  EXPECT_TRUE(is_as_listed(disabled, shut));
  EXPECT_TRUE(is_as_listed(shut, shut));
  EXPECT_FALSE(is_as_listed(shut, held));
  EXPECT_EQ(adopted(held, &shut), held);
  disabled.origin = EnrollmentOrigin::carried;
  EXPECT_FALSE(is_as_listed(disabled, shut)) << "it is the list's from then on";
}

TEST(StatusEffect, is_that_of_a_table) {
  const auto one = [](EnrollmentOrigin origin, bool enabled) {
    Enrollment out = group("", "1", "2");
    out.origin = origin;
    out.enabled = enabled;
    return std::optional(out);
  };
  constexpr auto of_list = EnrollmentOrigin::service;
  constexpr auto carried = EnrollmentOrigin::carried;
  struct Row {
    const char* held;
    std::optional<Enrollment> of;
    StatusEffect disabled;
    StatusEffect enabled;
  };
  const std::vector<Row> rows = {
      {"enabled", one(of_list, true), StatusEffect::counts, StatusEffect::none},
      {"disabled", one(of_list, false), StatusEffect::none, StatusEffect::counts},
      {"carried in", one(carried, true), StatusEffect::counts, StatusEffect::none},
      {"carried in disabled", one(carried, false), StatusEffect::counts, StatusEffect::none},
      {"its status alone", status_alone(EnrollmentKind::group, "Line", false), StatusEffect::none,
       StatusEffect::ends},
      {"nothing", std::nullopt, StatusEffect::none, StatusEffect::none},
  };
  for (const Row& row : rows) {
    const Enrollment* held = row.of ? &*row.of : nullptr;
    EXPECT_EQ(effect_of(status_alone(EnrollmentKind::group, "Line", false), held), row.disabled) << row.held;
    EXPECT_EQ(effect_of(status_alone(EnrollmentKind::group, "Line", true), held), row.enabled) << row.held;
  }
  const Enrollment shut = status_alone(EnrollmentKind::individual, "leaf", false);
  EXPECT_EQ(effect_of(shut, nullptr), StatusEffect::counts) << "it keeps its leaf out of its group";
}

}  // namespace
}  // namespace leafgate::listed_enrollment_test
