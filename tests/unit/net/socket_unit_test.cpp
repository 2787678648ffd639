#include "gateway/net/socket_unit.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace leafgate::net::socket_unit_test {
namespace {

TEST(SocketUnit, lists_every_address_in_place_of_the_units_own) {
  const std::vector<std::string> addresses = {"0.0.0.0:443", "[::]:8883", "127.0.0.1:0"};
  EXPECT_EQ(socket_drop_in(addresses),
            "# /etc/systemd/system/leafgate.socket.d/listen.conf\n"
            "# then: systemctl daemon-reload && systemctl stop leafgate.socket leafgate &&\n"
            "#       systemctl enable --now leafgate.socket && systemctl start leafgate\n"
            "[Socket]\n"
            "ListenStream=\n"
            "FreeBind=yes\n"
            "BindIPv6Only=ipv6-only\n"
            "ListenStream=0.0.0.0:443\n"
            "ListenStream=[::]:8883\n");
}

}  // namespace
}  // namespace leafgate::net::socket_unit_test
