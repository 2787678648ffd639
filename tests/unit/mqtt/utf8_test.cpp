#include "adapters/mqtt/utf8.hpp"

#include <gtest/gtest.h>

#include "tests/unit/mqtt/leaf_packets.hpp"

namespace leafgate::mqtt::utf8_test {
namespace {

struct Row {
  const char* what;
  const char* octets;
  bool good;
};

constexpr Row rows[] = {
    {"nothing", "", true},
    {"ASCII", "61 62 63", true},
    {"control character", "01", true},
    {"delete", "7f", true},
    {"null character", "61 00 62", false},
    {"two octets, least", "c2 80", true},
    {"two octets, most", "df bf", true},
    {"three octets, least", "e0 a0 80", true},
    {"just below the surrogates", "ed 9f bf", true},
    {"first surrogate", "ed a0 80", false},
    {"last surrogate", "ed bf bf", false},
    {"just above the surrogates", "ee 80 80", true},
    {"byte order mark", "ef bb bf", true},
    {"non-character U+FFFF", "ef bf bf", true},
    {"four octets, least", "f0 90 80 80", true},
    {"four octets, most", "f4 8f bf bf", true},
    {"U+110000", "f4 90 80 80", false},
    {"U+1FFFFF", "f7 bf bf bf", false},
    {"five octets", "f8 88 80 80 80", false},
    {"octet fe", "fe", false},
    {"octet ff", "ff", false},
    {"overlong null", "c0 80", false},
    {"overlong slash", "c0 af", false},
    {"overlong in two", "c1 bf", false},
    {"overlong in three", "e0 9f bf", false},
    {"overlong in four", "f0 8f bf bf", false},
    {"lone continuation", "80", false},
    {"cut after one of two", "c2", false},
    {"cut after two of three", "e2 82", false},
    {"cut after three of four", "f0 9f 92", false},
    {"lead followed by ASCII", "c2 41", false},
    {"second continuation wrong", "e2 82 41", false},
    {"good, then bad", "c3 a4 ff", false},
};

TEST(Utf8, admits_what_mqtt_admits) {
  for (const auto& row : rows) EXPECT_EQ(is_mqtt_text(leaf::hex(row.octets)), row.good) << row.what;
}

}  // namespace
}  // namespace leafgate::mqtt::utf8_test
