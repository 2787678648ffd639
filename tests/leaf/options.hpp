#pragma once

#include <string>

#include "tests/leaf/fleet.hpp"

namespace leafgate::leaf {

struct Options {
  std::string host;
  std::string port = "8883";
  std::string ca_file;
  std::string tls;
  std::string certificate_file;  // X.509 instead of a key: the leaf's certificate, then those above it
  std::string certificate_key;
  bool fleet = false;
  FleetPlan plan;
  Link link;
};

// Returns -1 when the program should go on, else its exit status (after help or a usage error, printed).
int parse_options(int argc, char** argv, Options& options);

}  // namespace leafgate::leaf
