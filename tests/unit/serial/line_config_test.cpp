#include "adapters/serial/line_config.hpp"

#include <gtest/gtest.h>

namespace leafgate::serial::line_config_test {
namespace {

LineConfig good() {
  LineConfig config;
  config.name = "line-1";
  config.path = "/dev/serial/by-id/usb-FTDI";
  return config;
}

TEST(LineConfig, takes_what_a_line_can_be) {
  EXPECT_TRUE(check(good()).has_value());
  for (const int baud : {1200, 9600, 115200, 921600, 4'000'000}) {
    LineConfig config = good();
    config.baud = baud;
    EXPECT_TRUE(check(config).has_value()) << baud;
  }
}

TEST(LineConfig, names_the_key_that_is_wrong) {
  struct Row {
    std::string_view key;
    void (*spoil)(LineConfig&);
  };
  const Row rows[] = {
      {"name", [](LineConfig& config) { config.name.clear(); }},
      {"name", [](LineConfig& config) { config.name = std::string(201, 'a'); }},
      {"name", [](LineConfig& config) { config.name = "line 1"; }},
      {"path", [](LineConfig& config) { config.path = "ttyS0"; }},
      {"path", [](LineConfig& config) { config.path = "/dev/serial/"; }},
      {"path", [](LineConfig& config) { config.path.clear(); }},
      {"baud", [](LineConfig& config) { config.baud = 0; }},
      {"baud", [](LineConfig& config) { config.baud = 9601; }},
      {"look_every", [](LineConfig& config) { config.look_every = Millis(10); }},
      {"discover_every", [](LineConfig& config) { config.discover_every = Millis(10); }},
  };
  for (const Row& row : rows) {
    LineConfig config = good();
    row.spoil(config);
    const auto checked = check(config);
    ASSERT_FALSE(checked.has_value()) << row.key;
    EXPECT_EQ(checked.error().code, Errc::malformed);
    EXPECT_EQ(checked.error().detail.rfind(row.key, 0), 0U) << checked.error().detail;
  }
}

}  // namespace
}  // namespace leafgate::serial::line_config_test
