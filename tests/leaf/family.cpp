#include "tests/leaf/family.hpp"

#include <algorithm>

namespace leafgate::leaf {
namespace {

using nlohmann::json;

// Versions are those the sheet was read from (§0).
const std::vector<Family> table{
    {FamilyName::node,
     "node",
     "2019-03-31",
     "azure-iot-provisioning-device%2F1.9.2",
     true,
     180,
     1,
     RidStyle::guid,
     PollBody::space,
     OnThrottle::retry,
     true,
     30,
     30,
     {SrStyle::raw, false, true, "registration", 3600}},
    {FamilyName::python,
     "python",
     "2019-03-31",
     "azure-iot-device-provisioning-py%2F2.14.0%283.11.2%3BLinux%20%231%20SMP%3Bx86_64%29",
     false,
     60,
     1,
     RidStyle::guid,
     PollBody::space,
     OnThrottle::retry,
     true,
     30,
     30,
     {SrStyle::upper, false, false, nullptr, 3600}},
    {FamilyName::c,
     "c",
     "2021-06-01",
     "1.15.0",
     true,
     0,
     0,
     RidStyle::counter,
     PollBody::as_register,
     OnThrottle::retry,
     false,
     0,
     0,
     {SrStyle::lower, true, false, "registration", 2400}},
    {FamilyName::csharp,
     "csharp",
     "2019-03-31",
     "Microsoft.Azure.Devices.Provisioning.Client%2F1.19.3%20%28.NET%208.0.0%3B%20Linux%3B%20X64%29",
     true,
     0,
     1,
     RidStyle::counter,
     PollBody::empty,
     OnThrottle::give_up,
     false,
     60,
     60,
     {SrStyle::upper, false, false, "registration", 86400}},
    {FamilyName::java,
     "java",
     "2019-03-31",
     "2019-03-31",
     false,
     230,
     0,
     RidStyle::counter,
     PollBody::empty,
     OnThrottle::give_up,
     false,
     60,
     10,
     {SrStyle::raw, false, false, "", 3600}},
    {FamilyName::embedded_c,
     "embedded-c",
     "2019-03-31",
     nullptr,
     false,
     240,
     1,
     RidStyle::constant_one,
     PollBody::empty,
     OnThrottle::retry_429_and_500,
     false,
     0,
     0,
     {SrStyle::mixed, false, false, nullptr, 3600}},
};

}  // namespace

const std::vector<Family>& families() { return table; }

const Family* find_family(std::string_view word) {
  const auto at = std::find_if(table.begin(), table.end(), [&](const Family& f) { return f.word == word; });
  return at == table.end() ? nullptr : &*at;
}

std::string register_body(const Family& family, const std::string& registration_id, const json& payload) {
  switch (family.name) {
    case FamilyName::python:
      return json{{"payload", payload}, {"registrationId", registration_id}}.dump();
    case FamilyName::csharp:
      return payload.is_null() ? std::string() : json{{"payload", payload}}.dump();
    case FamilyName::java:
      if (payload.is_null()) break;
      return json{{"registrationId", registration_id}, {"payload", payload.dump()}}.dump();
    default:
      if (payload.is_null()) break;
      return json{{"registrationId", registration_id}, {"payload", payload}}.dump();
  }
  return json{{"registrationId", registration_id}}.dump();
}

int poll_delay_ms(const Family& family, bool after_register, std::optional<long> retry_after, int previous_ms,
                  double jitter) {
  const auto seconds = [](long s) { return static_cast<int>(std::clamp(s, 0L, 86'400L)) * 1000; };
  switch (family.name) {
    case FamilyName::node:
      return retry_after ? seconds(*retry_after) : 2000;
    case FamilyName::python:
      return retry_after && !after_register ? seconds(*retry_after) : 2000;
    case FamilyName::c:
      if (!retry_after) return previous_ms > 0 ? previous_ms : 1000;
      return *retry_after < 1 || *retry_after > 300 ? 1000 : seconds(*retry_after);
    case FamilyName::csharp: {
      const int base = retry_after ? std::max(2000, seconds(*retry_after)) : 2000;
      return base + static_cast<int>(5000 * jitter);
    }
    case FamilyName::java:
      return retry_after && *retry_after >= 2 && *retry_after <= 5 ? seconds(*retry_after) : 2000;
    case FamilyName::embedded_c:
      return seconds(std::max(1L, retry_after.value_or(1)));
  }
  return 2000;
}

bool retries(const Family& family, int status) {
  if (status < 429) return false;
  if (family.on_throttle == OnThrottle::retry_429_and_500) return status == 429 || status == 500;
  return family.on_throttle == OnThrottle::retry;
}

}  // namespace leafgate::leaf
