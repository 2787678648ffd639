#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/tunnel/network.hpp"
#include "gateway/model/time.hpp"
#include "gateway/net/connector.hpp"

namespace leafgate::tunnel {

// Hubs that pass: none, or those that were handed out here.
enum class Hubs { off, assigned };

// Whether `name` is one of `suffixes` or under one.
[[nodiscard]] bool is_under(std::string_view name, const std::vector<std::string>& suffixes);
// Under the domains in which Azure keeps its hubs.
[[nodiscard]] bool is_hub_of_azure(std::string_view name);

// What an operator says of names and sources ([tunnel] of the configuration). Names are in lower case. The
// functions are called on every loop, at the same time.
struct Rules {
  using Names = std::function<bool(std::string_view name)>;

  std::vector<std::string> server_names;  // of the provisioning service
  std::vector<Network> sources;           // whose connections to it always pass
  Hubs hubs = Hubs::off;
  Names looks_like_hub = is_hub_of_azure;                  // such a name is not answered with our certificate
  Names is_ours = [](std::string_view) { return false; };  // but one that our certificates are made for
  std::map<std::string, net::Target, std::less<>> routes;  // to a neighbour on the box, by name
  std::map<std::string, net::Target, std::less<>> dial;    // another place than the name says, by "name:port"
};

struct Limits {
  std::size_t tunnels = 1024;        // at a time, all loops together
  std::size_t of_source = 512;       // of these, of one source
  std::uint64_t octets = 1U << 20U;  // of a session with the service, both directions together
  Millis time{300'000};              // of the same
  Millis silence{30'000};            // of the same; of others until the far side has spoken, and at their end
  Millis dial{10'000};               // to reach the other end
};

}  // namespace leafgate::tunnel
