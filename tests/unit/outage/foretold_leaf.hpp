#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/crypto/x509.hpp"
#include "tests/fakes/software_tpm.hpp"

namespace leafgate {

// What is foretold of a leaf.
struct Promised {
  std::vector<bool> answered;  // by day
  bool only_if_known = false;  // nothing is promised: when its own certificate ends is not known
  bool unless_seen = false;    // not counted as answered, for its CA may not be here: its coming tells
};

// What a leaf comes with: a key, a certificate or a TPM.
struct LeafShows {
  std::string key{};
  std::shared_ptr<const crypto::CertificateChain> chain{};
  std::shared_ptr<const SoftwareTpm> tpm{};
  std::string payload{};
};

// A leaf as it is known when the uplink goes, and how it comes.
struct ForetoldLeaf {
  std::string id;
  LeafShows shows;
  std::optional<LeafShows> next;  // what it comes with from a day on; absent: it keeps what it has
  int changes_on = 0;
  bool has_changed = false;
  int comes_from = 0;               // on earlier days of the outage it does not come
  bool tells_payload_late = false;  // only with the token that its TPM has signed, as Node does
  bool is_approved = false;         // by an operator
  bool has_no_ca_here = false;      // whatever its enrollment is called
  Promised at_first{};
  Promised lately{};  // after it came last
};

}  // namespace leafgate
