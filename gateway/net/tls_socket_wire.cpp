#include "gateway/net/tls_socket_wire.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <stdexcept>

#include <openssl/bio.h>
#include <sys/socket.h>

namespace leafgate::net {
namespace {

TlsWire& wire_of(BIO* bio) { return *static_cast<TlsWire*>(BIO_get_data(bio)); }

std::size_t take_prefix(TlsWire& wire, char* into, std::size_t size) {
  const auto count = wire.prefix.copy(into, size, wire.taken);
  wire.taken += count;
  if (wire.taken == wire.prefix.size()) {
    wire.prefix = std::string();
    wire.taken = 0;
  }
  return count;
}

// The results of BIO_read_ex and BIO_write_ex: 1 with a count, or 0 and perhaps "retry".
int read(BIO* bio, char* into, std::size_t size, std::size_t* count) {
  TlsWire& wire = wire_of(bio);
  BIO_clear_retry_flags(bio);
  if (!wire.prefix.empty()) {
    *count = take_prefix(wire, into, size);
    return 1;
  }
  const ssize_t got = ::recv(wire.descriptor, into, size, MSG_DONTWAIT);
  if (got > 0) {
    *count = static_cast<std::size_t>(got);
    wire.got += *count;
    return 1;
  }
  if (got == 0) wire.ended = true;
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_read(bio);
  return 0;
}

int write(BIO* bio, const char* from, std::size_t size, std::size_t* count) {
  TlsWire& wire = wire_of(bio);
  BIO_clear_retry_flags(bio);
  const ssize_t sent = ::send(wire.descriptor, from, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0) {
    *count = static_cast<std::size_t>(sent);
    wire.sent += *count;
    return 1;
  }
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) BIO_set_retry_write(bio);
  return 0;
}

long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return wire_of(bio).ended ? 1 : 0;
  return 0;
}

using Method = std::unique_ptr<BIO_METHOD, decltype([](BIO_METHOD* method) { BIO_meth_free(method); })>;

Method make_method() {
  Method method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "leafgate socket"));
  const bool made = method && BIO_meth_set_read_ex(method.get(), read) == 1 &&
                    BIO_meth_set_write_ex(method.get(), write) == 1 &&
                    BIO_meth_set_ctrl(method.get(), control) == 1;
  if (!made) throw std::runtime_error("openssl: no BIO method");
  return method;
}

}  // namespace

bio_st* make_bio(TlsWire& wire) {
  static const Method method = make_method();
  BIO* bio = BIO_new(method.get());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, &wire);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace leafgate::net
