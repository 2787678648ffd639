#pragma once

#include <vector>

#include <sys/types.h>

#include "gateway/model/result.hpp"

namespace leafgate::net {

// Who is at the other end of a Unix socket, as the kernel knows it at connect time. Source: unix(7)
// SO_PEERCRED; socket(7) SO_PEERGROUPS (supplementary groups, which SO_PEERCRED leaves out).
struct PeerCredentials {
  uid_t uid = static_cast<uid_t>(-1);
  gid_t gid = static_cast<gid_t>(-1);
  pid_t pid = 0;
  std::vector<gid_t> groups;

  [[nodiscard]] bool in_group(gid_t group) const;
};

// Errors: unsupported (not a connected Unix socket).
Result<PeerCredentials> peer_credentials(int descriptor);

}  // namespace leafgate::net
