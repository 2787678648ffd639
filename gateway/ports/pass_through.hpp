#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/model/time.hpp"
#include "gateway/ports/presence.hpp"
#include "gateway/ports/registrar.hpp"

namespace leafgate::crypto {
class Certificate;
}

namespace leafgate {

// A connection that went through untouched to the provisioning service, or should have and did not reach it,
// when it has ended.
struct PassedSession {
  Source source;
  std::string server_name;  // the service's name, as the leaf asked for it
  std::string claimed_id;   // CN of the certificate shown, as written; empty when none could be seen
  WallTime begun{};
  bool answered = false;  // the service spoke to the leaf after both handshakes were done
};

// Inward, asked by the tunnel at a ClientHello and told what became of it (semantics §6). Any loop; answers
// at once; bounded memory.
class PassThrough {
 public:
  virtual ~PassThrough() = default;

  // Whether the next connection of this address under a name of the service goes through: its leaf has just
  // shown a certificate that cannot be answered here. Uses up one of the passes it was given then. Gives the
  // registrationId it claimed. Nothing while the service cannot be reached. `connection` is ended as soon as
  // the leaf, or one that it may be as well, is kept out.
  virtual std::optional<std::string> take(std::string_view address,
                                          const std::shared_ptr<Presence>& connection) = 0;
  // A connection that goes through to the service, by a pass or without, has shown this certificate in clear
  // (TLS 1.2). It is ended as soon as that one is kept out, at once where it is already.
  virtual void shown(std::shared_ptr<Presence> connection, std::string address,
                     crypto::Certificate certificate) = 0;
  // As the forwarder has found out. While it is away nothing goes through to it: who comes is answered here.
  [[nodiscard]] virtual bool service_is_up() const = 0;
  // Whether this hub (lower case) was handed out to a leaf here.
  [[nodiscard]] virtual bool handed_out(std::string_view hub) const = 0;

  virtual void ended(PassedSession session) = 0;
  // A connection from this address was passed on to this hub, which took it.
  virtual void seen_toward(std::string_view hub, std::string_view address) = 0;
};

}  // namespace leafgate
