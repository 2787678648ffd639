#include "adapters/mqtt/client_family.hpp"

#include <gtest/gtest.h>

namespace leafgate::mqtt::client_family_test {
namespace {

TEST(ClientFamily, is_seen_by_what_the_sdk_says_of_itself) {
  const struct {
    const char* api_version;
    const char* client_version;
    ClientFamily family;
  } rows[] = {
      {"2021-06-01", "1.15.0", ClientFamily::c},
      {"2021-06-01", "1.4.10", ClientFamily::c},
      {"2019-03-31", "1.15.0", ClientFamily::unknown},
      {"2025-07-01-preview", "1.15.0", ClientFamily::unknown},
      {"2021-06-01", "1.15", ClientFamily::unknown},
      {"2021-06-01", "1.15.0.1", ClientFamily::unknown},
      {"2021-06-01", "1..0", ClientFamily::unknown},
      {"2021-06-01", ".1.0", ClientFamily::unknown},
      {"2021-06-01", "1.0.", ClientFamily::unknown},
      {"2021-06-01", "1.15.0-rc", ClientFamily::unknown},
      {"2021-06-01", "", ClientFamily::unknown},
      {"2019-03-31", "azure-iot-provisioning-device/1.9.2", ClientFamily::node},
      {"2019-03-31", "azure-iot-provisioning-device", ClientFamily::unknown},
      {"2019-03-31", "azure-iot-device-provisioning-py/2.14.0(3.11.2;Linux 6.1;x86_64)",
       ClientFamily::python},
      {"2019-03-31", "azure-iot-device-iothub-py/2.14.0", ClientFamily::unknown},
      {"2019-03-31", "Microsoft.Azure.Devices.Provisioning.Client/1.19.4 (.NET 8)", ClientFamily::csharp},
      {"2019-03-31", "2019-03-31", ClientFamily::java},
      {"2019-03-31", "", ClientFamily::unknown},
      {"2019-03-31", "c/1.4.0(FreeRTOS)", ClientFamily::unknown},
  };
  for (const auto& row : rows)
    EXPECT_EQ(client_family(row.api_version, row.client_version), row.family) << row.client_version;
}

TEST(ClientFamily, decides_the_shape_of_answers) {
  const struct {
    ClientFamily family;
    bool direct;
    bool pause;
    int of_1, of_3, of_20, of_1000;
  } rows[] = {
      {ClientFamily::unknown, false, true, 1, 3, 3, 3},  {ClientFamily::c, true, false, 1, 3, 20, 100},
      {ClientFamily::node, true, true, 1, 3, 20, 100},   {ClientFamily::python, true, true, 1, 3, 20, 100},
      {ClientFamily::csharp, false, true, 2, 3, 20, 49}, {ClientFamily::java, false, true, 2, 3, 5, 5},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(takes_direct_answer(row.family), row.direct);
    EXPECT_EQ(needs_a_pause(row.family), row.pause);
    EXPECT_EQ(retry_after_for(row.family, Seconds(0)), Seconds(0));
    EXPECT_EQ(retry_after_for(row.family, Seconds(1)), Seconds(row.of_1));
    EXPECT_EQ(retry_after_for(row.family, Seconds(3)), Seconds(row.of_3));
    EXPECT_EQ(retry_after_for(row.family, Seconds(20)), Seconds(row.of_20));
    EXPECT_EQ(retry_after_for(row.family, Seconds(1000)), Seconds(row.of_1000));
  }
}

}  // namespace
}  // namespace leafgate::mqtt::client_family_test
