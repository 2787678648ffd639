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
};

struct Leaf {
  std::string id;
  Kind kind;
  int from_day = 0;  // it first comes then
  std::string token;
  std::shared_ptr<const crypto::CertificateChain> chain;
};

inline bool is_new(Kind kind) { return kind == Kind::told_ahead || kind == Kind::waiting; }
inline bool is_by_certificate(Kind kind) {
  return kind == Kind::by_certificate_long || kind == Kind::by_certificate_short;
}

}  // namespace leafgate
