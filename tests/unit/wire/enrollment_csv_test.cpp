#include <gtest/gtest.h>

#include "adapters/wire/enrollment_file.hpp"

namespace leafgate::wire::enrollment_csv_test {
namespace {

const std::string key_a = "qmMQ0vR8lfFpX3Ql9S3N23Cb8C9o242vhSnKAWPkvg4=";
const std::string key_b = "Nw9OzlLQV/WhophYgCdn0MWgA60xhJBhUna7iYl2wis=";
const std::string header = "registrationId,attestation,primaryKey,secondaryKey\n";

std::string all_mistakes(const EnrollmentFile& file) {
  std::string out;
  for (const std::string& mistake : file.mistakes.first()) out += mistake + "\n";
  return out;
}

TEST(EnrollmentCsv, ReadsRowsIntoTheRecordsOfDps) {
  const auto file = read_enrollment_file(header + "Pump-1,symmetricKey," + key_a + "," + key_b +
                                         "\npump-2,," + key_b + ",\n");
  ASSERT_EQ(file.mistakes.count(), 0U) << all_mistakes(file);
  ASSERT_EQ(file.enrollments.size(), 2U);
  EXPECT_EQ(file.enrollments[0].enrollment.id, "pump-1");
  EXPECT_EQ(file.enrollments[0].primary_key, key_a);
  EXPECT_EQ(file.enrollments[0].secondary_key, key_b);
  EXPECT_EQ(file.enrollments[0].enrollment.record,
            R"({"registrationId":"Pump-1","attestation":{"type":"symmetricKey","symmetricKey":{}}})");
  EXPECT_EQ(file.enrollments[1].secondary_key, "");
}

TEST(EnrollmentCsv, ReadsTheFurtherColumns) {
  const auto file = read_enrollment_file(
      "enrollmentGroupId,primaryKey,provisioningStatus,etag,match\n"
      "Pumps," +
      key_a + ",disabled,7,pump-* meter-7\n");
  ASSERT_EQ(file.mistakes.count(), 0U) << all_mistakes(file);
  const Enrollment& group = file.enrollments.at(0).enrollment;
  EXPECT_EQ(group.kind, EnrollmentKind::group);
  EXPECT_FALSE(group.enabled);
  EXPECT_EQ(group.etag, "7");
  EXPECT_EQ(group.match, (std::vector<std::string>{"pump-*", "meter-7"}));
}

TEST(EnrollmentCsv, ReadsWhetherOthersMaySpeakForALeaf) {
  const auto file = read_enrollment_file(
      "registrationId,primaryKey,match,bridge\n"
      "a," +
      key_a +
      ",,TRUE\n"
      "b," +
      key_a +
      ",,false\n"
      "c," +
      key_a + ",,\n");
  ASSERT_EQ(file.mistakes.count(), 0U) << all_mistakes(file);
  EXPECT_TRUE(file.enrollments.at(0).enrollment.bridge);
  EXPECT_NE(file.enrollments[0].enrollment.record.find(R"("leafgate":{"bridge":true})"), std::string::npos);
  EXPECT_FALSE(file.enrollments.at(1).enrollment.bridge);
  EXPECT_FALSE(file.enrollments.at(2).enrollment.bridge);
  const auto group =
      read_enrollment_file("enrollmentGroupId,primaryKey,match,bridge\ng," + key_a + ",a b,true\n");
  EXPECT_TRUE(group.enrollments.at(0).enrollment.bridge);
  EXPECT_EQ(group.enrollments[0].enrollment.match.size(), 2U);
  const auto wrong = read_enrollment_file("registrationId,primaryKey,bridge\na," + key_a + ",yes\n");
  EXPECT_EQ(all_mistakes(wrong), "row 2 (registrationId \"a\"): leafgate.bridge is neither true nor false\n");
}

TEST(EnrollmentCsv, TakesWhatSpreadsheetsWrite) {
  for (const std::string& text : {
           "\xef\xbb\xbfregistrationId,primaryKey\r\nx," + key_a + "\r\n",
           "registrationId;primaryKey\r\nx;" + key_a,
           "REGISTRATIONID , PrimaryKey\n  x\t, " + key_a + " \n",
           "\"registrationId\",\"primaryKey\"\n\"x\",\"" + key_a + "\"\n\n,\n",
           "registrationId,primaryKey\rx," + key_a + "\r",
           "registrationId,primaryKey,deviceId\nx," + key_a + ",\"a, \"\"b\"\"\nc\"\n",
       }) {
    const auto file = read_enrollment_file(text);
    EXPECT_EQ(all_mistakes(file), "") << text;
    ASSERT_EQ(file.enrollments.size(), 1U) << text;
    EXPECT_EQ(file.enrollments[0].enrollment.id, "x");
    EXPECT_EQ(file.enrollments[0].primary_key, key_a);
  }
}

TEST(EnrollmentCsv, KeepsQuotedCellsWhole) {
  const auto file = read_enrollment_file("registrationId,deviceId\nx,\"a, \"\"b\"\"\nc\"\n");
  EXPECT_EQ(file.enrollments.at(0).enrollment.record,
            R"({"registrationId":"x","deviceId":"a, \"b\"\nc",)"
            R"("attestation":{"type":"symmetricKey","symmetricKey":{}}})");
}

TEST(EnrollmentCsv, ReadsTheEndorsementKeyOfATpm) {
  const auto file = read_enrollment_file(
      "registrationId,attestation,primaryKey,endorsementKey\nx,tpm,,AToA\ny,,,AToB\nz,," + key_a + ",\n");
  ASSERT_EQ(file.enrollments.size(), 3U) << all_mistakes(file);
  EXPECT_EQ(file.enrollments[0].enrollment.mechanism, Mechanism::tpm);
  EXPECT_EQ(file.enrollments[0].enrollment.endorsement_key, "AToA");
  EXPECT_EQ(file.enrollments[0].enrollment.record,
            R"({"registrationId":"x","attestation":{"type":"tpm","tpm":{"endorsementKey":"AToA"}}})");
  EXPECT_EQ(file.enrollments[1].enrollment.endorsement_key, "AToB");
  EXPECT_EQ(file.enrollments[2].enrollment.mechanism, Mechanism::symmetric_key);
}

struct Wrong {
  std::string text;
  std::string mistakes;
};

TEST(EnrollmentCsv, NamesEachMistakeByTheRowOfASpreadsheet) {
  const std::string good = "g,," + key_a + ",\n";
  for (const Wrong& row : std::vector<Wrong>{
           {header + good + "x,symmetricKey,secret!,\n",
            "row 3 (registrationId \"x\"): primaryKey is not base64\n"},
           {header + good + "\nx y,,,\nx,,AAAA,BBBB\n",
            "row 4: registrationId has a character outside A-Z a-z 0-9 - . _ :\n"
            "row 5 (registrationId \"x\"): primaryKey is of 3 octets, not of 16 to 64\n"
            "row 5 (registrationId \"x\"): secondaryKey is of 3 octets, not of 16 to 64\n"},
           {header + "x,x509,,\n",
            "row 2: attestation is neither symmetricKey nor tpm; other enrollments come as JSON\n"},
           {header + "x,tpm,,\n", "row 2: has no endorsementKey, but its attestation is tpm\n"},
           {"registrationId,primaryKey,endorsementKey\nx," + key_a + ",AAAA\n",
            "row 2: has keys of two kinds: symmetric ones and that of a TPM\n"},
           {"registrationId,attestation,endorsementKey\nx,symmetricKey,AAAA\n",
            "row 2: has keys of two kinds: symmetric ones and that of a TPM\n"},
           {header + "x,,\n", "row 2: has 3 cells, the header 4\n"},
           {header + "x,,,,\n", "row 2: has 5 cells, the header 4\n"},
           {header + ",,,AAAA\n",
            "row 2: needs either a registrationId or an enrollmentGroupId\n"
            "row 2: secondaryKey is of 3 octets, not of 16 to 64\n"},
           {header + "a,,,\nA,,,\n", "row 3 (registrationId \"A\"): stands in row 2 too\n"},
           {header + "a,,\"\"x,\n", "row 2: something stands behind a quoted cell\n"},
           {header + "a,,x\"y,\n", "row 2: a quote stands within a cell that does not begin with one\n"},
           {header + "a,,\"x", "row 2: a quoted cell has no end\n"},
           {header, "the file holds no enrollments\n"},
           {"x,," + key_a + "\n",
            "row 1: column 1 has no name that is known (registrationId, attestation, primaryKey, ...)\n"
            "row 1: column 2 has no name that is known (registrationId, attestation, primaryKey, ...)\n"
            "row 1: column 3 has no name that is known (registrationId, attestation, primaryKey, ...)\n"},
           {"registrationId,registrationid\nx,y\n", "row 1: column 2: registrationId is there twice\n"},
       }) {
    EXPECT_EQ(all_mistakes(read_enrollment_file(row.text)), row.mistakes) << row.text;
  }
}

TEST(EnrollmentCsv, TakesNoMoreThanFitsIntoMemory) {
  const auto rows = [](int count) {
    std::string text = "registrationId\n";
    for (int i = 0; i < count; ++i) text += "l" + std::to_string(i) + "\n";
    return text;
  };
  EXPECT_EQ(read_enrollment_file(rows(125'000)).mistakes.count(), 0U);
  const auto file = read_enrollment_file(rows(125'002));
  EXPECT_EQ(all_mistakes(file), "the file holds more than 125,000 enrollments: split it\n");
}

TEST(EnrollmentCsv, NeverTellsAKey) {
  const std::string text = "registrationId,primaryKey\n" + key_a + ",x\n" + "x," + key_a.substr(1) + "\n";
  const std::string mistakes = all_mistakes(read_enrollment_file(text));
  EXPECT_EQ(mistakes.find(key_a.substr(1, 8)), std::string::npos) << mistakes;
}

}  // namespace
}  // namespace leafgate::wire::enrollment_csv_test
