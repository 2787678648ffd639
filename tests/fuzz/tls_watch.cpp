#include "adapters/tunnel/tls_watch.hpp"

#include <algorithm>
#include <cstdlib>

using namespace leafgate;
using namespace leafgate::tunnel;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void feed(TlsWatch& watch, bool client, ByteView octets) {
  if (client) {
    watch.from_client(octets);
  } else {
    watch.from_server(octets);
  }
}

}  // namespace

// What two sides say to each other: pieces, each with two octets before it that tell its side and length. The
// first octet of all says where each piece is cut: that changes nothing of what is told.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  TlsWatch whole;
  TlsWatch parts;
  ByteView rest = ByteView(data, size).subspan(1);
  while (rest.size() > 2) {
    const bool client = (rest[0] & 0x80U) == 0;
    const std::size_t length = static_cast<std::size_t>(rest[0] & 0x7fU) << 8U | rest[1];
    const ByteView piece = rest.subspan(2, std::min(length, rest.size() - 2));
    const std::size_t cut = data[0] * piece.size() / 256;
    feed(whole, client, piece);
    feed(parts, client, piece.first(cut));
    feed(parts, client, piece.subspan(cut));
    rest = rest.subspan(2 + piece.size());
  }
  require(whole.answered() == parts.answered() && whole.is_over() == parts.is_over());
  require(whole.alert_of_client() == parts.alert_of_client());
  require(whole.alert_of_server() == parts.alert_of_server());
  const Bytes certificate = whole.take_certificate();
  require(certificate == parts.take_certificate());
  // Every octet of it was said.
  require(certificate.size() <= TlsWatch::largest && certificate.size() < size);
  return 0;
}
