#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/types.h>

#include "tests/standin/test/https_client.hpp"

namespace leafgate::standin {

inline constexpr const char* test_scope = "0ne00ABCDEF";
// Bytes 00..3f, the group key of the sheet's vectors (§3.3).
inline constexpr const char* test_group_key =
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";
inline constexpr const char* test_individual_key = "vXyjCN9WmXMXNP2l7VNnSTiDmhM0NRJgA4O54l2sQbY=";

// The program itself, started on free ports in a folder of its own and stopped at the end.
class StandinProcess {
 public:
  StandinProcess();
  ~StandinProcess();
  StandinProcess(const StandinProcess&) = delete;
  StandinProcess& operator=(const StandinProcess&) = delete;

  void start(const std::vector<std::string>& more_options);
  // SIGTERM; returns the exit status.
  int stop();

  Answer control(const std::string& method, const std::string& target, const std::string& body = "") const;
  const std::string& folder() const { return folder_; }
  std::uint16_t port() const { return ports_.at("listening").front(); }
  std::uint16_t mqtt_port() const { return ports_.at("mqtt").front(); }
  const std::vector<std::uint16_t>& hub_ports() const { return ports_.at("hub"); }

 private:
  std::string folder_;
  pid_t pid_ = -1;
  std::map<std::string, std::vector<std::uint16_t>> ports_;  // by what the program says of them
};

// Tokens in the clear-sr spelling, valid for an hour.
std::string group_token(const std::string& id);
std::string key_token(const std::string& id, const std::string& base64_key, long expires_in = 3600,
                      const std::string& scope = test_scope);
// Of a shared access policy, for a resource of the service API.
std::string policy_token(const std::string& resource, const std::string& policy,
                         const std::string& base64_key, long expires_in = 3600);
std::string register_target(const std::string& id, const std::string& scope = test_scope);
std::string poll_target(const std::string& id, const std::string& operation);

}  // namespace leafgate::standin
