#include "tests/unit/store/sites.hpp"

namespace leafgate::enrollments_contract_test {
namespace {

using namespace example;

constexpr auto individual = EnrollmentKind::individual;
constexpr auto group = EnrollmentKind::group;

template <class Site>
class EnrollmentsContract : public ::testing::Test {
 protected:
  Site site_;
  Enrollments& it() { return site_.enrollments(); }
  void import(std::vector<Enrollment> enrollments) {
    ASSERT_TRUE(run_task(it().import(std::move(enrollments))));
  }
};
TYPED_TEST_SUITE(EnrollmentsContract, Sites);

TYPED_TEST(EnrollmentsContract, there_are_none_at_first) {
  EXPECT_FALSE(run_task(this->it().individual("leaf-1")).value());
  EXPECT_TRUE(run_task(this->it().groups()).value().empty());
  EXPECT_EQ(run_task(this->it().count()).value(), 0U);
}

TYPED_TEST(EnrollmentsContract, an_imported_one_comes_back_whole_after_a_restart) {
  Enrollment tpm = enrollment(individual, "leaf-2");
  tpm.mechanism = Mechanism::tpm;
  tpm.enabled = false;
  tpm.primary_key.reset();
  tpm.secondary_key = SealedKey{""};
  tpm.endorsement_key = "AToAAQ==";
  Enrollment x509 = enrollment(individual, "leaf-3");
  x509.mechanism = Mechanism::x509;
  x509.gateway_host_name = "gw.site";
  x509.primary_certificate = EnrolledCertificate{std::string(64, 'a'), std::string(40, 'b'), {0x30, 0, 0xff}};
  x509.secondary_certificate = EnrolledCertificate{"", std::string(40, 'c'), {}};
  Enrollment spoken_for = enrollment(individual, "leaf-4");
  spoken_for.bridge = true;
  spoken_for.offline_max_age = std::chrono::days(90);
  spoken_for.provisional = true;
  spoken_for.only_hub = "hub1.azure-devices.net";
  spoken_for.device_id = "pump-4";
  spoken_for.origin = EnrollmentOrigin::service;
  spoken_for.keys_etag = "0";
  this->import({enrollment(individual, "leaf-1"), tpm, x509, spoken_for, enrollment(group, "Line-A")});
  this->site_.restart();
  EXPECT_EQ(run_task(this->it().individual("leaf-3")).value(), x509);
  EXPECT_EQ(run_task(this->it().individual("leaf-4")).value(), spoken_for);
  EXPECT_EQ(run_task(this->it().list(individual, "leaf-3", 1)).value(), std::vector<Enrollment>{spoken_for});
  EXPECT_EQ(run_task(this->it().individual("leaf-1")).value(), enrollment(individual, "leaf-1"));
  EXPECT_EQ(run_task(this->it().individual("leaf-2")).value(), tpm);
  const std::vector<Enrollment> groups{enrollment(group, "Line-A")};
  EXPECT_EQ(run_task(this->it().groups()).value(), groups);
  EXPECT_EQ(run_task(this->it().count()).value(), 5U);
}

TYPED_TEST(EnrollmentsContract, an_import_replaces_its_ids_and_keeps_the_others) {
  this->import(
      {enrollment(individual, "leaf-1"), enrollment(individual, "leaf-2"), enrollment(group, "leaf-1")});
  this->import({enrollment(individual, "leaf-1", "2"), enrollment(individual, "leaf-3")});
  EXPECT_EQ(run_task(this->it().individual("leaf-1")).value()->etag, "2");
  EXPECT_EQ(run_task(this->it().individual("leaf-2")).value()->etag, "1");
  EXPECT_EQ(run_task(this->it().groups()).value().at(0).etag, "1");
  EXPECT_EQ(run_task(this->it().count()).value(), 4U);
}

TYPED_TEST(EnrollmentsContract, of_one_id_twice_in_an_import_the_last_counts) {
  this->import({enrollment(individual, "leaf-1", "1"), enrollment(individual, "leaf-1", "2")});
  EXPECT_EQ(run_task(this->it().individual("leaf-1")).value()->etag, "2");
  this->import({enrollment(individual, "leaf-1", "3"), enrollment(individual, "leaf-1", "2")});
  EXPECT_EQ(run_task(this->it().individual("leaf-1")).value()->etag, "2");
  EXPECT_EQ(run_task(this->it().count()).value(), 1U);
}

TYPED_TEST(EnrollmentsContract, lists_go_in_order_of_id_and_in_pages) {
  this->import({enrollment(individual, "c"), enrollment(individual, "a"), enrollment(group, "b")});
  this->import({enrollment(individual, "a", "2")});
  const auto first = run_task(this->it().list(individual, "", 1)).value();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].etag, "2");
  const auto rest = run_task(this->it().list(individual, "a", 5)).value();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].id, "c");
}

TYPED_TEST(EnrollmentsContract, removing_says_whether_there_was_one) {
  this->import({enrollment(individual, "leaf-1"), enrollment(group, "leaf-1")});
  EXPECT_EQ(run_task(this->it().count()).value(), 2U);
  EXPECT_TRUE(run_task(this->it().remove(individual, "leaf-1")).value());
  EXPECT_FALSE(run_task(this->it().remove(individual, "leaf-1")).value());
  EXPECT_FALSE(run_task(this->it().individual("leaf-1")).value());
  EXPECT_EQ(run_task(this->it().groups()).value().size(), 1U);
  EXPECT_EQ(run_task(this->it().count()).value(), 1U);
}

TYPED_TEST(EnrollmentsContract, importing_what_is_held_writes_nothing) {
  const std::vector<Enrollment> all{enrollment(individual, "leaf-1"), enrollment(group, "line-a")};
  this->import(all);
  this->site_.restart();
  this->import({});  // waits behind the sweep that the first import may have left to the start
  const auto before = this->site_.writes();
  this->import(all);
  this->import({});
  EXPECT_EQ(this->site_.writes(), before);
}

TYPED_TEST(EnrollmentsContract, an_endorsement_key_is_found_where_it_is_enrolled_now) {
  const auto with_key = [](const std::string& id, const std::string& key, const std::string& etag = "1") {
    Enrollment out = enrollment(individual, id, etag);
    out.mechanism = Mechanism::tpm;
    out.endorsement_key = key;
    return out;
  };
  const auto found = [this](const std::string& key) {
    return run_task(this->it().id_of_endorsement_key(key)).value();
  };
  EXPECT_EQ(found("AA=="), "");
  this->import({with_key("leaf-1", "AA=="), with_key("leaf-2", "BB=="), enrollment(individual, "leaf-3")});
  EXPECT_EQ(found("AA=="), "leaf-1");
  EXPECT_EQ(found(""), "");
  this->import({with_key("leaf-1", "CC==", "2")});
  EXPECT_EQ(found("AA=="), "");
  EXPECT_EQ(found("CC=="), "leaf-1");
  EXPECT_TRUE(run_task(this->it().remove(individual, "leaf-1")).value());
  EXPECT_EQ(found("CC=="), "");
}

TYPED_TEST(EnrollmentsContract, several_imports_at_once_all_arrive) {
  std::vector<Task<Result<void>>> imports;
  for (const char* etag : {"1", "2", "3"}) {
    std::vector<Enrollment> rows;
    for (int i = 0; i < 700; ++i) rows.push_back(enrollment(individual, "leaf-" + std::to_string(i), etag));
    imports.push_back(this->it().import(std::move(rows)));
  }
  for (const auto& done : run_together(std::move(imports))) EXPECT_TRUE(done);
  EXPECT_EQ(run_task(this->it().count()).value(), 700U);
  EXPECT_EQ(run_task(this->it().individual("leaf-699")).value()->etag, "3");
}

}  // namespace
}  // namespace leafgate::enrollments_contract_test
