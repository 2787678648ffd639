#include "gateway/net/socket_unit.hpp"

#include <algorithm>

namespace leafgate::net {

std::string socket_drop_in(std::span<const std::string> addresses) {
  std::string out;
  out.append("# ").append(socket_drop_in_path).append("\n");
  // systemd starts no socket of a service that runs, nor opens other addresses for one that is open.
  out.append("# then: systemctl daemon-reload && systemctl stop leafgate.socket leafgate &&\n");
  out.append("#       systemctl enable --now leafgate.socket && systemctl start leafgate\n");
  out.append("[Socket]\n");
  out.append("ListenStream=\n");  // an empty one clears the list of the unit
  out.append("FreeBind=yes\n");
  const auto is_v6 = [](const std::string& address) { return address.starts_with('['); };
  if (std::any_of(addresses.begin(), addresses.end(), is_v6)) out.append("BindIPv6Only=ipv6-only\n");
  for (const std::string& address : addresses)
    if (!address.ends_with(":0")) out.append("ListenStream=").append(address).append("\n");
  return out;
}

}  // namespace leafgate::net
