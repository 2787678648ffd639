"""ECDSA over P-256 with SHA-256 in plain Python: deterministic signatures (RFC 6979), so that vectors can be made again.
For tests alone: nothing here takes the same time for every key."""

import hashlib
import hmac

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)


def add(p, q):
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0]:
        if (p[1] + q[1]) % P == 0:
            return None
        slope = 3 * (p[0] * p[0] - 1) * pow(2 * p[1], -1, P)  # a = -3
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, P)
    x = (slope * slope - p[0] - q[0]) % P
    return x, (slope * (p[0] - x) - p[1]) % P


def multiply(k, point):
    out = None
    while k:
        if k & 1:
            out = add(out, point)
        point = add(point, point)
        k >>= 1
    return out


def public(private: int) -> bytes:
    """x || y."""
    x, y = multiply(private, G)
    return x.to_bytes(32, "big") + y.to_bytes(32, "big")


def nonce(private: int, digest: bytes) -> int:
    """RFC 6979 section 3.2 with SHA-256."""
    seed = private.to_bytes(32, "big") + (int.from_bytes(digest, "big") % N).to_bytes(32, "big")
    k, v = bytes(32), b"\x01" * 32
    for mark in (b"\x00", b"\x01"):
        k = hmac.digest(k, v + mark + seed, hashlib.sha256)
        v = hmac.digest(k, v, hashlib.sha256)
    while True:
        v = hmac.digest(k, v, hashlib.sha256)
        drawn = int.from_bytes(v, "big")
        if 1 <= drawn < N:
            return drawn
        k = hmac.digest(k, v + b"\x00", hashlib.sha256)
        v = hmac.digest(k, v, hashlib.sha256)


def sign(private: int, digest: bytes) -> bytes:
    """r || s."""
    k = nonce(private, digest)
    r = multiply(k, G)[0] % N
    s = pow(k, -1, N) * (int.from_bytes(digest, "big") + r * private) % N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(key: bytes, digest: bytes, signature: bytes) -> bool:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != 64 or not (0 < r < N and 0 < s < N):
        return False
    w = pow(s, -1, N)
    point = (int.from_bytes(key[:32], "big"), int.from_bytes(key[32:], "big"))
    sum_ = add(multiply(int.from_bytes(digest, "big") * w % N, G), multiply(r * w % N, point))
    return sum_ is not None and sum_[0] % N == r
