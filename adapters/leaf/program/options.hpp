#pragma once

#include <cstdint>
#include <string>

namespace leafgate::device {

// What the command line says.
struct Options {
  std::string tty;
  unsigned baud = 115200;
  unsigned address = 0;
  std::string uid;  // 16 hex digits; empty: from the registrationId
  std::string broker;
  std::string ca_file;
  std::string username;
  std::string password_file;

  std::string registration_id;
  std::string key_file;
  std::string certificate;
  std::string certificate_key;
  std::string tcti;
  std::string gateway_pin;  // 32 octets, or empty

  std::string payload_file;
  bool whole_transcript = false;
  bool loop = false;
  bool print_enrollment = false;
  unsigned every = 3600;
  unsigned timeout = 120;
};

// Returns -1 to go on, else the status to exit with; what is wrong was said to stderr.
int parse_options(int argc, char** argv, Options& options);

}  // namespace leafgate::device
