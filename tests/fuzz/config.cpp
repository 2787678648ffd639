#include "gateway/app/config.hpp"

#include <cstdlib>

#include "gateway/model/bytes.hpp"
#include "gateway/model/ids.hpp"

using namespace leafgate;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// A ceiling that a file could lift would be none.
void check(const Config& config) {
  constexpr std::size_t kib = 1024;
  require(IdScope::parse(config.id_scope).has_value());
  require(!config.tls_certificate.empty() && !config.tls_key.empty() && !config.state_dir.empty());
  require(config.service_port >= 1 && config.service_port <= 65'535);
  require(config.connections >= 1 && config.connections <= 10'240);
  require(config.handshakes_in_progress >= 1 && config.connections_per_source >= 1);
  require(config.packet.count >= 4 * kib && config.packet.count <= 96 * kib);
  require(config.packet_before_authentication.count >= kib);
  require(config.handshake_time > Millis(0) && config.connect_time > Millis(0) && config.idle > Millis(0));
}

}  // namespace

// A configuration is good within its bounds, or every complaint says something.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto loaded = read_config("leafgate.toml", as_text(ByteView(data, size)));
  if (const auto* config = std::get_if<Config>(&loaded)) {
    check(*config);
    return 0;
  }
  const auto& errors = std::get<std::vector<ConfigError>>(loaded);
  require(!errors.empty());
  for (const ConfigError& error : errors) require(!error.text.empty() && error.file == "leafgate.toml");
  return 0;
}
