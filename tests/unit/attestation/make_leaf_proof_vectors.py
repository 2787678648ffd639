#!/usr/bin/env python3
"""Writes leaf_proof_vectors.hpp: proofs of the leaf link as Python's hmac and hashlib and the openssl program make
them, from the text of adapters/wire/leaf_link.cddl and RFC 9052 alone. Keys and signatures are new each time.

usage: make_leaf_proof_vectors.py > leaf_proof_vectors.hpp
"""

import hashlib
import hmac
import subprocess
import sys
import tempfile
from pathlib import Path

DEVICE_KEY = bytes(range(64, 128))
ID, NONCE, BINDING = "Dev-7", bytes([0xA1] * 32), "serial/line1"
REGISTER_HASH = hashlib.sha256(b"the register message").digest()
WORD = (6, 0x89ABCDEF, "Dev-7", bytes([0x5A] * 16), bytes([0xA1] * 32), hashlib.sha256(b"messages").digest(),
        hashlib.sha256(b"body").digest())
FIRST_WORD = (2, 3, "Dev-7", bytes([0x5A] * 16), b"", hashlib.sha256(b"messages").digest(),
              hashlib.sha256(b"body").digest())
HEADS = {"mac": "a10105", "es256": "a10126", "ps256": "a1013824", "rs256": "a101390100"}


def item(value) -> bytes:
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, str):
        return head(3, len(value)) + value.encode()
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    return head(4, len(value)) + b"".join(map(item, value))


def head(major: int, value: int) -> bytes:
    for code, size, most in ((24, 1, 0xFF), (25, 2, 0xFFFF), (26, 4, 0xFFFFFFFF)):
        if value < 24:
            return bytes([major << 5 | value])
        if value <= most:
            return bytes([major << 5 | code]) + value.to_bytes(size, "big")
    raise ValueError(value)


def structure(context: str, algorithm: str, speaker: bytes, payload) -> bytes:
    return item([context, bytes.fromhex(HEADS[algorithm]), speaker, item(payload)])


CLAIM = [ID, NONCE, BINDING, REGISTER_HASH]
FOLDER = Path(tempfile.mkdtemp())


def openssl(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          cwd=FOLDER, check=True).stdout


def certificate(name: str, *kind: str) -> bytes:
    openssl("req", "-x509", "-newkey", *kind, "-nodes", "-keyout", name, "-out", name + ".der", "-outform", "DER",
            "-subj", "/CN=Dev-7", "-days", "3650")
    return (FOLDER / (name + ".der")).read_bytes()


def numbers(der: bytes) -> bytes:
    """r || s of an ECDSA signature in DER (RFC 3279)."""
    out, at = b"", 2
    for _ in range(2):
        size = der[at + 1]
        out += int.from_bytes(der[at + 2:at + 2 + size], "big").to_bytes(32, "big")
        at += 2 + size
    return out


def signed(name: str, algorithm: str, speaker: bytes = b"leaf") -> bytes:
    text = structure("Signature1", algorithm, speaker, CLAIM)
    padding = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if algorithm == "ps256" else []
    signature = openssl("dgst", "-sha256", "-sign", name, *padding, given=text)
    return numbers(signature) if algorithm == "es256" else signature


def constant(name: str, octets: bytes) -> str:
    text = octets.hex()
    lines = [text[at:at + 96] for at in range(0, len(text), 96)] or [""]
    return f"inline constexpr std::string_view {name} =\n" + "\n".join(f'    "{line}"' for line in lines) + ";"


def mac(key: bytes, speaker: bytes, payload) -> bytes:
    return hmac.new(key, structure("MAC0", "mac", speaker, payload), hashlib.sha256).digest()


def main() -> None:
    ec = certificate("ec", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    p384 = certificate("p384", "ec", "-pkeyopt", "ec_paramgen_curve:P-384")
    rsa = certificate("rsa", "rsa:2048")
    constants = {
        "register_hash": REGISTER_HASH,
        "messages": WORD[5],
        "body": WORD[6],
        "mac_of_leaf": mac(DEVICE_KEY, b"leaf", CLAIM),
        "mac_of_leaf_as_gateway": mac(DEVICE_KEY, b"gateway", CLAIM),
        "mac_of_gateway": mac(DEVICE_KEY, b"gateway", list(WORD)),
        "mac_of_first_word": mac(DEVICE_KEY, b"gateway", list(FIRST_WORD)),
        "mac_of_gateway_as_leaf": mac(DEVICE_KEY, b"leaf", list(WORD)),
        "text_of_gateway": structure("Signature1", "es256", b"gateway", list(WORD)),
        "text_of_leaf": structure("Signature1", "es256", b"leaf", CLAIM),
        "certificate_p256": ec,
        "certificate_p384": p384,
        "certificate_rsa": rsa,
        "es256": signed("ec", "es256"),
        "es256_as_gateway": signed("ec", "es256", b"gateway"),
        "ps256": signed("rsa", "ps256"),
        "rs256": signed("rsa", "rs256"),
    }
    print("#pragma once\n\n#include <string_view>\n")
    print("// Made by make_leaf_proof_vectors.py; hex. Device key: octets 64 to 127.")
    print("namespace leafgate::leaf_proof_vectors {\n")
    print("\n".join(constant(name, octets) for name, octets in constants.items()))
    print("\n}  // namespace leafgate::leaf_proof_vectors")


if __name__ == "__main__":
    sys.exit(main())
