#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <boost/system/result.hpp>

namespace leafgate {

// Why an operation did not give what was asked. Closed: a new kind of failure is a new row here and in
// to_text.
enum class Errc : std::uint8_t {
  malformed,     // bytes from outside that do not parse
  too_large,     // a stated bound was passed
  unsupported,   // well formed, but nothing this program does
  not_found,     // no such record, file or name
  conflict,      // contradicts what is held
  in_use,        // somebody else holds what only one can have: trying later helps
  refused,       // the peer, or a proof, said no
  unreachable,   // no connection: DNS, TCP, TLS, or the peer closed in mid-answer
  untrusted,     // the peer's certificate is not who it should be, or not signed by who is trusted here
  proxy_failed,  // the proxy on the way refused, or is none
  own_address,   // the name to connect to leads back to this program
  timed_out,     // the deadline passed first
  stopped,       // this program is stopping, or the caller gave up
  throttled,     // a limit of ours or of the peer; trying later helps
  implausible,   // an answer that cannot be what it claims to be
  store_full,    // no room on the disk: nothing was written, trying later helps
  store_fault,   // the disk or the database failed: nothing more may be promised
  internal,      // a bug or an exhausted resource here
};

[[nodiscard]] std::string_view to_text(Errc code);

// An error as a value: the kind for programs, the detail for the engineer. The detail never holds a secret
// and never goes to a leaf.
struct [[nodiscard]] Error {
  Error() : code(Errc::internal) {}  // boost's result<T, E>::error() of a success gives this
  Error(Errc c, std::string d) : code(c), detail(std::move(d)) {}
  Errc code;
  std::string detail;
};

// A value or an Error. Derived because boost::system::result of Boost 1.81 is not nodiscard.
template <class T>
class [[nodiscard]] Result : public boost::system::result<T, Error> {
 public:
  using boost::system::result<T, Error>::result;
};

// Called by boost::system::result when value() is asked of an error: that is a bug of the caller.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace leafgate
