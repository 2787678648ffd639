#include "gateway/net/client_hello.hpp"

#include <cstdlib>

using namespace leafgate;
using State = net::ClientHello::State;

// A complete hello stays complete, with the same name, whatever follows; "more" names a reachable length.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t limit = 4096;
  const ByteView octets(data, size);
  const auto hello = net::parse_client_hello(octets, limit);
  if (hello.state == State::more && (hello.need <= size || hello.need > limit)) std::abort();
  if (hello.state != State::complete && !hello.server_name.empty()) std::abort();
  if (hello.state == State::complete) {
    Bytes longer(octets.begin(), octets.end());
    longer.push_back(0xff);
    const auto again = net::parse_client_hello(longer, limit);
    if (again.state != State::complete || again.server_name != hello.server_name) std::abort();
  }
  return 0;
}
