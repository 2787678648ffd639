#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/app/config.hpp"
#include "gateway/model/result.hpp"

namespace leafgate {

// What is kept of one pair: the certificates that leaves were shown last under a name, and what is known of
// the files around them.
struct LastShown {
  CertificatePair from;    // the files they were read from
  std::string key_behind;  // where from.key is a link, the file it led to then
  // Named by a configuration that a running gateway took, and refused: what it shows is still `from`.
  std::optional<CertificatePair> named_since;
  std::string pem;   // the chain
  std::string file;  // where all this stands; as PEM it is the chain

  // Whether a gateway ran with these files before, shown or refused.
  [[nodiscard]] bool is_of(const CertificatePair& pair) const { return pair == from || pair == named_since; }
  // The kept certificates with every key that may be theirs: that of `pair` first, then those they had.
  [[nodiscard]] std::vector<CertificatePair> with_keys(const CertificatePair& pair) const;
};

// The certificates that leaves were shown last, kept in the state folder together with the names of the files
// they were read from. Never their keys, which stay where the operator keeps them. A start uses them for two
// things. Files that were good here once and are not now are a renewal that went wrong, and no reason to stay
// away; nor are names that a running gateway was told and went on without. Files that never were are a
// mistake of who set them up, and told at once. And a renewal that was cut off between certificate and key
// may have left the old key, under its name or behind the link that its name was: with the certificate kept
// here that is the old pair. Blocking.
class KeptCertificates {
 public:
  // The folder needs to be there for keep() alone.
  explicit KeptCertificates(std::string state_dir) : folder_(std::move(state_dir)) {}

  // Nothing where nothing is kept. Errors: store_fault (it cannot be read), malformed (nor understood): then
  // nobody knows what there was.
  [[nodiscard]] Result<std::optional<LastShown>> last_of(const std::string& server_name) const;
  // Durable, whole or not at all; writes nothing when that is what is kept. `pem` is the chain. Forgets what
  // was named since. Errors: store_full, store_fault.
  [[nodiscard]] Result<void> keep(const CertificatePair& pair, const std::string& pem) const;
  // Notes beside what is kept, where something is, that a running gateway was told these names, and refused
  // what they lead to. Durable; writes nothing when they are known. Errors: those of last_of(), store_full.
  [[nodiscard]] Result<void> note_named(const CertificatePair& pair) const;

 private:
  [[nodiscard]] std::string file_of(const std::string& server_name) const;
  std::string folder_;
};

}  // namespace leafgate
