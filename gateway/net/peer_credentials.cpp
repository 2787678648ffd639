#include "gateway/net/peer_credentials.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>

namespace leafgate::net {

bool PeerCredentials::in_group(gid_t group) const {
  return gid == group || std::find(groups.begin(), groups.end(), group) != groups.end();
}

Result<PeerCredentials> peer_credentials(int descriptor) {
  ucred kernel{};
  socklen_t size = sizeof kernel;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &kernel, &size) != 0)
    return Error(Errc::unsupported, "the socket does not tell its peer's credentials");
  PeerCredentials who;
  who.uid = kernel.uid;
  who.gid = kernel.gid;
  who.pid = kernel.pid;
  who.groups.resize(64);
  for (;;) {
    size = static_cast<socklen_t>(who.groups.size() * sizeof(gid_t));
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, who.groups.data(), &size) == 0) {
      who.groups.resize(size / sizeof(gid_t));
      return who;
    }
    if (errno != ERANGE) break;  // ERANGE: `size` tells how much room the kernel wants
    who.groups.resize(size / sizeof(gid_t));
  }
  who.groups.clear();
  return who;
}

}  // namespace leafgate::net
