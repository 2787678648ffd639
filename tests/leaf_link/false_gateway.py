"""A gateway for tests of the leaf library and of leafgate-leaf, without gateway code: it challenges, judges proofs by the
openssl program, asks for a signature, answers. A Plan says what it does; `seen` is what it found out."""

import hashlib
import hmac
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Optional

from messages import (CHALLENGE, ERROR, ES256, POLL, PROOF, PS256, REGISTER, RESULT, RS256, SIGN, SIGNATURE, STATUS,
                      SYMMETRIC_KEY, TLS13_PREFIX, TPM, X509, Attempt, decode, encode, mac, mac_structure, protected, sha256,
                      sig_structure)

OPERATION = "5.0123456789abcdef.01234567-89ab-cdef-0123-456789abcdef"
SR, SE = "0ne00000000%2fregistrations%2fleaf", 1800000000
TRANSCRIPT = b"\x01\x00\x0b\xb4\x03\x03" + hashlib.shake_256(b"transcript").digest(2990)


@dataclass
class Plan:
    """What happens to a leaf. `error` is (code, text) or (code, text, seconds); `wait` seconds go by before the result;
    `sign` is tls13, hash, transcript or pkcs1 (in TLS 1.3); `challenger` seals the challenge instead of the gateway."""
    error: Optional[tuple] = None
    error_after_proof: Optional[tuple] = None
    wait: int = 0
    sign: str = ""
    twice: bool = False
    challenger: object = None
    result: dict = field(default_factory=lambda: {1: "hub.example.net", 2: "device"})


def der_of(signature: bytes) -> bytes:
    """ECDSA-Sig-Value of r || s."""
    parts = b""
    for half in (signature[:32], signature[32:]):
        number = half.lstrip(b"\0") or b"\0"
        number = b"\0" + number if number[0] & 0x80 else number
        parts += bytes([2, len(number)]) + number
    return bytes([0x30, len(parts)]) + parts


def verified_by_openssl(certificate: Path, algorithm: int, octets: bytes, signature: bytes) -> bool:
    options = {ES256: [], RS256: [],
               PS256: ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"]}[algorithm]
    with tempfile.TemporaryDirectory() as folder:
        key, data, sig = (Path(folder) / name for name in ("key.pem", "data", "sig"))
        key.write_bytes(subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-pubkey"], check=True,
                                       capture_output=True).stdout)
        data.write_bytes(octets)
        sig.write_bytes(der_of(signature) if algorithm == ES256 else signature)
        return subprocess.run(["openssl", "dgst", "-sha256", "-verify", key, "-signature", sig, *options, data],
                              capture_output=True).returncode == 0


class FalseGateway:
    """Judges one leaf after another. `prover` proves that it is the gateway (messages.ByKey or ByPin); `certificate` is the
    leaf's, PEM; `wrap` makes what only the leaf's TPM can open of (EK, SRK, key)."""

    def __init__(self, prover, plan: Plan = None, key: bytes = b"", certificate: Path = None, binding="serial/line1",
                 wrap: Callable = None):
        self.prover, self.plan, self.key, self.certificate = prover, plan or Plan(), key, certificate
        self.binding, self.wrap = binding, wrap
        self.attempt, self.secret, self.asked = None, b"", b""
        self.seen = []

    def hear(self, message: bytes) -> list:
        """The messages to answer with. Raises where the leaf broke the rules."""
        kind, exchange, body = decode(message)
        if kind != REGISTER and (self.attempt is None or exchange != self.attempt.exchange):
            return []
        return {REGISTER: self.register, PROOF: self.proof, POLL: self.poll, SIGNATURE: self.signature}[kind](message, body)

    def error(self, plan: tuple) -> bytes:
        return self.attempt.seal(ERROR, dict(zip((1, 2, 3), plan)))

    def register(self, message: bytes, body: dict) -> list:
        self.attempt = Attempt(self.prover, message)
        self.seen.append("register")
        if self.plan.error:
            return [self.error(self.plan.error)]
        more = {}
        if body[2] == TPM:
            self.secret = os.urandom(32)
            more = {3: self.wrap(body[8], body[9], self.secret), 4: SR, 5: SE}
        if self.plan.challenger:
            return [Attempt(self.plan.challenger, message).challenge_with(os.urandom(32), self.binding, more)]
        return [self.attempt.challenge_with(os.urandom(32), self.binding, more)]

    def is_proof(self, body: dict) -> bool:
        kind = self.attempt.body[2]
        if kind == TPM:
            return hmac.compare_digest(body[2], mac(self.secret, f"{SR}\n{SE}".encode()))
        header, unprotected, payload, value = body[1]
        if unprotected != {} or payload is not None:
            return False
        covered = self.attempt.proof_payload()
        if kind == SYMMETRIC_KEY:
            return header == protected(5) and hmac.compare_digest(value, mac(self.key, mac_structure("leaf", covered)))
        algorithm = decode(header)[1]
        return algorithm in self.attempt.body[10] and verified_by_openssl(
            self.certificate, algorithm, sig_structure("leaf", covered, algorithm), value)

    def proof(self, message: bytes, body: dict) -> list:
        self.attempt.proof = message
        if not self.is_proof(body):
            self.seen.append("false proof")
            return [self.error((401002, "the proof is false"))]
        self.seen.append("proof")
        if self.plan.error_after_proof:
            return [self.error(self.plan.error_after_proof)]
        if self.attempt.body[2] == X509 and self.plan.sign:
            return self.sign()
        return self.later()

    def sign(self) -> list:
        algorithm = self.attempt.body[10][0]
        form, content = {"tls13": (1, TLS13_PREFIX + sha256(b"handshake")), "hash": (2, sha256(TRANSCRIPT)),
                         "transcript": (3, TRANSCRIPT), "pkcs1": (1, TLS13_PREFIX + sha256(b"handshake"))}[self.plan.sign]
        if self.plan.sign == "pkcs1":
            algorithm = RS256
        self.asked = content if form == 1 else TRANSCRIPT
        return [self.attempt.seal(SIGN, {1: algorithm, 2: form, 3: content, 4: "TLS client of dps.example"})]

    def signature(self, message: bytes, body: dict) -> list:
        if 1 not in body:
            self.seen.append("no")
            return [self.result()] if self.plan.twice else [self.error((400207, "the leaf did not sign"))]
        good = verified_by_openssl(self.certificate, self.attempt.body[10][0], self.asked, body[1])
        self.seen.append("signature" if good else "false signature")
        if good and self.plan.twice:
            return self.sign()
        return self.later() if good else [self.error((401002, "the signature is false"))]

    def later(self) -> list:
        if self.plan.wait:
            return [encode([STATUS, self.attempt.exchange, {1: "assigning", 2: OPERATION, 3: self.plan.wait}])]
        return [self.result()]

    def poll(self, message: bytes, body: dict) -> list:
        if body[1] != OPERATION:
            raise ValueError("a poll for another operation")
        self.seen.append("poll")
        return [self.result()]

    def result(self) -> bytes:
        body = dict(self.plan.result)
        if self.attempt.body[2] == TPM:
            body[5] = self.wrap(self.attempt.body[8], self.attempt.body[9], os.urandom(32))
        return self.attempt.seal(RESULT, body)
