#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/model/result.hpp"
#include "gateway/model/time.hpp"
#include "gateway/runtime/task.hpp"

namespace leafgate {

enum class Health { ok, warn, fail };
[[nodiscard]] std::string_view to_text(Health health);

// One line of the self test.
struct Finding {
  std::string check;  // stable name: "clock", "service-tls", "listener"
  Health health = Health::ok;
  std::string what;  // what was looked at, and found
  std::string why;   // what that means for the leaves; empty when all is well
  std::string next;  // what the engineer can do
};

// A leaf that does not exist, made for one run of the self test.
struct SyntheticLeaf {
  std::string scope;
  std::string registration_id;
  std::string token;  // a shared access signature by a key of this run. A secret while it lives
};

// How a synthetic leaf fared at one listener.
struct ListenerVisit {
  Millis handshake{};    // until the TLS handshake was done
  Millis answer{};       // from then to the answer to its registration
  std::string answered;  // in short, what was said: "assigned"
};

// One place where leaves are awaited.
struct VisitedListener {
  enum class Wire { mqtt, https, mqtt_ws };
  Wire wire = Wire::mqtt;
  std::string host;  // where to dial: a numeric address
  std::uint16_t port = 0;
  std::string server_name;       // by which the leaf asks; in the certificate
  std::string certificate_file;  // where what is shown was read from
  std::string pem;               // and its chain: no other may be shown
  bool dates_count = true;       // of that chain; not while the clock is wrong
};

// Outward: goes to a listener of ours as a leaf would. Errors: unreachable, timed_out, untrusted (another
// certificate), malformed (no answer of our kind), refused (the answer was no),
// stopped.
class ListenerVisitor {
 public:
  virtual ~ListenerVisitor() = default;
  virtual Task<Result<ListenerVisit>> visit(VisitedListener where, SyntheticLeaf leaf) = 0;
  // Ends the visit that is under way, and each later one, with `stopped`.
  virtual void stop() {}
};

// What was found on the way to the service.
struct ServiceVisit {
  std::vector<std::string> addresses;  // of its name; empty behind a proxy, which resolves
  Millis resolved{};
  Millis connected{};  // until the TLS handshake was done
  int http_status = 0;
  bool is_dps = false;  // it answered in the words of the device API
  std::string said;     // otherwise: what kind of answer it was
};

// Outward: looks at the service without registering anybody. Errors: as net::Connector, and each is a
// finding.
class ServiceVisitor {
 public:
  virtual ~ServiceVisitor() = default;
  virtual Task<Result<ServiceVisit>> visit() = 0;
  // The credential of the service's own API, tried. Errors: not_found (none is configured), malformed
  // (the start could not use its file), refused (the service does not take it), what the way there gives.
  virtual Task<Result<void>> try_api() = 0;
};

// The disk under the state folder.
struct DiskFacts {
  std::int64_t free = 0;  // octets
  std::int64_t size = 0;
  Millis slowest_sync{};  // of a few small writes
};

// A certificate that is shown to leaves.
struct ShownCertificate {
  std::string file;
  std::string server_name;         // leaves that ask for it are shown this one; empty: all others
  std::vector<std::string> names;  // that stand in it
  Millis left{};                   // until the chain ends
  bool ends_soon = false;
  std::string pem;  // the chain, without the key
};

// Inward: the self test. Any loop; answers on the caller's; one run at a time. Errors: throttled (one runs).
class SelfTestOperator {
 public:
  virtual ~SelfTestOperator() = default;
  virtual Task<Result<std::vector<Finding>>> check() = 0;
};

}  // namespace leafgate
