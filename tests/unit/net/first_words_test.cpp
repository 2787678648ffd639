#include "gateway/net/first_words.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace leafgate::net::first_words_test {
namespace {

using namespace std::string_view_literals;

TEST(FirstWords, NameWhatIsSpoken) {
  const struct {
    std::string_view octets;
    const char* words;
  } rows[] = {
      {"\x10\x1e\x00\x04MQTT\x04\x02"sv, "MQTT CONNECT"},
      {"\x10\xb0\x01\x00\x04MQTT\x05"sv, "MQTT CONNECT"},
      {"\x10\x1e\x00\x06MQIsdp\x03"sv, "MQTT CONNECT"},
      {"AMQP\x00\x01\x00\x00"sv, "AMQP"},
      {"AMQP\x03\x01\x00\x00"sv, "AMQP"},
      {"GET /x HTTP/1.1\r\n"sv, "an HTTP request"},
      {"PUT /0ne/registrations"sv, "an HTTP request"},
      {"PRI * HTTP/2.0\r\n"sv, "HTTP/2"},
      {"SSH-2.0-OpenSSH_9.2"sv, "SSH"},
      {"\x80\x2e\x01\x00\x02\x00"sv, "a hello of SSL 2.0"},
      {"\x16\x03\x01\x02\x00"sv, "TLS"},
      {""sv, ""},
      {"\x10"sv, "\\x10"},
      {"hello, is there anybody in there"sv, "hello, is there "},
  };
  for (const auto& row : rows) EXPECT_EQ(first_words(as_bytes(row.octets)), row.words) << row.words;
}

}  // namespace
}  // namespace leafgate::net::first_words_test
