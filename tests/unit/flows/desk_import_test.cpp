// What the desk makes of an import, and says of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/crypto/base64.hpp"
#include "tests/fakes/desk_site.hpp"

namespace leafgate::desk_import_test {
namespace {

struct DeskImportTest : testing::Test {
  DeskSite site;

  // What a file says of the certificates of a group.
  static Operator::ImportItem certificates_of(const std::string& id) {
    Operator::ImportItem item;
    item.certificates_alone = true;
    item.enrollment.kind = EnrollmentKind::group;
    item.enrollment.id = id;
    item.enrollment.mechanism = Mechanism::x509;
    item.enrollment.etag = "of the file";
    return item;
  }
};

TEST_F(DeskImportTest, an_import_lets_leaves_in_between) {
  std::vector<Operator::ImportItem> items(1000);
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].enrollment.id = "leaf-" + std::to_string(i);
    items[i].enrollment.mechanism = Mechanism::symmetric_key;
    items[i].primary_key = crypto::base64::encode(as_bytes("the primary key of it"));
  }
  int turns = 0;
  bool done = false;
  const auto count_turns = [&]() -> Task<void> {
    for (; !done && turns < 100; ++turns) {
      co_await boost::asio::post(site.simulator.executor(), use_task);
    }
  };
  site.simulator.spawn(count_turns());
  EXPECT_EQ(site.simulator.run(site.desk().import(std::move(items), DeskSite::anna())).value().count, 1000U);
  done = true;
  EXPECT_GE(turns, 5);
  EXPECT_EQ(site.audit_log.entries.at(0).object, "1000 enrollments");
  EXPECT_EQ(site.register_leaf("leaf-7").status, 202);
}

// enroll export leaves keys out on purpose.
TEST_F(DeskImportTest, an_import_says_how_many_its_records_leave_without_a_key) {
  for (const char* id : {"a-1", "a-2"}) site.enroll(id);
  site.enroll("a-3", "");
  const auto imported = [&](std::initializer_list<const char*> ids) {
    std::vector<Operator::ImportItem> items;
    for (const char* id : ids) {
      Operator::ImportItem& item = items.emplace_back();
      item.enrollment = site.enrollments.individuals.at(id);
      item.enrollment.primary_key.reset();
    }
    return site.simulator.run(site.desk().import(std::move(items), DeskSite::anna())).value().notes;
  };
  EXPECT_THAT(imported({"a-1", "a-2", "a-3"}),
              testing::ElementsAre(testing::StartsWith("2 enrollments have no key here any more")));
  EXPECT_THAT(imported({"a-1", "a-2", "a-3"}), testing::IsEmpty()) << "they had none before";
  site.enroll("a-1");
  EXPECT_THAT(imported({"a-1"}), testing::ElementsAre(testing::StartsWith("1 enrollment has no key")));
}

TEST_F(DeskImportTest, an_import_of_certificates_keeps_what_it_does_not_speak_of) {
  Enrollment held;
  held.kind = EnrollmentKind::group;
  held.id = "line-a";
  held.mechanism = Mechanism::x509;
  held.enabled = false;
  held.etag = "of the service";
  held.record = R"({"iotHubs":["hub1"]})";
  held.match = {"pump-*"};
  held.gateway_host_name = "gw.site";
  held.primary_certificate = EnrolledCertificate{"aa", "bb", {}};
  site.enrollments.put(held);
  Operator::ImportItem item = certificates_of("line-a");
  item.enrollment.primary_certificate = EnrolledCertificate{"aa", "bb", {1, 2, 3}};
  const auto imported = [&](const Operator::ImportItem& what) {
    EXPECT_TRUE(site.simulator.run(site.desk().import({what}, DeskSite::anna())));
    return site.simulator.run(site.desk().enrollment("line-a")).value().at(0);
  };
  Enrollment with_octets = held;
  with_octets.primary_certificate = item.enrollment.primary_certificate;
  EXPECT_EQ(imported(item), with_octets);
  item.enrollment.secondary_certificate = EnrolledCertificate{"cc", "dd", {4}};
  const Enrollment changed = imported(item);
  EXPECT_EQ(changed.etag, "of the file");
  EXPECT_FALSE(changed.enabled);
  EXPECT_EQ(changed.match, held.match);
  EXPECT_EQ(changed.gateway_host_name, "gw.site");
  item.certificates_alone = false;
  EXPECT_EQ(imported(item), item.enrollment) << "a record says all of it";
}

// The service takes ids without regard to case: it has one group of that name, not two.
TEST_F(DeskImportTest, a_group_that_is_spelt_otherwise_is_the_one_that_is_held) {
  Enrollment held;
  held.kind = EnrollmentKind::group;
  held.id = "Line-A";
  held.mechanism = Mechanism::x509;
  held.match = {"pump-*"};
  site.enrollments.put(held);
  Operator::ImportItem item = certificates_of("LINE-A");
  item.enrollment.primary_certificate = EnrolledCertificate{"aa", "bb", {1}};
  ASSERT_TRUE(site.simulator.run(site.desk().import({item}, DeskSite::anna())));
  item.certificates_alone = false;
  item.enrollment.mechanism = Mechanism::symmetric_key;
  item.primary_key = crypto::base64::encode(as_bytes("the primary key of it"));
  ASSERT_TRUE(site.simulator.run(site.desk().import({item}, DeskSite::anna())));
  ASSERT_EQ(site.enrollments.group_rows.size(), 1U);
  const Enrollment& group = site.enrollments.group_rows.at("Line-A");
  EXPECT_EQ(group.primary_certificate->sha256, "aa");
  EXPECT_EQ(as_text(site.trust.unseal(*group.primary_key, reference(group)).value().view()),
            "the primary key of it");
}

// The service shows nothing of a CA but its name, and what was imported stands for that.
TEST_F(DeskImportTest, a_group_is_told_until_the_cas_that_the_service_names_are_imported) {
  Enrollment held;
  held.kind = EnrollmentKind::group;
  held.id = "line-a";
  held.mechanism = Mechanism::x509;
  held.origin = EnrollmentOrigin::service;
  held.etag = "of the service";
  held.record =
      R"({"attestation":{"type":"x509","x509":{"caReferences":{"primary":"ca-1","secondary":"ca-2"}}}})";
  site.enrollments.put(held);
  Operator::ImportItem item = certificates_of("line-a");
  item.enrollment.record = R"({"enrollmentGroupId":"line-a"})";
  item.enrollment.primary_certificate = EnrolledCertificate{"aa", "bb", {1}};
  const auto told = [&] {
    for (const DegradedMode& mode : site.status().degraded)
      if (mode.reason == Reason::enrollment_without_key) return mode.consequence;
    return std::string();
  };
  const auto import = [&] { ASSERT_TRUE(site.simulator.run(site.desk().import({item}, DeskSite::anna()))); };
  EXPECT_THAT(told(), testing::HasSubstr("line-a without ca-1, ca-2"));
  item.ca = "ca-1";
  import();
  item.ca.clear();
  EXPECT_THAT(told(), testing::HasSubstr("line-a without ca-2")) << "the names are still there";
  site.close_desk();
  site.restart();
  site.open_desk();
  EXPECT_THAT(told(), testing::HasSubstr("line-a without ca-2"));
  import();
  EXPECT_THAT(told(), testing::HasSubstr("line-a without ca-2")) << "it is the same one";
  item.enrollment.primary_certificate = EnrolledCertificate{"cc", "dd", {2}};
  import();
  EXPECT_EQ(told(), "");
  const Enrollment& both = site.enrollments.group_rows.at("line-a");
  ASSERT_TRUE(both.primary_certificate && both.secondary_certificate);
  EXPECT_EQ(both.primary_certificate->sha256, "aa")
      << "it was told to import the other one, not to lose this one";
  EXPECT_EQ(both.secondary_certificate->sha256, "cc");
  EXPECT_EQ(site.enrollments.group_rows.at("line-a").record, held.record)
      << "else a CA that is named next would be taken for the imported one";
}

}  // namespace
}  // namespace leafgate::desk_import_test
