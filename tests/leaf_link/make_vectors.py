#!/usr/bin/env python3
"""Makes tests/vectors/leaf_link.json, or says with --check whether it is what this would make: frames and messages with
fixed keys and nonces, for the gateway's codec and for the leaf library. Everything is computed here, by Python's hmac and
hashlib and p256.py; nothing comes from the code under test."""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from frames import (ACK, ASSIGN, BUSY, DATA, DISCOVER, EVERYBODY, HELLO, MUTE, NAK, NOBODY, POLL, RESET, Frame, cobs,  # noqa: E402
                    crc32c)
from messages import (CHALLENGE, ERROR, ES256, PROOF, REGISTER, RESULT, RS256, SIGN, SIGNATURE, STATUS, SYMMETRIC_KEY,  # noqa: E402
                      TLS13_PREFIX, TPM, X509, Attempt, ByKey, ByPin, encode, head, mac, mac_structure, protected, sha256,
                      sig_structure)
from messages import POLL as POLL_MESSAGE  # noqa: E402
import p256  # noqa: E402

FILE = Path(__file__).resolve().parents[1] / "vectors" / "leaf_link.json"

ID, EXCHANGE, LEAF_NONCE = "dev-7", 0x0A0B0C0D, bytes(range(16))
DEVICE_KEY, OTHER_KEY = sha256(b"device key"), sha256(b"another device's key")
GATEWAY, OTHER_GATEWAY = ByPin(int.from_bytes(sha256(b"gateway"), "big")), ByPin(int.from_bytes(sha256(b"false"), "big"))
LEAF_KEY = int.from_bytes(sha256(b"leaf"), "big")
NONCE, TPM_KEY = sha256(b"nonce of the gateway"), sha256(b"key in the challenge")
OPERATION = "5.0123456789abcdef.01234567-89ab-cdef-0123-456789abcdef"
SR, SE = "0ne00000000%2fregistrations%2fdev-7", 1800000000


def filler(name: str, size: int) -> bytes:
    """Octets that stand for a certificate or a blob."""
    out = b""
    while len(out) < size:
        out += sha256(f"{name} {len(out)}".encode())
    return out[:size]


TRANSCRIPT = b"\x01\x00\x00\xc5\x03\x03" + filler("transcript", 3000)
CHAIN = [filler("leaf certificate", 500), filler("issuer", 480)]


def register_of(kind: int, carrier: str) -> bytes:
    body = {1: ID, 2: kind, 3: LEAF_NONCE, 5: '{"model":"press"}'}
    if carrier != "broker":
        body[4] = int(carrier)
    if kind == X509:
        body.update({7: sha256(CHAIN[0])} if carrier == "broker" else {6: CHAIN})
        body.update({10: [ES256], 11: True} if carrier == "64" else {10: [ES256]})
    if kind == TPM:
        body.update({8: filler("EK", 316), 9: filler("SRK", 314)})
    return encode([REGISTER, EXCHANGE, body])


def refusals(a: Attempt, out: dict, when: str) -> None:
    out[f"error_{when}"] = a.seal(ERROR, {1: 401002, 2: "not enrolled"})
    out[f"error_{when}_retry"] = a.seal(ERROR, {1: 429001, 2: "too many", 3: 30})
    out[f"error_{when}_other"] = a.seal(ERROR, {1: 401002, 2: "not enrolled"}, other_of(a))


def other_of(a: Attempt):
    return ByKey(OTHER_KEY) if isinstance(a.prover, ByKey) else OTHER_GATEWAY


def signs(a: Attempt, out: dict) -> None:
    """What a gateway may ask a leaf with a certificate to sign, and what it may not."""
    verify = TLS13_PREFIX + sha256(b"handshake")
    purpose = "TLS client of the provisioning service"
    asked = {"tls13": (ES256, 1, verify), "hash": (ES256, 2, sha256(TRANSCRIPT)), "transcript": (ES256, 3, TRANSCRIPT),
             "server_prefix": (ES256, 1, verify.replace(b"client", b"server")), "not_offered": (RS256, 2, sha256(TRANSCRIPT)),
             "no_prefix": (ES256, 1, filler("any", 130)), "other_spaces": (ES256, 1, b"\t" + verify[1:]), "no_transcript": (ES256, 3, filler("any", 300)),
             "short_hash": (ES256, 1, TLS13_PREFIX + bytes(20)), "long_hash": (ES256, 2, bytes(48))}
    for name, (scheme, form, octets) in asked.items():
        out[f"sign_{name}"] = a.seal(SIGN, {1: scheme, 2: form, 3: octets, 4: purpose})
    out["sign_other"] = a.seal(SIGN, {1: ES256, 2: 1, 3: verify, 4: purpose}, OTHER_GATEWAY)
    for name, content in (("tls13", verify), ("hash", TRANSCRIPT)):
        out[f"signature_{name}"] = a.plain(SIGNATURE, {1: p256.sign(LEAF_KEY, sha256(content))})
    out["signature_no"] = a.plain(SIGNATURE, {})


def conversation(kind: int, carrier: str) -> dict:
    """Every message of one attempt, by name."""
    register = register_of(kind, carrier)
    a = Attempt(ByKey(DEVICE_KEY) if kind == SYMMETRIC_KEY else GATEWAY, register)
    out = {"register": register}
    refusals(a, out, "early")
    out["result_early"] = a.seal(RESULT, {1: "hub.example.net", 2: ID})
    if kind == X509:
        out["sign_early"] = a.seal(SIGN, {1: ES256, 2: 1, 3: TLS13_PREFIX + sha256(b"handshake"), 4: "too early"})
    more = {3: filler("credential", 920), 4: SR, 5: SE} if kind == TPM else {}
    body = {1: NONCE, 2: "serial/line1" if carrier != "broker" else "broker/broker.site:8883", **more}
    out["challenge_other"] = a.seal(CHALLENGE, body, other_of(a))
    out["challenge_pinned"] = a.seal(CHALLENGE, body, GATEWAY)
    out["challenge_by_key"] = a.seal(CHALLENGE, body, ByKey(DEVICE_KEY))
    out["challenge"] = a.challenge_with(NONCE, body[2], more)
    refusals(a, out, "crossed")
    covered = a.proof_payload()
    if kind == SYMMETRIC_KEY:
        a.proof = a.plain(PROOF, {1: [protected(5), {}, None, mac(DEVICE_KEY, mac_structure("leaf", covered))]})
    elif kind == X509:
        signature = p256.sign(LEAF_KEY, sha256(sig_structure("leaf", covered)))
        a.proof = a.plain(PROOF, {1: [protected(ES256), {}, None, signature]})
    else:
        a.proof = a.plain(PROOF, {2: mac(TPM_KEY, f"{SR}\n{SE}".encode())})
    out["proof"] = a.proof
    refusals(a, out, "late")
    out["assigning"] = a.plain(STATUS, {1: "assigning", 2: OPERATION, 3: 3})
    out["assigning_far"] = a.plain(STATUS, {1: "assigning", 2: OPERATION, 3: 1 << 40})
    out["unassigned"] = a.plain(STATUS, {1: "unassigned", 3: 8})
    out["poll"] = a.plain(POLL_MESSAGE, {1: OPERATION})
    if kind == X509:
        signs(a, out)
    result = {1: "hub.example.net", 2: ID, 3: "initialAssignment"}
    result.update({5: filler("authenticationKey", 956)} if kind == TPM else {4: '{"slot":3}'})
    out["result"] = a.seal(RESULT, result)
    out["result_other"] = a.seal(RESULT, result, other_of(a))
    out["result_issued"] = a.seal(RESULT, {**result, 6: CHAIN})
    return {name: octets.hex() for name, octets in out.items()}


def malformed() -> list:
    """Challenges whose auth is right for what is sent, so that only their form can be the reason to refuse them."""
    def attempt():
        return Attempt(ByKey(DEVICE_KEY), register_of(SYMMETRIC_KEY, "240"))

    nonce, binding = encode(1) + encode(NONCE), encode(2) + encode("serial/line1")

    def body(*entries: bytes) -> bytes:
        return attempt().seal(CHALLENGE, head(5, len(entries)) + b"".join(entries))

    good = body(nonce, binding)
    at = good.index(head(4, 4) + encode(protected(5)))
    auth, rest = good[at:], good[:at]
    key = encode(EXCHANGE)
    pinned = attempt().seal(CHALLENGE, {1: NONCE, 2: "serial/line1"}, GATEWAY)
    rows = [("a key twice", body(nonce, nonce)), ("keys descending", body(binding, nonce)),
            ("a key that is not named", body(nonce, binding, encode(9) + encode(1))),
            ("a key of text", body(nonce, encode("a") + encode(1))),
            ("a negative key", body(nonce, encode(-2) + encode(1))),
            ("no nonce", body(binding)), ("no binding", body(nonce)),
            ("a nonce of 31 octets", body(encode(1) + encode(NONCE[:31]), binding)),
            ("a nonce of text", body(encode(1) + encode("n" * 32), binding)),
            ("an empty binding", body(nonce, encode(2) + encode(""))),
            ("a binding of 65 octets", body(nonce, encode(2) + encode("b" * 65))),
            ("a binding in no UTF-8", body(nonce, encode(2) + head(3, 2) + b"\xc3\x28")),
            ("an overlong form of UTF-8", body(nonce, encode(2) + head(3, 2) + b"\xc0\xaf")),
            ("a surrogate in UTF-8", body(nonce, encode(2) + head(3, 3) + b"\xed\xa0\x80")),
            ("a length in a long form", body(encode(1) + b"\x59\x00\x20" + NONCE, binding)),
            ("a key in a long form", body(b"\x18\x01" + encode(NONCE), binding)),
            ("a number in a long form", body(nonce, binding, encode(5) + b"\x1b" + bytes(4) + SE.to_bytes(4, "big"))),
            ("an indefinite length", body(encode(1) + b"\x5f" + encode(NONCE) + b"\xff", binding)),
            ("a float", body(nonce, binding, encode(5) + b"\xfb" + bytes(8))),
            ("a tag", body(nonce, binding, encode(5) + b"\xc1" + encode(SE))),
            ("a negative number", body(nonce, binding, encode(5) + encode(-1))),
            ("a map of indefinite length", rest[:rest.index(nonce) - 1] + b"\xbf" + rest[rest.index(nonce):] + auth + b"\xff"),
            ("octets behind", good + b"\0"), ("octets missing", good[:-1]), ("nothing", b""),
            ("an array of four", head(4, 4) + good[1:] + b"\0"), ("an array of two", head(4, 2) + good[1:]),
            ("an exchange of 33 bits", good.replace(key, encode(1 << 32), 1)),
            ("an exchange in a long form", good.replace(key, b"\x1b" + bytes(4) + key[1:], 1)),
            ("a type that is not named", head(4, 3) + encode(10) + good[2:]),
            ("without auth", attempt().plain(CHALLENGE, {1: NONCE, 2: "serial/line1"})),
            ("auth of another algorithm", good.replace(protected(5), protected(4))),
            ("auth with its payload", rest + auth.replace(b"\xf6", b"\x40", 1)),
            ("auth with an unprotected entry", rest + auth.replace(b"\xa0", b"\xa1\x04\x40", 1)),
            ("auth of 31 octets", rest + auth[:-34] + encode(auth[-31:])),
            ("auth by a key of 63 octets", pinned.replace(encode(GATEWAY.public), encode(GATEWAY.public[:63]))),
            ("auth by an unnamed key", pinned.replace(b"\xa1\x04" + encode(GATEWAY.public), b"\xa0"))]
    return [{"name": name, "octets": octets.hex()} for name, octets in rows]


def frame(name: str, frame_: Frame) -> dict:
    return {"name": name, "from": "leaf" if frame_.from_leaf else "gateway", "type": frame_.kind, "address": frame_.address,
            "number": frame_.number, "order": frame_.order, "payload": frame_.payload.hex(), "raw": frame_.raw().hex(),
            "crc": crc32c(frame_.raw()).hex(), "wire": frame_.wire().hex()}


def good_frames() -> list:
    uid = bytes.fromhex("0011223344556677")
    rows = [("poll", Frame(POLL, 5)), ("discover all", Frame(DISCOVER, EVERYBODY, 1, b"\0")),
            ("discover 12 bits", Frame(DISCOVER, EVERYBODY, 9, b"\x0c\x00\x10")),
            ("ack", Frame(ACK, 5, from_leaf=True)),
            ("data", Frame(DATA, 5, 1, bytes.fromhex("a201656465762d37024200ff"), from_leaf=True)),
            ("data, more, whole mtu", Frame(DATA, 5, 2, bytes(range(240)), 0x80, True)),
            ("data from the gateway", Frame(DATA, 5, 3, b"\x83\x04", 0x01)),
            ("assign", Frame(ASSIGN, EVERYBODY, 4, uid + b"\x05")), ("mute", Frame(MUTE, 5, 6)),
            ("hello", Frame(HELLO, NOBODY, 9, uid + b"\xf0" + b"\1\2\3\4", from_leaf=True)),
            ("busy", Frame(NAK, 5, 7, bytes([BUSY]) + (800).to_bytes(2, "little"), from_leaf=True)),
            ("reset", Frame(RESET, 5, 8)), ("reset all", Frame(RESET, EVERYBODY, 8))]
    return [frame(*row) for row in rows]


def bad_frames() -> list:
    """Between their delimiters; what a leaf with the address 5 must drop without a word."""
    def coded(raw: bytes, crc=None) -> bytes:
        return cobs(raw + (crc or crc32c(raw)))

    poll = Frame(POLL, 5).raw()
    flipped = bytes([crc32c(poll)[0] ^ 1]) + crc32c(poll)[1:]
    rows = [("a code past the end", bytes.fromhex("03112233")), ("a code past the end of a frame", coded(poll)[:-1]),
            ("more than 260 octets", coded(poll + b"\1" * 270)), ("more than a frame holds", coded(poll + b"\1" * 241)),
            ("a false CRC", coded(poll, flipped)), ("a CRC the other way round", coded(poll, crc32c(poll)[::-1])),
            ("version 2", coded(b"\x81" + poll[1:])), ("version 0", coded(b"\x01" + poll[1:])),
            ("the echo of a leaf", coded(b"\x61" + poll[1:])), ("address 0", coded(poll[:1] + b"\0" + poll[2:])),
            ("address 240", coded(poll[:1] + b"\xf0" + poll[2:])), ("shorter than a header", coded(poll[:3])),
            ("a CRC alone", cobs(crc32c(b""))), ("one octet", b"\x02\x41")]
    return [{"name": name, "coded": octets.hex()} for name, octets in rows]


def vectors() -> dict:
    crc = [b"123456789", b"", b"\0", bytes(32), b"\xff" * 32, bytes(range(32))]
    plain = [b"", b"\0", b"\0\0", bytes.fromhex("11220033"), bytes.fromhex("11000000"), bytes(range(1, 255)), bytes(range(255)),
             bytes(range(1, 256)), bytes(range(2, 256)) + b"\0", bytes(range(3, 256)) + b"\0\1"]
    carriers = {SYMMETRIC_KEY: "symmetricKey", X509: "x509", TPM: "tpm"}
    return {
        "about": "made by tests/leaf_link/make_vectors.py from adapters/wire/leaf_link.cddl; hex throughout",
        "crc32c": [{"octets": octets.hex(), "crc": f"{int.from_bytes(crc32c(octets), 'little'):08x}"} for octets in crc],
        "cobs": [{"plain": octets.hex(), "coded": cobs(octets).hex()} for octets in plain],
        "frames": good_frames(), "refused_frames": bad_frames(),
        "registrationId": ID, "exchange": EXCHANGE, "leafNonce": LEAF_NONCE.hex(), "gatewayNonce": NONCE.hex(),
        "deviceKey": DEVICE_KEY.hex(), "otherDeviceKey": OTHER_KEY.hex(),
        "gatewayPrivate": f"{GATEWAY.private:064x}", "gatewayPublic": GATEWAY.public.hex(), "pin": GATEWAY.pin.hex(),
        "leafPrivate": f"{LEAF_KEY:064x}", "leafPublic": p256.public(LEAF_KEY).hex(), "tpmKey": TPM_KEY.hex(),
        "payload": '{"model":"press"}', "chain": [certificate.hex() for certificate in CHAIN],
        "thumbprint": sha256(CHAIN[0]).hex(), "endorsementKey": filler("EK", 316).hex(),
        "storageKey": filler("SRK", 314).hex(), "credential": filler("credential", 920).hex(), "sr": SR, "se": SE,
        "operationId": OPERATION, "authenticationKey": filler("authenticationKey", 956).hex(),
        "conversations": {f"{name}-{carrier}": conversation(kind, carrier)
                          for kind, name in carriers.items() for carrier in ("240", "64", "broker")},
        "refused_challenges": malformed(),
    }


def main() -> int:
    text = json.dumps(vectors(), indent=1) + "\n"
    if sys.argv[1:] == ["--check"]:
        same = FILE.read_text() == text
        print("as made" if same else f"{FILE.name} is not what make_vectors.py makes")
        return 0 if same else 1
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
