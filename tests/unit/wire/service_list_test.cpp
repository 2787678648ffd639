#include "adapters/wire/service_list.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/base64.hpp"

namespace leafgate::wire::service_list_test {
namespace {

constexpr auto individual = EnrollmentKind::individual;
constexpr auto group = EnrollmentKind::group;

TEST(ServiceList, reads_records_without_what_is_not_theirs) {
  const auto page = read_enrollment_page(
      R"([{"registrationId":"Pump-1","etag":"\"e1\"","attestation":{"type":"symmetricKey"},"iotHubs":["h.example"],
           "initialTwin":{"tags":{"n":12345678901234567890}},"leafgate":{"bridge":true},
           "registrationState":{"registrationId":"pump-1","status":"assigned","assignedHub":"h.example",
             "deviceId":"Pump-1","etag":"s1","lastUpdatedDateTimeUtc":"2026-11-23T01:02:03.4567890Z"}},
          {"registrationId":"pump-2","etag":"\"e2\"","attestation":{"type":"x509","x509":{"clientCertificates":
             {"primary":{"info":{"sha256Thumbprint":")" +
          std::string(64, 'A') + R"("}}}}},"registrationState":{"status":7}}])",
      individual);
  ASSERT_TRUE(page) << page.error().detail;
  ASSERT_EQ(page->records.size(), 2U);
  EXPECT_TRUE(page->odd.empty());
  const ListedRecord& first = page->records[0];
  EXPECT_EQ(first.enrollment.id, "pump-1");
  EXPECT_EQ(first.enrollment.etag, "\"e1\"");
  EXPECT_EQ(first.enrollment.only_hub, "h.example");
  EXPECT_FALSE(first.enrollment.bridge);
  EXPECT_EQ(first.enrollment.record.find("registrationState"), std::string::npos);
  EXPECT_NE(first.enrollment.record.find("12345678901234567890"), std::string::npos);
  ASSERT_TRUE(first.state);
  EXPECT_EQ(first.state->reply.assigned_hub, "h.example");
  EXPECT_EQ(page->records[1].enrollment.primary_certificate->sha256, std::string(64, 'a'));
  EXPECT_FALSE(page->records[1].state) << "one that is not understood is no reason to lose the record";
}

TEST(ServiceList, names_what_it_does_not_understand_and_reads_the_rest) {
  const std::string good = R"({"registrationId":"a","attestation":{"type":"tpm"}})";
  struct Row {
    std::string odd;
    std::string id;
  };
  const std::vector<Row> rows = {
      {R"({"registrationId":"B-1","attestation":{"type":"retina"}})", "b-1"},
      {R"({"registrationId":"b","provisioningStatus":"paused","attestation":{"type":"tpm"}})", "b"},
      {R"({"registrationId":"b"})", "b"},
      {R"({"registrationId":"b","x":")" + std::string(100'000, 'x') + "\"}", "b"},
      {R"({"registrationId":"no good id","attestation":{"type":"tpm"}})", ""},
      {R"({"enrollmentGroupId":"g","attestation":{"type":"x509"}})", ""},
      {R"({"registrationId":"b","attestation":{"type":"tpm"},"optionalDeviceInformation":1e999})", "b"},
      {R"({"registrationId":"B","attestation":{"type":"tpm"},"initialTwin":{"tags":{"x":"\ud800"}}})", "b"},
      {R"({"registrationId":"b","initialTwin":)" + std::string(20, '[') + std::string(20, ']') + "}", "b"},
      {R"({"registrationId":"b" "etag":1})", "b"},
      {"{\"registrationId\":\"b\",\"x\":\"\xff\"}", "b"},
      {"x", ""},
      {R"({"registrationId":7})", ""},
      {R"({"registrationId":"b","registrationId":"c"})", ""},
      {"null", ""},
      {"[]", ""},
  };
  for (const Row& row : rows) {
    const auto page = read_enrollment_page("[" + row.odd + "," + good + "]", individual);
    ASSERT_TRUE(page) << row.odd.substr(0, 80);
    EXPECT_EQ(page->records.size(), 1U) << row.odd.substr(0, 80);
    ASSERT_EQ(page->odd.size(), 1U) << row.odd.substr(0, 80);
    EXPECT_EQ(page->odd[0].id, row.id) << row.odd.substr(0, 80);
    EXPECT_FALSE(page->odd[0].what.empty());
  }
}

// What a rule at the service made of its leaf is not what is enrolled.
TEST(ServiceList, a_state_that_cannot_be_read_costs_no_record) {
  const std::string deep = std::string(20, '[') + std::string(20, ']');
  for (const std::string& payload : {deep, std::string("1e999"), std::string(R"("\ud800")")}) {
    const std::string odd = R"({"registrationId":"b","registrationState":{"registrationId":"b",)"
                            R"("status":"assigned","assignedHub":"h.example","deviceId":"b","payload":)" +
                            payload + R"(},"attestation":{"type":"tpm"},"etag":"1"})";
    const auto page = read_enrollment_page(
        "[" + odd + R"(,{"registrationId":"c","attestation":{"type":"tpm"}}])", individual);
    ASSERT_TRUE(page) << payload;
    ASSERT_EQ(page->records.size(), 2U) << payload;
    EXPECT_EQ(page->records[0].enrollment.etag, "1");
    EXPECT_FALSE(page->records[0].state);
    const auto states = read_state_page(
        R"([{"registrationId":"b","status":"assigned","payload":)" + payload +
        R"(},{"registrationId":"c","status":"assigned","assignedHub":"h.example","deviceId":"c"}])");
    ASSERT_TRUE(states) << payload;
    EXPECT_EQ(states->states.size(), 1U);
    EXPECT_EQ(states->odd, 1U);
  }
}

TEST(ServiceList, tells_of_what_it_does_not_understand_whether_it_is_enabled) {
  struct Row {
    std::string status;
    std::optional<bool> enabled;
  };
  const std::vector<Row> rows = {
      {R"(,"provisioningStatus":"disabled")", false},
      {R"(,"provisioningStatus":"enabled")", true},
      {"", true},  // as the service takes it
      {R"(,"provisioningStatus":null)", true},
      {R"(,"provisioningStatus":"paused")", std::nullopt},
      {R"(,"provisioningStatus":0)", std::nullopt},
  };
  for (const Row& row : rows)
    for (const std::string& odd :
         {std::string(R"("attestation":{"type":"retina"})"), R"("x":")" + std::string(100'000, 'x') + '"'}) {
      const auto page =
          read_enrollment_page(R"([{"registrationId":"b",)" + odd + row.status + "}]", individual);
      ASSERT_EQ(page.value().odd.size(), 1U);
      EXPECT_EQ(page->odd[0].enabled, row.enabled) << row.status;
    }
}

TEST(ServiceList, takes_each_id_once) {
  const std::string one = R"({"registrationId":"a","etag":"1","attestation":{"type":"tpm"}})";
  const auto page = read_enrollment_page("[" + one + "," + one + "]", individual);
  EXPECT_EQ(page.value().records.size(), 1U);
}

TEST(ServiceList, a_group_may_only_name_its_authorities) {
  const auto page = read_enrollment_page(
      R"([{"enrollmentGroupId":"Line-A","attestation":{"type":"x509","x509":{"caReferences":{"primary":"root"},
           "clientCertificates":null,"signingCertificates":null}}}])",
      group);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->records.size(), 1U) << page->odd.at(0).what;
  EXPECT_EQ(page->records[0].enrollment.id, "Line-A");
  EXPECT_FALSE(page->records[0].enrollment.primary_certificate);
}

// The service has them for groups alone: who is enrolled so can be attested by nothing that is known.
TEST(ServiceList, an_individual_record_that_names_authorities_is_odd) {
  const std::string thumbprint =
      R"({"primary":{"info":{"sha256Thumbprint":")" + std::string(64, 'a') + R"("}}})";
  const auto page = read_enrollment_page(
      R"([{"registrationId":"Pump-1","attestation":{"type":"x509","x509":{"caReferences":{"primary":"root"},
           "clientCertificates":null}}},
          {"registrationId":"pump-2","attestation":{"type":"x509","x509":{"caReferences":{"primary":"root"},
           "clientCertificates":)" +
          thumbprint + "}}}]",
      individual);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->odd.size(), 1U);
  EXPECT_EQ(page->odd[0].id, "pump-1");
  EXPECT_EQ(page->odd[0].what, "caReferences are for groups: it needs clientCertificates");
  ASSERT_EQ(page->records.size(), 1U);
  EXPECT_TRUE(page->records[0].enrollment.primary_certificate) << "not lost for the names beside it";
}

TEST(ServiceList, concludes_nothing_from_a_page_that_cannot_be_read) {
  std::string many = "[";
  for (std::size_t i = 0; i <= most_records; ++i) many += i == 0 ? "1" : ",1";
  const std::vector<std::string> rows = {"",
                                         "{}",
                                         "null",
                                         "<html>",
                                         R"([{"registrationId":"a"},)",
                                         R"({"value":[]})",
                                         many + "]",
                                         "[1,]",
                                         "[,1]",
                                         "[1] x",
                                         "[1}",
                                         "[1",
                                         R"(["a])",
                                         R"([{"a":1)",
                                         R"(["\)",
                                         "[" + std::string(40, '[')};
  for (const std::string& row : rows) {
    EXPECT_FALSE(read_enrollment_page(row, individual)) << row.substr(0, 40);
    EXPECT_FALSE(read_state_page(row)) << row.substr(0, 40);
  }
  EXPECT_EQ(read_enrollment_page(std::string(largest_page + 1, ' '), group).error().code, Errc::too_large);
  EXPECT_TRUE(read_enrollment_page("[]", individual).value().records.empty());
}

TEST(ServiceList, a_word_to_stop_is_heard_while_the_text_is_judged_and_while_its_records_are_read) {
  int times = 0;
  const json::GoesOn count = [&] { return ++times > 0; };
  const char* page = R"([{"registrationId":"a"},1])";
  EXPECT_TRUE(read_enrollment_page(page, individual, count));
  EXPECT_TRUE(read_state_page(page, count));
  EXPECT_EQ(times, (2 + 2 + 1) + (2 + 2)) << "with each that is cut out, each record, and each object in it";
  for (int last = 0; last < 5; ++last) {
    int left = last;
    const json::GoesOn until = [&] { return left-- > 0; };
    EXPECT_EQ(read_enrollment_page(page, individual, until).error().code, Errc::stopped) << last;
  }
  for (int last = 0; last < 4; ++last) {
    int left = last;
    const json::GoesOn until = [&] { return left-- > 0; };
    EXPECT_EQ(read_state_page(page, until).error().code, Errc::stopped) << last;
  }
}

TEST(ServiceList, reads_states_and_counts_odd_ones) {
  const auto page = read_state_page(
      R"([{"registrationId":"a","status":"assigned","assignedHub":"h.example","deviceId":"a"},{"status":"x"},7])");
  ASSERT_TRUE(page);
  ASSERT_EQ(page->states.size(), 1U);
  EXPECT_EQ(page->states[0].reply.registration_id, "a");
  EXPECT_EQ(page->odd, 2U);
}

TEST(ServiceList, reads_keys_and_never_repeats_them) {
  const std::string key = crypto::base64::encode(as_bytes("0123456789abcdef"));
  const auto good = read_mechanism(R"({"type":"symmetricKey","tpm":null,"symmetricKey":{"primaryKey":")" +
                                   key + R"(","secondaryKey":null}})");
  ASSERT_TRUE(good);
  EXPECT_EQ(as_text(good->primary_key.view()), "0123456789abcdef");
  EXPECT_TRUE(good->secondary_key.empty());
  EXPECT_EQ(read_mechanism(R"({"type":"x509"})").value().mechanism, Mechanism::x509);
  const std::vector<std::string> rows = {
      "",
      "[]",
      "{}",
      R"({"type":"none2"})",
      R"({"type":7})",
      R"({"type":"symmetricKey","symmetricKey":7})",
      R"({"type":"symmetricKey","symmetricKey":{"primaryKey":"c2hvcnQ="}})",
      R"({"type":"symmetricKey","symmetricKey":{"secondaryKey":"!secret!"}})"};
  for (const std::string& row : rows) {
    const auto read = read_mechanism(row);
    ASSERT_FALSE(read) << row;
    EXPECT_EQ(read.error().detail.find("secret"), std::string::npos);
    EXPECT_EQ(read.error().detail.find("c2hv"), std::string::npos);
  }
}

}  // namespace
}  // namespace leafgate::wire::service_list_test
