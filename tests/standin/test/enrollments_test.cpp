#include "tests/standin/enrollments.hpp"

#include <gtest/gtest.h>

#include "tests/standin/test/standin_process.hpp"

namespace leafgate::standin {
namespace {

std::string record(const std::string& head, const std::string& key) {
  return "{" + head + R"(,"attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":")" + key +
         "\"}}}";
}

Proof prove(const Enrollments& all, const std::string& id, const std::string& token) {
  return all.prove(id, *parse_sas(token));
}

const Enrollment* proven(const Proof& proof) {
  const auto* p = std::get_if<Proven>(&proof);
  return p == nullptr ? nullptr : p->enrollment;
}

TEST(Enrollments, lets_an_individual_record_win_over_a_group) {
  const auto all = Enrollments::parse("[" + record(R"("enrollmentGroupId":"g")", test_group_key) + "," +
                                      record(R"("registrationId":"One")", test_individual_key) + "]");
  EXPECT_EQ(proven(prove(all, "one", key_token("one", test_individual_key)))->id, "One");
  EXPECT_EQ(std::get<NotProven>(prove(all, "one", group_token("one"))), NotProven::unauthorized);
  EXPECT_EQ(proven(prove(all, "two", group_token("two")))->id, "g");
}

TEST(Enrollments, never_takes_the_group_key_itself) {
  const auto all = Enrollments::parse("[" + record(R"("enrollmentGroupId":"g")", test_group_key) + "]");
  EXPECT_EQ(std::get<NotProven>(prove(all, "two", key_token("two", test_group_key))),
            NotProven::unauthorized);
}

TEST(Enrollments, derives_from_the_id_as_presented_and_in_small_letters) {
  const auto all = Enrollments::parse("[" + record(R"("enrollmentGroupId":"g")", test_group_key) + "]");
  EXPECT_NE(
      proven(prove(all, "Meter-1", key_token("Meter-1", *derive_device_key(test_group_key, "Meter-1")))),
      nullptr);
  EXPECT_NE(
      proven(prove(all, "Meter-1", key_token("Meter-1", *derive_device_key(test_group_key, "meter-1")))),
      nullptr);
}

TEST(Enrollments, knows_an_unknown_id_only_where_no_group_could_own_it) {
  const auto all = Enrollments::parse("[" + record(R"("registrationId":"one")", test_individual_key) + "]");
  EXPECT_EQ(std::get<NotProven>(prove(all, "two", group_token("two"))), NotProven::unknown_id);
}

TEST(Enrollments, a_disabled_record_of_another_kind_blocks_its_id) {
  const auto all = Enrollments::parse(
      "[" + record(R"("enrollmentGroupId":"g")", test_group_key) +
      R"(,{"registrationId":"x","provisioningStatus":"disabled","attestation":{"type":"x509"}}])");
  EXPECT_FALSE(proven(prove(all, "x", group_token("x")))->enabled);
}

TEST(Enrollments, refuses_a_list_that_is_wrong) {
  for (const std::string& bad :
       {std::string("{"), std::string("{}"), std::string("[{}]"),
        "[" + record(R"("registrationId":"a")", "!") + "]",
        "[" + record(R"("registrationId":"a","allocationPolicy":"static")", test_individual_key) + "]",
        "[" + record(R"("registrationId":"a")", test_group_key) + "," +
            record(R"("registrationId":"A")", test_group_key) + "]"}) {
    EXPECT_THROW(Enrollments::parse(bad), std::runtime_error) << bad;
  }
}

}  // namespace
}  // namespace leafgate::standin
