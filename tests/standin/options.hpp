#pragma once

#include <string>
#include <vector>

#include "tests/standin/instance.hpp"
#include "tests/standin/server.hpp"

namespace leafgate::standin {

struct Options {
  std::string listen = "127.0.0.1:0";
  std::string certificate;
  std::string key;
  TlsRules tls;
  std::string enrollments;
  std::string state;
  std::vector<std::string> hubs;
  std::string faults;
  std::string port_file;
  std::string log_file;
  std::string mqtt_listen;  // empty: not over MQTT
  std::string mqtt_port_file;
  std::vector<std::string> hub_listen;  // none: no hub
  std::string hub_certificate;
  std::string hub_key;
  std::string hub_port_file;
  std::string control;
  std::string control_file;
  Settings settings;
};

// Returns -1 when the program should go on, else its exit status (after help or a usage error, printed).
int parse_options(int argc, char** argv, Options& options);

}  // namespace leafgate::standin
