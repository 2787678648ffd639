#include "adapters/mqtt/username.hpp"

#include <gtest/gtest.h>

namespace leafgate::mqtt::username_test {
namespace {

struct Good {
  const char* text;
  const char* scope;
  const char* id;
  const char* api_version;
  const char* client_version;
};

constexpr Good good[] = {
    // As the SDKs for C, Node.js, Python, C#, Java, Embedded C and FreeRTOS write it.
    {"0ne00000001/registrations/leaf-1/api-version=2021-06-01&ClientVersion=1.15.0", "0ne00000001", "leaf-1",
     "2021-06-01", "1.15.0"},
    {"0ne00000001/registrations/leaf-1/"
     "api-version=2019-03-31&ClientVersion=azure-iot-provisioning-device%2F1.9.2",
     "0ne00000001", "leaf-1", "2019-03-31", "azure-iot-provisioning-device/1.9.2"},
    {"0ne00000001/registrations/leaf-1/api-version=2019-03-31&ClientVersion="
     "azure-iot-device-provisioning-py%2F2.14.0%283.11.2%3BLinux%206.1%3Bx86_64%29",
     "0ne00000001", "leaf-1", "2019-03-31",
     "azure-iot-device-provisioning-py/2.14.0(3.11.2;Linux 6.1;x86_64)"},
    {"0ne00000001/registrations/leaf-1/api-version=2019-03-31&ClientVersion="
     "Microsoft.Azure.Devices.Provisioning.Client%2F1.19.4%20%28.NET%208.0.1%29",
     "0ne00000001", "leaf-1", "2019-03-31",
     "Microsoft.Azure.Devices.Provisioning.Client/1.19.4 (.NET 8.0.1)"},
    {"0ne00000001/registrations/leaf-1/api-version=2019-03-31&ClientVersion=2019-03-31", "0ne00000001",
     "leaf-1", "2019-03-31", "2019-03-31"},
    {"0ne00000001/registrations/leaf-1/api-version=2019-03-31", "0ne00000001", "leaf-1", "2019-03-31", ""},
    {"0ne00000001/registrations/leaf-1/api-version=2019-03-31&ClientVersion=c/1.4.0-beta.1(FreeRTOS)",
     "0ne00000001", "leaf-1", "2019-03-31", "c/1.4.0-beta.1(FreeRTOS)"},
    // Old previews, unknown parameters, another order.
    {"0ab1234C5D6/registrations/A.b_c:d-/ClientVersion=x&more=1&api-version=2017-08-31-preview",
     "0ab1234C5D6", "A.b_c:d-", "2017-08-31-preview", "x"},
    {"s/registrations/i/flag&api-version=v&", "s", "i", "v", ""},
    // What does not decode to text stays as it came.
    {"s/registrations/i/api-version=v&ClientVersion=100%", "s", "i", "v", "100%"},
    {"s/registrations/i/api-version=v&ClientVersion=a%00b", "s", "i", "v", "a%00b"},
    {"s/registrations/i/api-version=v&ClientVersion=%FF", "s", "i", "v", "%FF"},
    {"s/registrations/i/api-version=v&ClientVersion=a=b", "s", "i", "v", "a=b"},
};

TEST(Username, is_read_as_every_sdk_writes_it) {
  for (const auto& row : good) {
    const auto parsed = parse_username(row.text);
    ASSERT_TRUE(parsed) << row.text << ": " << parsed.error().detail;
    EXPECT_EQ(parsed->scope.text(), row.scope);
    EXPECT_EQ(parsed->id.text(), row.id);
    EXPECT_EQ(parsed->api_version, row.api_version);
    EXPECT_EQ(parsed->client_version, row.client_version);
  }
}

TEST(Username, that_is_another_is_refused_with_words) {
  const struct {
    std::string text;
    const char* detail;
  } rows[] = {
      {"", "idScope is empty"},
      {"0ne00000001", "not {idScope}/registrations"},
      {"0ne00000001/registrations", "registrationId is empty"},
      {"0ne00000001/registrations/leaf-1", "no api-version"},
      {"0ne00000001/registrations/leaf-1/", "no api-version"},
      {"0ne00000001/registrations/leaf-1/api-version=", "no api-version"},
      {"0ne00000001/registrations/leaf-1/api-version", "no api-version"},
      {"0ne00000001/registrations/leaf-1/API-VERSION=1", "no api-version"},
      {"0ne00000001/registrations/leaf-1/api-version=1&api-version=2", "twice"},
      {"0ne00000001/registrations/leaf-1/api-version=1&ClientVersion=a&ClientVersion=b", "twice"},
      {"0ne00000001/registrations//api-version=1", "registrationId is empty"},
      {"0ne00000001/registrations/leaf 1/api-version=1", "outside"},
      {"0ne00000001/registrations/-leaf/api-version=1", "begin"},
      {"0ne00000001/registrations/" + std::string(129, 'a') + "/api-version=1", "longer than 128"},
      {"0ne00000001/Registrations/leaf-1/api-version=1", "not {idScope}/registrations"},
      {"0ne00000001/enrollments/leaf-1/api-version=1", "not {idScope}/registrations"},
      {"/registrations/leaf-1/api-version=1", "idScope is empty"},
      {"0ne-0000/registrations/leaf-1/api-version=1", "idScope has a character"},
      {"my.azure-devices.net/leaf-1/?api-version=2021-04-12", "IoT hub"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_username(row.text);
    ASSERT_FALSE(parsed) << row.text;
    EXPECT_NE(parsed.error().detail.find(row.detail), std::string::npos)
        << row.text << ": " << parsed.error().detail;
  }
}

TEST(Username, keeps_a_long_client_version_bounded_and_whole_in_characters) {
  const auto parsed =
      parse_username("s/registrations/i/api-version=v&ClientVersion=" + std::string(255, 'x') + "%C3%A4");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->client_version, std::string(255, 'x'));
}

}  // namespace
}  // namespace leafgate::mqtt::username_test
