#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/app/config.hpp"
#include "gateway/crypto/server_identity.hpp"
#include "gateway/crypto/tls_context.hpp"

namespace leafgate {

// By what a change of the two files is seen. Links are followed: renewal hooks like to move them.
struct FileStamp {
  struct File {
    std::int64_t changed = 0;  // nanoseconds
    std::int64_t size = -1;    // not there
    std::uint64_t inode = 0;
    friend bool operator==(const File&, const File&) = default;
  };
  File certificate;
  File key;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};
[[nodiscard]] FileStamp stamp_of(const CertificatePair& pair);

// A pair that was read, and one context of it for each loop.
struct LoadedPair {
  crypto::ServerIdentity identity;
  std::vector<std::shared_ptr<crypto::TlsContext>> contexts;
};

// Reads a pair and makes its contexts: all that a handshake will need. Blocking. Errors name the file: those
// of ServerIdentity::load and TlsContext::server.
[[nodiscard]] Result<LoadedPair> load_pair(const CertificatePair& pair, std::size_t loops,
                                           const std::shared_ptr<crypto::TicketKeys>& tickets);

// Such an error with the key of the configuration that names the file, for who has to mend it there.
[[nodiscard]] Error with_key(const CertificatePair& pair, const Error& error);

// Whether such an error may be that of files which are just being written.
[[nodiscard]] bool looks_half_written(Errc error);

}  // namespace leafgate
