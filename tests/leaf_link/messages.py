"""The messages of the leaf link (adapters/wire/leaf_link.cddl), without gateway code: deterministic CBOR and COSE with
Python's own hmac and hashlib. Values are int, bytes, str, list, dict, bool and None."""

import hashlib
import hmac

import p256

REGISTER, CHALLENGE, PROOF, STATUS, POLL, RESULT, ERROR, SIGN, SIGNATURE = range(1, 10)
SYMMETRIC_KEY, X509, TPM = 1, 2, 3
ES256, PS256, RS256, HMAC256 = -7, -37, -257, 5
TLS13_PREFIX = b" " * 64 + b"TLS 1.3, client CertificateVerify\0"


def sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def head(major: int, value: int) -> bytes:
    if value < 24:
        return bytes([major << 5 | value])
    size = next(n for n in (1, 2, 4, 8) if value < 1 << 8 * n)
    return bytes([major << 5 | 24 + (size.bit_length() - 1)]) + value.to_bytes(size, "big")


def encode(value) -> bytes:
    """RFC 8949 section 4.2."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    pairs = sorted((encode(key), encode(item)) for key, item in value.items())
    return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)


def decode(octets: bytes):
    """Raises ValueError for what `encode` would not have written."""
    value, at = take(octets, 0)
    if at != len(octets) or encode(value) != octets:
        raise ValueError("CBOR")
    return value


def take(octets: bytes, at: int):
    if at >= len(octets):
        raise ValueError("CBOR")
    major, low = octets[at] >> 5, octets[at] & 31
    at += 1
    if major == 7:
        return {20: False, 21: True, 22: None}[low], at
    size = low
    if low > 23:
        wide = 1 << (low - 24)
        size, at = int.from_bytes(octets[at:at + wide], "big"), at + wide
    if major < 2:
        return (size if major == 0 else -1 - size), at
    if major < 4:
        part = octets[at:at + size]
        if len(part) != size:
            raise ValueError("CBOR")
        return (part if major == 2 else part.decode()), at + size
    items = []
    for _ in range(size * (2 if major == 5 else 1)):
        item, at = take(octets, at)
        items.append(item)
    return (items if major == 4 else dict(zip(items[::2], items[1::2]))), at


def protected(algorithm: int) -> bytes:
    return encode({1: algorithm})


def mac_structure(aad: str, payload) -> bytes:
    return encode(["MAC0", protected(HMAC256), aad.encode(), encode(payload)])


def sig_structure(aad: str, payload, algorithm=ES256) -> bytes:
    return encode(["Signature1", protected(algorithm), aad.encode(), encode(payload)])


def mac(key: bytes, octets: bytes) -> bytes:
    return hmac.digest(key, octets, hashlib.sha256)


class ByKey:
    """A gateway that holds the device key."""

    def __init__(self, key: bytes):
        self.key = key

    def auth(self, payload):
        return [protected(HMAC256), {}, None, mac(self.key, mac_structure("gateway", payload))]


class ByPin:
    """A gateway with a leaf-link key."""

    def __init__(self, private: int):
        self.private = private
        self.public = p256.public(private)
        self.pin = sha256(self.public)

    def auth(self, payload):
        signature = p256.sign(self.private, sha256(sig_structure("gateway", payload)))
        return [protected(ES256), {4: self.public}, None, signature]


class Attempt:
    """The gateway's side of one attempt: what was said, and the messages that prove whose gateway it is."""

    def __init__(self, prover, register: bytes):
        self.prover = prover
        _, self.exchange, self.body = decode(register)
        self.register, self.challenge, self.proof = register, b"", b""
        self.nonce, self.binding = b"", ""

    def said(self) -> bytes:
        return sha256(self.register + self.challenge + self.proof if self.proof else self.register)

    def seal(self, kind: int, body, prover=None) -> bytes:
        """`body` may be a dict, or the octets of a map of fewer than 23 entries: then they go out as they are."""
        octets = body if isinstance(body, bytes) else encode(body)
        nonce = b"" if kind == CHALLENGE else self.nonce
        auth = (prover or self.prover).auth([kind, self.exchange, self.body[1], self.body[3], nonce, self.said(),
                                             sha256(octets)])
        whole = bytes([octets[0] + 1]) + octets[1:] + encode(15) + encode(auth)
        return head(4, 3) + encode(kind) + encode(self.exchange) + whole

    def challenge_with(self, nonce: bytes, binding: str, more=None) -> bytes:
        self.challenge = self.seal(CHALLENGE, {1: nonce, 2: binding, **(more or {})})
        self.nonce, self.binding = nonce, binding
        return self.challenge

    def plain(self, kind: int, body: dict) -> bytes:
        return encode([kind, self.exchange, body])

    def proof_payload(self):
        return [self.body[1], self.nonce, self.binding, sha256(self.register)]
