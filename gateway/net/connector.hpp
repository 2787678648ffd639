#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/crypto/tls_context.hpp"
#include "gateway/net/name_lookup.hpp"
#include "gateway/net/own_addresses.hpp"
#include "gateway/net/socket.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/tls_socket.hpp"

namespace leafgate::net {

// Where to dial, and whom to expect there.
struct Target {
  std::string host;  // name or IP address to dial
  std::uint16_t port = 443;
  std::string server_name;  // SNI and name in the certificate; empty: the same as host
};

// An HTTP proxy on the way out, asked by CONNECT. It gets the target's name unresolved: behind it nothing has
// to be known of the world's names.
struct ProxyServer {
  std::string host;
  std::uint16_t port = 0;
  std::string credentials;  // "user:password" for Basic; empty: none. Never logged
};

// Which way a connection goes, and where its name may lead. Never to a listener of ours.
enum class Reach {
  anywhere,   // by the proxy, if there is one
  elsewhere,  // the same, and only to other machines: no address of ours, of a single link or of many at
              // once. Behind a proxy the names are the proxy's to judge
  direct,     // past the proxy: an operator named the place
};

// Opens outgoing connections of one loop: name, TCP, the proxy if there is one, TLS with a checked server
// name. Outlives the streams it makes, and every connect() and dial(); destroyed on its loop, or after it.
class Connector {
 public:
  // `context` may be null where nothing but dial() is called.
  Connector(const Executor& executor, std::shared_ptr<crypto::TlsContext> context,
            NameLookup::Resolve resolve = resolve_here);

  // Before the first connect().
  void use_proxy(ProxyServer proxy) { proxy_ = std::move(proxy); }
  // Instead of it, where what the way needs is not there: each connect() ends with this, and each dial() that
  // is not direct. `context` may be null then.
  void bar(Error why) { barred_ = std::move(why); }
  // Where this program listens: never connected to. May change at any time.
  [[nodiscard]] OwnAddresses& own_addresses() { return own_; }

  // A stream after its handshake, with this deadline still set. Errors, each with what failed (name, each
  // address, TLS): timed_out; stopped; unreachable; own_address (the name leads to a listener of ours, or to
  // an address of this machine where nobody listens); proxy_failed, for all trouble with and by the proxy;
  // untrusted (the certificate).
  Task<Result<std::unique_ptr<Stream>>> connect(Target target, TimePoint deadline);

  // The same with the certificate of another, whose key stays with its owner. Errors also: refused,
  // implausible and conflict, as TlsSocket::delegate() says.
  Task<Result<std::unique_ptr<Stream>>> connect(Target target, TimePoint deadline, Delegation delegation);

  // The same without TLS of ours: a stream to whom it may be, as it is. Errors: as those of connect(),
  // without untrusted; also implausible (the name leads to an address that only one link knows, or to many).
  Task<Result<std::unique_ptr<Stream>>> dial(Target target, Reach reach, TimePoint deadline);

  // Ends everything this made with `stopped`, also what comes later. Waits for nobody.
  void stop();

 private:
  struct Attempt;
  struct Dialogue;
  struct Opened {  // a connection, and what was read from it already
    explicit Opened(Socket s) : socket(std::move(s)) {}
    Socket socket;
    std::string unread;
  };
  Task<Result<Opened>> open(const Target& target, Reach reach, TimePoint deadline);
  Task<Result<Opened>> open_by_proxy(const Target& target, TimePoint deadline);
  Task<Result<Socket>> connect_tcp(std::string host, std::uint16_t port, Reach reach, TimePoint deadline);

  Executor executor_;
  std::shared_ptr<crypto::TlsContext> context_;
  NameLookup names_;
  OwnAddresses own_;
  std::optional<ProxyServer> proxy_;
  std::optional<Error> barred_;
  Deadlines deadlines_;
  bool stopped_ = false;
};

}  // namespace leafgate::net
