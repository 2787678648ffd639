#pragma once

#include <memory>
#include <string>

#include "gateway/crypto/x509.hpp"

namespace leafgate {

// The leaves of a site that is cut off for long, by what policy allows them.
enum class Kind {
  trusted_long,   // its enrollment says 500 days
  trusted_short,  // offline.max_age: 30 days of powered time
  told_ahead,     // new while the service is away, one hub possible
  waiting,        // new while it is away
  changing,       // trusted long, with another payload from day 100 on
  by_certificate_long,
  by_certificate_short,
  renewing,          // by the CA of a group: its certificate lives 90 days, and it renews it in time
  renewing_by_link,  // the same, and the service assigned it by what it signed on the line
};

struct Leaf {
  std::string id;
  Kind kind;
  int from_day = 0;  // it first comes then
  std::string token;
  std::shared_ptr<const crypto::CertificateChain> chain;
  int renews_on = 0;     // the day its next certificate comes
  bool renewed = false;  // it shows another one than it was assigned by
};

inline bool is_new(Kind kind) { return kind == Kind::told_ahead || kind == Kind::waiting; }
inline bool is_by_certificate(Kind kind) {
  return kind == Kind::by_certificate_long || kind == Kind::by_certificate_short;
}
inline bool is_renewing(Kind kind) { return kind == Kind::renewing || kind == Kind::renewing_by_link; }

}  // namespace leafgate
