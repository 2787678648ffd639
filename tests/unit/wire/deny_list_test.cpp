#include "adapters/wire/deny_list.hpp"

#include <gtest/gtest.h>

#include "gateway/crypto/base64.hpp"

namespace leafgate::wire::deny_list_test {
namespace {

const std::string digest(64, 'a');

std::string payload_with(const std::string& entries) {
  return R"({"idScope":"0ne00ABCDEF","number":7,"entries":[)" + entries + "]}";
}
std::string file_of(const std::string& payload) {
  return write_deny_list(payload, DocumentAlgorithm::es256, Bytes(70, 0x30));
}
WallTime day(int n) { return WallTime(Seconds(1'800'000'000 + n * 86'400)); }

TEST(DenyListFile, what_is_written_is_read) {
  DenyList list;
  list.id_scope = "0ne00ABCDEF";
  list.number = 7;
  list.entries.push_back(make_denial(DenyKind::registration_id, "Pump-07").value());
  list.entries.push_back(make_denial(DenyKind::certificate, digest).value());
  list.entries.push_back(make_denial(DenyKind::endorsement_key, std::string(64, 'B')).value());
  list.entries.back().until = day(1);
  const std::string payload = write_deny_payload(list);
  EXPECT_EQ(read_deny_payload(payload).value(), list);
  const auto read = read_deny_list(write_deny_list(payload, DocumentAlgorithm::eddsa, Bytes(64, 0xff)));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->payload, payload) << "octet for octet: it is what was signed";
  EXPECT_EQ(read->algorithm, DocumentAlgorithm::eddsa);
  EXPECT_EQ(read->signature, Bytes(64, 0xff));
  EXPECT_EQ(read->list, list);
}

TEST(DenyListFile, the_end_of_an_entry_counts_before_that_of_the_list) {
  const auto list = read_deny_payload(
      R"({"idScope":"a","number":1,"until":"2027-01-15T08:00:00Z","entries":[{"registrationId":"a"},)"
      R"({"registrationId":"b","until":"2027-01-16T08:00:00Z"}]})");
  ASSERT_TRUE(list) << list.error().detail;
  EXPECT_EQ(list->entries[0].until, day(0));
  EXPECT_EQ(list->entries[1].until, day(1));
}

TEST(DenyListFile, one_end_for_all_is_written_once) {
  DenyList list;
  list.id_scope = "a";
  list.number = 1;
  for (int i = 0; i < 8'000; ++i) {
    std::string value = std::to_string(i);
    value.insert(0, 64 - value.size(), '0');
    list.entries.push_back(make_denial(DenyKind::certificate, value).value());
    list.entries.back().until = day(1);
  }
  const std::string payload = write_deny_payload(list);
  EXPECT_EQ(read_deny_payload(payload).value(), list);
  EXPECT_TRUE(read_deny_list(file_of(payload))) << "and so it fits";
}

TEST(DenyListFile, an_empty_list_lets_everybody_in_again) {
  EXPECT_TRUE(read_deny_payload(payload_with("")).value().entries.empty());
}

TEST(DenyListFile, entries_that_are_none) {
  const std::string too_short = digest.substr(1);
  const std::vector<std::string> entries = {
      "{}",
      "[]",
      "1",
      "null",
      R"("pump-07")",
      R"({"registrationId":""})",
      R"({"registrationId":"pump 07"})",
      R"({"registrationId":7})",
      R"({"registrationId":null})",
      R"({"registrationId":"a","registrationId":"b"})",
      R"({"registrationId":"a","certificate":")" + digest + R"("})",
      R"({"registrationId":"a","note":"x"})",
      R"({"registrationId":"a","until":"tomorrow"})",
      R"({"registrationId":"a","until":1})",
      R"({"RegistrationId":"a"})",
      R"({"certificate":")" + too_short + R"("})",
      R"({"certificate":")" + too_short + R"(g"})",
      R"({"certificate":"aa:bb"})",
      R"({"endorsementKey":"AToAAQALAAMAsgAg"})",
      R"({"until":"2027-01-15T08:00:00Z"})",
  };
  for (const std::string& entry : entries) {
    const auto list = read_deny_payload(payload_with(R"({"registrationId":"good"},)" + entry));
    ASSERT_FALSE(list) << entry;
    EXPECT_EQ(list.error().code, Errc::malformed) << entry;
    EXPECT_TRUE(list.error().detail.starts_with("entry 2") || entry.find("\"b\"") != std::string::npos)
        << entry << ": " << list.error().detail;
  }
}

TEST(DenyListFile, payloads_that_are_none) {
  for (const char* text : {
           "",
           "{}",
           "[]",
           R"({"number":7,"entries":[]})",
           R"({"idScope":"a","entries":[]})",
           R"({"idScope":"a","number":7})",
           R"({"idScope":"a","number":7,"entries":{}})",
           R"({"idScope":"a","number":7,"entries":null})",
           R"({"idScope":7,"number":7,"entries":[]})",
           R"({"idScope":"a","number":0,"entries":[]})",
           R"({"idScope":"a","number":-1,"entries":[]})",
           R"({"idScope":"a","number":1.0,"entries":[]})",
           R"({"idScope":"a","number":1e3,"entries":[]})",
           R"({"idScope":"a","number":"7","entries":[]})",
           R"({"idScope":"a","number":9007199254740993,"entries":[]})",
           R"({"idScope":"a","number":99999999999999999999,"entries":[]})",
           R"({"idScope":"a","number":7,"number":8,"entries":[]})",
           R"({"idScope":"a","number":7,"entries":[],"until":"never"})",
           R"({"idScope":"a","number":7,"entries":[],"critical":true})",
           R"({"idScope":"a","number":7,"entries":[]}{})",
       })
    EXPECT_FALSE(read_deny_payload(text)) << text;
  EXPECT_TRUE(read_deny_payload(R"({"idScope":"a","number":9007199254740992,"entries":[]})"));
}

TEST(DenyListFile, files_that_are_none) {
  const std::string good = file_of(payload_with(""));
  ASSERT_TRUE(read_deny_list(good));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string out = good;
    return out.replace(out.find(from), from.size(), to);
  };
  EXPECT_FALSE(read_deny_list(""));
  EXPECT_FALSE(read_deny_list(payload_with(""))) << "it is not signed";
  EXPECT_FALSE(read_deny_list(with("ES256", "none")));
  EXPECT_FALSE(read_deny_list(with("ES256", "HS256")));
  EXPECT_FALSE(read_deny_list(with("\"alg\"", "\"algorithm\"")));
  EXPECT_FALSE(read_deny_list(with("\"signature\":\"", "\"signature\":\"!")));
  EXPECT_FALSE(read_deny_list(with("\"payload\":\"", "\"payload\":\"A")));
  EXPECT_FALSE(read_deny_list(with("{", R"({"kid":"x",)")));
  EXPECT_FALSE(read_deny_list(write_deny_list(payload_with(""), DocumentAlgorithm::es256, {})));
  EXPECT_FALSE(read_deny_list(write_deny_list(payload_with(""), DocumentAlgorithm::es256, Bytes(129, 1))));
}

TEST(DenyListFile, is_bounded) {
  std::string entries;
  for (std::size_t i = 0; i < DenyList::most_entries; ++i)
    entries += (i ? "," : "") + std::string(R"({"registrationId":"a)") + std::to_string(i) + "\"}";
  EXPECT_EQ(read_deny_payload(payload_with(entries)).value().entries.size(), DenyList::most_entries);
  EXPECT_TRUE(read_deny_list(file_of(payload_with(entries))));
  EXPECT_EQ(read_deny_payload(payload_with(entries + R"(,{"registrationId":"x"})")).error().code,
            Errc::too_large);
  EXPECT_EQ(read_deny_list(std::string(largest_deny_list + 1, ' ')).error().code, Errc::too_large);
  EXPECT_EQ(read_denial(std::string(2'000, ' ')).error().code, Errc::too_large);
}

TEST(DenyListFile, a_single_entry_is_read_as_one_of_a_list) {
  EXPECT_EQ(read_denial(R"({"registrationId":"Pump-07"})").value().value, "pump-07");
  EXPECT_FALSE(read_denial(R"([{"registrationId":"a"}])"));
  EXPECT_FALSE(read_denial(""));
}

}  // namespace
}  // namespace leafgate::wire::deny_list_test
