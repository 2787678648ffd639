"""An authenticationKey as the service makes it, which only one TPM can open (TPM 2.0 Part 1, 22.4 and 24): RSA and AES by the
openssl program, the rest by hashlib."""

import hashlib
import hmac
import os
import subprocess
import tempfile
from pathlib import Path


def sized(octets: bytes) -> bytes:
    return len(octets).to_bytes(2, "big") + octets


def sha256(octets: bytes) -> bytes:
    return hashlib.sha256(octets).digest()


def der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def rsa_public(area: bytes) -> bytes:
    """DER SubjectPublicKeyInfo of a TPM2B_PUBLIC whose last 256 octets are the modulus, with the exponent 65537."""
    key = der(0x30, der(2, b"\0" + area[-256:]) + der(2, b"\1\0\1"))
    algorithm = der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    return der(0x30, algorithm + der(3, b"\0" + key))


def oaep(area: bytes, label: str, octets: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key.der"
        key.write_bytes(rsa_public(area))
        options = {"rsa_padding_mode": "oaep", "rsa_oaep_md": "sha256", "rsa_mgf1_md": "sha256",
                   "rsa_oaep_label": (label.encode() + b"\0").hex()}
        arguments = [part for name, value in options.items() for part in ("-pkeyopt", f"{name}:{value}")]
        return subprocess.run(["openssl", "pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", key, *arguments],
                              input=octets, check=True, capture_output=True).stdout


def aes_cfb(key: bytes, octets: bytes) -> bytes:
    return subprocess.run(["openssl", "enc", "-aes-128-cfb", "-K", key.hex(), "-iv", "00" * 16], input=octets, check=True,
                          capture_output=True).stdout


def kdfa(key: bytes, label: str, context: bytes, bits: int) -> bytes:
    text = b"\0\0\0\1" + label.encode() + b"\0" + context + bits.to_bytes(4, "big")
    return hmac.digest(key, text, hashlib.sha256)[:bits // 8]


def wrapped(seed: bytes, name: bytes, octets: bytes) -> bytes:
    encrypted = aes_cfb(kdfa(seed, "STORAGE", name, 128), octets)
    return sized(hmac.digest(kdfa(seed, "INTEGRITY", b"", 256), encrypted + name, hashlib.sha256)) + encrypted


def authentication_key(endorsement: bytes, storage: bytes, key: bytes) -> bytes:
    """Both are TPM2B_PUBLIC."""
    inner, seed, duplicate_seed, obfuscation = os.urandom(16), os.urandom(32), os.urandom(32), os.urandom(32)
    credential = wrapped(seed, b"\0\x0b" + sha256(storage[2:]), sized(inner))
    attributes = (0x40 | 0x400 | 0x40000).to_bytes(4, "big")  # userWithAuth, noDA, sign
    area = bytes.fromhex("0008000b") + attributes + sized(b"") + bytes.fromhex("0005000b") + sized(sha256(obfuscation + key))
    sensitive = sized(b"\0\x08" + sized(b"") + sized(obfuscation) + sized(key))
    name = b"\0\x0b" + sha256(area)
    duplicate = aes_cfb(inner, sized(sha256(sensitive + name)) + sensitive)
    return (sized(credential) + sized(oaep(endorsement, "IDENTITY", seed)) + sized(wrapped(duplicate_seed, name, duplicate)) +
            sized(oaep(storage, "DUPLICATE", duplicate_seed)) + sized(area) + sized(aes_cfb(inner, b"uri")))


def credential_alone(endorsement: bytes, storage: bytes, key: bytes) -> bytes:
    """TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET, with the key as the credential itself."""
    seed = os.urandom(32)
    credential = wrapped(seed, b"\0\x0b" + sha256(storage[2:]), sized(key))
    return sized(credential) + sized(oaep(endorsement, "IDENTITY", seed))
