#include <gtest/gtest.h>

#include "adapters/wire/enrollment_file.hpp"

namespace leafgate::wire::enrollment_json_test {
namespace {

const std::string key_a = "qmMQ0vR8lfFpX3Ql9S3N23Cb8C9o242vhSnKAWPkvg4=";
const std::string key_b = "Nw9OzlLQV/WhophYgCdn0MWgA60xhJBhUna7iYl2wis=";

std::string keys(const std::string& primary, const std::string& secondary) {
  return R"({"primaryKey":")" + primary + R"(","secondaryKey":")" + secondary + "\"}";
}
std::string individual(const std::string& id, const std::string& more = "") {
  return R"({"registrationId":")" + id + R"(","attestation":{"type":"symmetricKey","symmetricKey":)" +
         keys(key_a, key_b) + "}" + more + "}";
}

std::string all_mistakes(const EnrollmentFile& file) {
  std::string out;
  for (const std::string& mistake : file.mistakes.first()) out += mistake + "\n";
  return out;
}

TEST(EnrollmentJson, ReadsAnIndividualAndTakesItsKeysOut) {
  const auto file = read_enrollment_file(
      R"({ "registrationId": "Pump-1", "deviceId":"P1", "etag":"\"abc\"",
           "attestation":{"type":"symmetricKey","tpm":null,"symmetricKey":)" +
      keys(key_a, key_b) +
      R"(}, "provisioningStatus":"disabled", "initialTwin":{"tags":{"n":12345678901234567890}} })");
  ASSERT_EQ(file.mistakes.count(), 0U) << all_mistakes(file);
  ASSERT_EQ(file.enrollments.size(), 1U);
  const ImportedEnrollment& one = file.enrollments[0];
  EXPECT_EQ(one.enrollment.kind, EnrollmentKind::individual);
  EXPECT_EQ(one.enrollment.id, "pump-1");
  EXPECT_EQ(one.enrollment.mechanism, Mechanism::symmetric_key);
  EXPECT_FALSE(one.enrollment.enabled);
  EXPECT_EQ(one.enrollment.etag, "\"abc\"");
  EXPECT_EQ(one.primary_key, key_a);
  EXPECT_EQ(one.secondary_key, key_b);
  EXPECT_FALSE(one.enrollment.primary_key);
  EXPECT_EQ(one.enrollment.record,
            R"({"registrationId":"Pump-1","deviceId":"P1","etag":"\"abc\"",)"
            R"("attestation":{"type":"symmetricKey","tpm":null,"symmetricKey":{}},)"
            R"("provisioningStatus":"disabled","initialTwin":{"tags":{"n":12345678901234567890}}})");
}

TEST(EnrollmentJson, ReadsAGroupWithWhatItMatches) {
  const auto file = read_enrollment_file(
      R"({"enrollmentGroupId":"Pumps","attestation":{"type":"symmetricKey"},
          "leafgate":{"match":["Pump-*","meter.7","line:*"]}})");
  ASSERT_EQ(file.mistakes.count(), 0U) << all_mistakes(file);
  const Enrollment& group = file.enrollments.at(0).enrollment;
  EXPECT_EQ(group.kind, EnrollmentKind::group);
  EXPECT_EQ(group.id, "Pumps");
  EXPECT_EQ(group.match, (std::vector<std::string>{"pump-*", "meter.7", "line:*"}));
  EXPECT_EQ(file.enrollments[0].primary_key, "");
}

TEST(EnrollmentJson, ReadsWhereDevicesFindTheirHub) {
  for (const std::string& record :
       {individual("a", R"(,"leafgate":{"handout":{"gateway_host_name":"GW.site"}})"),
        std::string(R"({"enrollmentGroupId":"g","attestation":{"type":"x509"},)"
                    R"("leafgate":{"match":["a"],"handout":{"gateway_host_name":"GW.site"}}})")}) {
    const auto one = read_enrollment_record(record);
    ASSERT_TRUE(one) << record;
    EXPECT_EQ(one->enrollment.gateway_host_name, "GW.site");
    EXPECT_NE(one->enrollment.record.find("gateway_host_name"), std::string::npos) << "survives an export";
  }
  EXPECT_EQ(
      read_enrollment_record(individual("a", R"(,"leafgate":{"handout":{}})"))->enrollment.gateway_host_name,
      "");
}

TEST(EnrollmentJson, ReadsWhetherOthersMaySpeakForIt) {
  const auto bridged = [](const std::string& more) {
    return read_enrollment_record(individual("a", more))->enrollment.bridge;
  };
  EXPECT_TRUE(bridged(R"(,"leafgate":{"bridge":true})"));
  EXPECT_FALSE(bridged(R"(,"leafgate":{"bridge":false})"));
  EXPECT_FALSE(bridged(R"(,"leafgate":{"bridge":null})"));
  EXPECT_FALSE(bridged(""));
  const auto x509 = read_enrollment_record(
      R"({"registrationId":"a","attestation":{"type":"x509"},"leafgate":{"bridge":false}})");
  EXPECT_TRUE(x509) << "nothing is asked";
}

TEST(ReadEnrollmentRecord, TellsHowItsLeavesFareWhileTheServiceIsAway) {
  const auto read = [](const std::string& more) {
    return read_enrollment_record(individual("a", more))->enrollment;
  };
  EXPECT_EQ(read(R"(,"leafgate":{"offline_max_age":"90d"})").offline_max_age, Millis(std::chrono::days(90)));
  EXPECT_EQ(read("").offline_max_age, std::nullopt);
  EXPECT_EQ(read(R"(,"deviceId":"pump-7")").device_id, "pump-7");
  struct Row {
    std::string more;
    std::string only_hub;
  };
  for (const Row& row : std::vector<Row>{
           {R"(,"iotHubs":["h1.azure-devices.net"])", "h1.azure-devices.net"},
           {R"(,"iotHubs":["h1.azure-devices.net","h2.azure-devices.net"])", ""},
           {R"(,"iotHubs":[])", ""},
           {R"(,"iotHubHostName":"h1.azure-devices.net","iotHubs":null)", "h1.azure-devices.net"},
           {R"(,"iotHubs":["192.0.2.7"])", ""},
           {R"(,"iotHubs":["h1.azure-devices.net"],"allocationPolicy":"custom")", ""},
       })
    EXPECT_EQ(read(row.more).only_hub, row.only_hub) << row.more;
  EXPECT_TRUE(read(R"(,"iotHubs":["h.azure-devices.net"],"leafgate":{"provisional":true})").provisional);
}

TEST(EnrollmentJson, TakesEveryShapeTheServiceAndItsToolsWrite) {
  const std::string a = individual("a");
  const std::string b = individual("b");
  for (const std::string& text :
       {"[" + a + "," + b + "]", R"({"enrollments":[)" + a + "," + b + "]}",
        R"({"mode":"create","enrollments":[)" + a + R"(],"enrollmentGroups":[)" +
            R"({"enrollmentGroupId":"g","attestation":{"type":"symmetricKey"}}]})",
        R"({"value":[)" + a + "," + b + "]}", "\xef\xbb\xbf \n[" + a + "," + b + "]\n"}) {
    const auto file = read_enrollment_file(text);
    EXPECT_EQ(file.enrollments.size(), 2U) << text;
    EXPECT_EQ(file.mistakes.count(), 0U) << all_mistakes(file);
  }
}

TEST(EnrollmentJson, KeepsOtherMechanismsWithoutKeys) {
  const auto file = read_enrollment_file(
      R"([{"registrationId":"a","attestation":{"type":"x509","symmetricKey":null,"x509":{"clientCertificates":{}}}},
          {"registrationId":"b","attestation":{"type":"tpm","tpm":{"endorsementKey":"AToAAQALAAMAsg=="}}},
          {"registrationId":"c","attestation":{"type":"none"}},
          {"registrationId":"d","attestation":{"type":"symmetricKey","symmetricKey":{"primaryKey":null}}}])");
  ASSERT_EQ(file.mistakes.count(), 0U) << all_mistakes(file);
  EXPECT_EQ(file.enrollments[0].enrollment.mechanism, Mechanism::x509);
  EXPECT_EQ(file.enrollments[1].enrollment.mechanism, Mechanism::tpm);
  EXPECT_EQ(file.enrollments[1].enrollment.endorsement_key, "AToAAQALAAMAsg==");
  EXPECT_NE(file.enrollments[1].enrollment.record.find("AToAAQALAAMAsg=="), std::string::npos);
  EXPECT_EQ(file.enrollments[2].enrollment.mechanism, Mechanism::none);
  EXPECT_EQ(file.enrollments[3].primary_key, "");
}

TEST(EnrollmentJson, ComputesAnEtagThatFollowsRecordAndKeysButNotLayout) {
  const auto etag = [](const std::string& text) {
    const auto record = read_enrollment_record(text);
    return record ? record->enrollment.etag : record.error().detail;
  };
  const std::string base = individual("a");
  EXPECT_EQ(etag(base).size(), 64U);
  EXPECT_EQ(etag(base), etag(" " + individual("a", " ") + "\n"));
  EXPECT_NE(etag(base), etag(individual("a", R"(,"deviceId":"x")")));
  std::string other_key = base;
  other_key.replace(other_key.find(key_b), key_b.size(), key_a);
  EXPECT_NE(etag(base), etag(other_key));
  EXPECT_EQ(etag(individual("a", R"(,"etag":"x")")), "x");
}

struct Wrong {
  std::string record;
  std::string mistake;
};

TEST(EnrollmentJson, NamesEachMistake) {
  const std::string sym = R"("attestation":{"type":"symmetricKey"})";
  const auto with_keys = [](const std::string& object) {
    return R"({"registrationId":"x","attestation":{"type":"symmetricKey","symmetricKey":)" + object + "}}";
  };
  for (const Wrong& row : std::vector<Wrong>{
           {"7", "row 1: not a JSON object"},
           {R"({"a":1,"a":1})", "row 1: a member stands twice in an object"},
           {"{" + sym + "}", "row 1: needs either a registrationId or an enrollmentGroupId"},
           {R"({"registrationId":"x","enrollmentGroupId":"y",)" + sym + "}",
            "row 1: needs either a registrationId or an enrollmentGroupId"},
           {R"({"registrationId":"x y",)" + sym + "}",
            "row 1: registrationId has a character outside A-Z a-z 0-9 - . _ :"},
           {R"({"registrationId":1,)" + sym + "}",
            "row 1: registrationId is not a string\nrow 1: needs either a registrationId or an "
            "enrollmentGroupId"},
           {R"({"registrationId":"x"})", "row 1 (registrationId \"x\"): needs an attestation"},
           {R"({"enrollmentGroupId":"G","attestation":null})",
            "row 1 (enrollmentGroupId \"G\"): needs an attestation"},
           {R"({"registrationId":"x","attestation":{}})",
            "row 1 (registrationId \"x\"): attestation.type is not one of symmetricKey, x509, tpm, none"},
           {R"({"registrationId":"x","attestation":{"type":"SymmetricKey"}})",
            "row 1 (registrationId \"x\"): attestation.type is not one of symmetricKey, x509, tpm, none"},
           {R"({"registrationId":"x","attestation":{"type":"tpm","tpm":1}})",
            "row 1 (registrationId \"x\"): attestation.tpm: not a JSON object"},
           {R"({"registrationId":"x","attestation":{"type":"tpm","tpm":{"endorsementKey":"AA"}}})",
            "row 1 (registrationId \"x\"): attestation.tpm.endorsementKey is not the base64 of a "
            "TPM2B_PUBLIC"},
           {R"({"registrationId":"x","attestation":{"type":"tpm","tpm":{"endorsementKey":1}}})",
            "row 1 (registrationId \"x\"): endorsementKey is not a string"},
           {R"({"enrollmentGroupId":"x","attestation":{"type":"tpm"}})",
            "row 1 (enrollmentGroupId \"x\"): a group cannot attest by tpm"},
           {R"({"registrationId":"x","provisioningStatus":"on",)" + sym + "}",
            "row 1 (registrationId \"x\"): provisioningStatus is neither enabled nor disabled"},
           {with_keys(R"({"primaryKey":"secret!"})"),
            "row 1 (registrationId \"x\"): primaryKey is not base64"},
           {with_keys(R"({"primaryKey":7})"), "row 1 (registrationId \"x\"): primaryKey is not a string"},
           {with_keys(R"({"secondaryKey":"AAECAwQFBgcICQoLDA0O"})"),
            "row 1 (registrationId \"x\"): secondaryKey is of 15 octets, not of 16 to 64"},
           {with_keys(R"({"PrimaryKey":"AAECAwQFBgcICQoLDA0ODw=="})"),
            "row 1 (registrationId \"x\"): attestation.symmetricKey: a key's name is in the wrong case"},
           {with_keys(R"({"primaryKey":null,"primaryKey":null})"),
            "row 1 (registrationId \"x\"): attestation.symmetricKey: a member stands twice in an object"},
           {R"({"registrationId":"x","attestation":{"type":"x509","symmetricKey":)" + keys(key_a, key_b) +
                "}}",
            "row 1 (registrationId \"x\"): has symmetric keys, but its attestation.type is another"},
           {R"({"registrationId":"x",)" + sym + R"(,"leafgate":{"match":[]}})",
            "row 1 (registrationId \"x\"): leafgate.match is for groups"},
           {R"({"enrollmentGroupId":"x",)" + sym + R"(,"leafgate":{"mach":[]}})",
            "row 1 (enrollmentGroupId \"x\"): leafgate: knows only match, handout, bridge, offline_max_age "
            "and provisional"},
           {R"({"registrationId":"x",)" + sym + R"(,"leafgate":{"bridge":"true"}})",
            "row 1 (registrationId \"x\"): leafgate.bridge is neither true nor false"},
           {R"({"registrationId":"x","attestation":{"type":"tpm"},"leafgate":{"bridge":true}})",
            "row 1 (registrationId \"x\"): leafgate.bridge is for leaves with a symmetric key"},
           {R"({"registrationId":"x",)" + sym + R"(,"leafgate":{"offline_max_age":30}})",
            "row 1 (registrationId \"x\"): leafgate.offline_max_age is not a duration like \"30d\""},
           {R"({"registrationId":"x",)" + sym + R"(,"leafgate":{"provisional":true}})",
            "row 1 (registrationId \"x\"): leafgate.provisional needs iotHubs with exactly one hub: else "
            "nobody "
            "knows it ahead"},
           {R"({"registrationId":"x","iotHubs":["h.azure-devices.net"],"attestation":{"type":"tpm"},)"
            R"("leafgate":{"provisional":true}})",
            "row 1 (registrationId \"x\"): leafgate.provisional is for leaves with a symmetric key"},
           {R"({"enrollmentGroupId":"x",)" + sym + R"(,"leafgate":{"match":"a"}})",
            "row 1 (enrollmentGroupId \"x\"): leafgate.match is not an array"},
           {R"({"enrollmentGroupId":"x",)" + sym + R"(,"leafgate":{"match":["a*b",1]}})",
            "row 1 (enrollmentGroupId \"x\"): leafgate.match: \"a*b\" is no registrationId, nor one cut by "
            "'*'\n"
            "row 1 (enrollmentGroupId \"x\"): leafgate.match holds something that is not a string"},
           {R"({"registrationId":"x",)" + sym + R"(,"leafgate":{"handout":"gw.site"}})",
            "row 1 (registrationId \"x\"): leafgate.handout: not a JSON object"},
           {R"({"registrationId":"x",)" + sym + R"(,"leafgate":{"handout":{"gateway_hostname":"gw"}}})",
            "row 1 (registrationId \"x\"): leafgate.handout: knows only gateway_host_name"},
           {R"({"registrationId":"x",)" + sym +
                R"(,"leafgate":{"handout":{"gateway_host_name":"10.0.0.1"}}})",
            "row 1 (registrationId \"x\"): leafgate.handout.gateway_host_name is not the DNS name of a host, "
            "like "
            "\"gw.site\""},
           {R"({"registrationId":"x",)" + sym + R"(,"leafgate":{"handout":{"gateway_host_name":7}}})",
            "row 1 (registrationId \"x\"): leafgate.handout.gateway_host_name is not the DNS name of a host, "
            "like "
            "\"gw.site\""},
       }) {
    const auto file = read_enrollment_file("[" + row.record + "]");
    EXPECT_EQ(all_mistakes(file), row.mistake + "\n") << row.record;
    EXPECT_TRUE(file.enrollments.empty());
    const auto alone = read_enrollment_record(row.record);
    EXPECT_FALSE(alone) << row.record;
  }
}

TEST(EnrollmentJson, RefusesWhatIsNoFile) {
  EXPECT_EQ(all_mistakes(read_enrollment_file("")), "the file is empty\n");
  EXPECT_EQ(all_mistakes(read_enrollment_file("[]")), "the file holds no enrollments\n");
  EXPECT_EQ(all_mistakes(read_enrollment_file("{\n\"a\" 1}")), "not JSON at line 2, column 5\n");
  EXPECT_EQ(all_mistakes(read_enrollment_file("[" + std::string(30, '[') + std::string(30, ']') + "]")),
            "nested deeper than 18\n");
  EXPECT_EQ(all_mistakes(read_enrollment_file(
                "[" + individual("a", R"(,"x":")" + std::string(96 * 1024, 'x') + "\"") + "]")),
            "row 1: is larger than 96 KiB\n");
}

TEST(EnrollmentJson, FindsAnIdThatStandsTwice) {
  const auto file =
      read_enrollment_file("[" + individual("a") + "," + individual("b") + "," + individual("A") + "]");
  EXPECT_EQ(all_mistakes(file), "row 3 (registrationId \"A\"): stands in row 1 too\n");
  EXPECT_EQ(file.enrollments.size(), 2U);
}

TEST(EnrollmentJson, TakesNoMoreThanFitsIntoMemory) {
  std::string list = "[1";
  for (int i = 1; i < 62'501; ++i) list += ",1";
  list += "]";
  const auto file =
      read_enrollment_file(R"({"enrollments":[)" + individual("a") + R"(],"enrollmentGroups":)" + list + "}");
  EXPECT_EQ(file.mistakes.count(), 62'501U) << "all of them are told";
  EXPECT_EQ(file.enrollments.size(), 1U);
  const auto many = read_enrollment_file(R"({"enrollmentGroups":)" + list + R"(,"value":)" + list + "}");
  EXPECT_EQ(many.mistakes.count(), 62'502U) << "the second list is not read";
}

TEST(EnrollmentJson, FindsAllMistakesInOneRunAndKeepsTheFirstFifty) {
  std::string text = "[" + individual("good");
  for (int i = 0; i < 80; ++i) text += ",{\"registrationId\":\"x" + std::to_string(i) + "\"}";
  const auto file = read_enrollment_file(text + "]");
  EXPECT_EQ(file.mistakes.count(), 80U);
  EXPECT_EQ(file.mistakes.first().size(), 50U);
  EXPECT_EQ(file.mistakes.first().back(), "row 51 (registrationId \"x49\"): needs an attestation");
  EXPECT_EQ(file.enrollments.size(), 1U);
}

}  // namespace
}  // namespace leafgate::wire::enrollment_json_test
