#include "adapters/mqtt/broker/answers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace leafgate::broker {
namespace {

constexpr std::array<std::pair<int, std::string_view>, 20> texts{{
    {0x01, "does not speak this version of MQTT"},
    {0x02, "does not accept the client identifier"},
    {0x03, "is not available"},
    {0x04, "bad user name or password"},
    {0x05, "not authorized"},
    {0x80, "unspecified error"},
    {0x81, "malformed packet"},
    {0x82, "protocol error"},
    {0x84, "does not speak this version of MQTT"},
    {0x85, "does not accept the client identifier"},
    {0x86, "bad user name or password"},
    {0x87, "not authorized"},
    {0x88, "is not available"},
    {0x89, "is busy"},
    {0x8a, "banned"},
    {0x8b, "is shutting down"},
    {0x8d, "heard nothing of us for too long"},
    {0x8e, "another client took our identifier"},
    {0x97, "quota exceeded"},
    {0x9f, "connection rate exceeded"},
}};

}  // namespace

std::string code_text(int code) {
  const auto* found =
      std::find_if(texts.begin(), texts.end(), [code](const auto& row) { return row.first == code; });
  if (found != texts.end()) return std::string(found->second);
  return "code " + std::to_string(code);
}

bool is_version_refused(int code) { return code == 0x01 || code == 0x84; }

}  // namespace leafgate::broker
