#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/leaf/sas.hpp"

namespace leafgate::leaf {

enum class FamilyName { node, python, c, csharp, java, embedded_c };

enum class RidStyle { counter, guid, constant_one };
enum class PollBody { space, empty, as_register };
enum class OnThrottle { retry, give_up, retry_429_and_500 };

// What makes one SDK family's wire different from another's (device sheet §1.2, §1.5, §2.2, §3.1).
struct Family {
  FamilyName name;
  const char* word;
  const char* api_version;
  const char* client_version;  // as it stands in the username, already encoded; null = parameter absent
  bool clean_session;
  std::uint16_t keep_alive;
  int qos;  // of its publishes; it always subscribes with QoS 1
  RidStyle rid;
  PollBody poll_body;
  OnThrottle on_throttle;
  bool checks_rid;
  int put_wait;   // seconds it waits for an answer to register; 0 = for ever
  int poll_wait;  // the same for a poll
  TokenShape token;
};

const std::vector<Family>& families();
const Family* find_family(std::string_view word);

// `payload` null = none given.
std::string register_body(const Family& family, const std::string& registration_id,
                          const nlohmann::json& payload);

// Milliseconds until the next request. `retry_after` in seconds as the topic gave it, or nothing;
// `previous_ms` the delay used before (0 = none yet); `jitter` in 0..1.
int poll_delay_ms(const Family& family, bool after_register, std::optional<long> retry_after, int previous_ms,
                  double jitter);

bool retries(const Family& family, int status);

}  // namespace leafgate::leaf
