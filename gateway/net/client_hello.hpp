#pragma once

#include <cstddef>
#include <string>

#include "gateway/model/bytes.hpp"

namespace leafgate::net {

// What the first octets of a connection say, before any SSL object exists.
struct ClientHello {
  enum class State {
    more,       // a good beginning; ask again with at least `need` octets
    complete,   // `server_name` is filled in
    not_tls,    // no TLS handshake record
    malformed,  // a TLS record without a readable ClientHello
    too_large,  // longer than the limit
  };
  State state = State::more;
  std::size_t need = 0;     // more: total number of octets wanted before asking again, never above the limit
  std::string server_name;  // SNI host name in lower case, without a final dot; empty when none was sent
};

// Reads a ClientHello over records and handshake fragments (RFC 8446 §4.1.2, §5.1; RFC 6066 §3). Pure; looks
// at structure only, so that OpenSSL stays the judge of everything else. `limit` bounds the octets of the
// records and of the message.
[[nodiscard]] ClientHello parse_client_hello(ByteView octets, std::size_t limit);

}  // namespace leafgate::net
