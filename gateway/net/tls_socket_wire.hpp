#pragma once

#include <cstddef>
#include <string>

struct bio_st;

namespace leafgate::net {

// What a TlsSocket's OpenSSL reads from and writes to: first the octets that were read before there was an
// SSL object, then the descriptor, never blocking and without SIGPIPE.
struct TlsWire {
  int descriptor = -1;
  std::string prefix;     // given back to the heap once read
  std::size_t taken = 0;  // of prefix
  std::size_t sent = 0;   // octets handed to the kernel so far
  std::size_t got = 0;    // octets had from the kernel so far
  bool ended = false;     // the peer's end of the octets was seen
};

// A BIO over `wire`, which must outlive it and stay where it is. Owned by the SSL object it is given to.
[[nodiscard]] bio_st* make_bio(TlsWire& wire);

}  // namespace leafgate::net
