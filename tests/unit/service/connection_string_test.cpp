#include "adapters/service/connection_string.hpp"

#include <gtest/gtest.h>

namespace leafgate::service::connection_string_test {
namespace {

const std::string host = "HostName=Plant.azure-devices-provisioning.net";
const std::string name = "SharedAccessKeyName=reader";
const std::string key = "SharedAccessKey=c2VjcmV0IGtleQ==";
const std::string whole = host + ";" + name + ";" + key;

TEST(ConnectionString, names_the_instance_and_the_policy) {
  const auto read = parse_connection_string(whole);
  ASSERT_TRUE(read.has_value()) << read.error().detail;
  EXPECT_EQ(read->host, "plant.azure-devices-provisioning.net");
  EXPECT_EQ(read->port, 443);
  EXPECT_EQ(read->policy, "reader");
  EXPECT_EQ(as_text(read->policy_key.view()), "secret key");
}

TEST(ConnectionString, may_be_written_in_more_than_one_way) {
  const std::vector<std::string> texts = {key + ";" + host + ";" + name, whole + ";", " " + whole + "\r\n",
                                          host + "; " + name + " ;\n" + key,
                                          "hostname=plant.azure-devices-provisioning.net;sharedaccesskeyname="
                                          "reader;SHAREDACCESSKEY=c2VjcmV0IGtleQ=="};
  for (const std::string& text : texts) {
    const auto read = parse_connection_string(text);
    ASSERT_TRUE(read.has_value()) << text << ": " << read.error().detail;
    EXPECT_EQ(read->policy, "reader") << text;
    EXPECT_EQ(as_text(read->policy_key.view()), "secret key") << text;
  }
  EXPECT_EQ(parse_connection_string("HostName=localhost:8443;" + name + ";" + key)->port, 8443);
}

TEST(ConnectionString, tells_what_is_wrong_and_never_the_key) {
  struct Row {
    std::string text;
    std::string says;
  };
  const std::string rest = ";" + name + ";" + key;
  const std::vector<Row> rows = {
      {"", "is empty"},
      {" \n", "is empty"},
      {"c2VjcmV0IGtleQ==", "part 1 is none of"},
      {host + ";" + name + ";c2VjcmV0IGtleQ==", "part 3 is none of"},
      {whole + ";DeviceId=c2VjcmV0IGtleQ==", "part 4 is none of"},
      {host + ";;" + name + ";" + key, "part 2 is none of"},
      {host + ";" + key, "SharedAccessKeyName is missing"},
      {name + ";" + key, "HostName is missing"},
      {host + ";" + name, "SharedAccessKey is missing"},
      {host + ";" + name + ";SharedAccessKey=", "SharedAccessKey is missing"},
      {whole + ";" + key, "SharedAccessKey is given twice"},
      {host + ";" + name + ";SharedAccessKey=c2VjcmV0IGtleQ", "SharedAccessKey is not base64"},
      {"HostName=https://plant.example" + rest, "HostName is a name, without scheme or path"},
      {"HostName=:443" + rest, "HostName is a name, without scheme or path"},
      {"HostName=plant.example:0" + rest, "the port in HostName"},
      {"HostName=plant.example:65536" + rest, "the port in HostName"},
      {"HostName=plant.example:44x" + rest, "the port in HostName"},
      {"HostName=Plant.azure-devices.net" + rest, "HostName plant.azure-devices.net is a hub's"},
  };
  for (const Row& row : rows) {
    const auto read = parse_connection_string(row.text);
    ASSERT_FALSE(read.has_value()) << row.text;
    EXPECT_EQ(read.error().code, Errc::malformed) << row.text;
    EXPECT_NE(read.error().detail.find(row.says), std::string::npos)
        << row.text << ": " << read.error().detail;
    EXPECT_EQ(read.error().detail.find("c2VjcmV0"), std::string::npos) << read.error().detail;
  }
}

}  // namespace
}  // namespace leafgate::service::connection_string_test
