"""SRL/1, the frames of a serial line (adapters/wire/leaf_link.cddl), without gateway code."""

from dataclasses import dataclass

POLL, DATA, ACK, DISCOVER, ASSIGN, MUTE, HELLO, NAK, RESET = 1, 2, 3, 4, 5, 6, 7, 8, 11
EVERYBODY, NOBODY = 255, 254
BUSY, TOO_LARGE, OUT_OF_ORDER, NOT_KNOWN = 1, 2, 3, 4


def crc32c(octets: bytes) -> bytes:
    crc = 0xFFFFFFFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return (crc ^ 0xFFFFFFFF).to_bytes(4, "little")


def cobs(plain: bytes) -> bytes:
    """Consistent Overhead Byte Stuffing; a block of 254 octets is followed by another, also by an empty one."""
    out, block = bytearray(), bytearray()
    for octet in plain:
        if octet:
            block.append(octet)
        if not octet or len(block) == 254:
            out += bytes([len(block) + 1]) + block
            block.clear()
    return bytes(out + bytes([len(block) + 1]) + block)


def from_cobs(coded: bytes) -> bytes:
    """Raises ValueError for a code that points past the end."""
    out, at = bytearray(), 0
    while at < len(coded):
        code = coded[at]
        if code == 0 or at + code > len(coded):
            raise ValueError("COBS")
        out += coded[at + 1:at + code]
        at += code
        if code != 255 and at < len(coded):
            out.append(0)
    return bytes(out)


@dataclass
class Frame:
    kind: int
    address: int
    number: int = 0
    payload: bytes = b""
    order: int = 0
    from_leaf: bool = False

    def raw(self) -> bytes:
        return bytes([0x40 | self.from_leaf << 5 | self.kind, self.address, self.number, self.order]) + self.payload

    def wire(self) -> bytes:
        return b"\0" + cobs(self.raw() + crc32c(self.raw())) + b"\0"


def read(coded: bytes) -> Frame:
    """What stands between two delimiters. Raises ValueError."""
    raw = from_cobs(coded)
    if len(raw) < 8 or crc32c(raw[:-4]) != raw[-4:] or raw[0] >> 6 != 1:
        raise ValueError("frame")
    return Frame(raw[0] & 31, raw[1], raw[2], raw[4:-4], raw[3], bool(raw[0] & 32))
