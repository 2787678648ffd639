"""A network of its own for a test that needs fixed ports: the ports of DPS are fixed in the SDKs over HTTPS and WebSocket."""

import fcntl
import os
import socket
import struct
import sys

INSIDE = "LEAFGATE_OWN_NETWORK"
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1


def enter():
    """Starts this very script again in a new network namespace whose only interface is a loopback that is up."""
    if os.environ.get(INSIDE) != "yes":
        options = ["-n"] if os.geteuid() == 0 else ["-rn"]
        os.execvpe("unshare", ["unshare", *options, sys.executable, *sys.argv], dict(os.environ, **{INSIDE: "yes"}))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = struct.unpack("16sh", fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh", b"lo", 0)))[1]
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", flags | IFF_UP))
