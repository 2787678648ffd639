#!/usr/bin/env python3
"""Makes tests/fuzz/corpus/leaf_library from the vectors: whole attempts over both carriers, in the form that
tests/fuzz/leaf_library.cpp takes (flags, then pieces with their size in two octets)."""

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from frames import ASSIGN, DATA, DISCOVER, EVERYBODY, MUTE, POLL, RESET, Frame  # noqa: E402
from make_vectors import EXCHANGE, FILE  # noqa: E402
from messages import encode  # noqa: E402

FOLDER = Path(__file__).resolve().parents[1] / "fuzz" / "corpus" / "leaf_library"
FUZZ_EXCHANGE = 0x0C0C0C0C  # what the target's generator gives
BROKER, BELIEVES, TRANSCRIPT, SLOW, SMALL = 1, 8, 16, 32, 64
KINDS = {"symmetricKey": 0, "x509": 2, "tpm": 4}
PLANS = {"whole": ["challenge", "assigning", "result"], "refused": ["error_early_retry", "challenge", "error_late"],
         "issued": ["challenge", "result_issued"], "again": ["challenge", "unassigned", "challenge"],
         "sign13": ["challenge", "sign_tls13", "result"], "sign12": ["challenge", "sign_hash", "sign_tls13"],
         "transcript": ["challenge", "sign_transcript", "result"], "not": ["challenge", "sign_no_prefix", "sign_no_transcript"]}


def piece(octets: bytes, mark=0) -> bytes:
    return bytes([len(octets) >> 8 | mark, len(octets) & 255]) + octets


class Line:
    def __init__(self):
        self.number, self.out = 0, b""

    def ask(self, kind: int, payload=b"", order=0, to=5):
        self.number = self.number + 1 & 255
        self.out += piece(Frame(kind, to, self.number, payload, order).raw())

    def give(self, message: bytes):
        parts = [message[at:at + 240] for at in range(0, len(message), 240)]
        for index, part in enumerate(parts):
            self.ask(DATA, part, index | (128 if index + 1 < len(parts) else 0))
        for _ in range(3):
            self.ask(POLL)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    conversations = json.loads(FILE.read_text())["conversations"]
    for kind, bits in KINDS.items():
        for plan, names in PLANS.items():
            said = conversations[f"{kind}-broker"]
            if not all(name in said for name in names) or (plan in ("again", "refused", "issued") and kind == "x509"):
                continue
            messages = [bytes.fromhex(said[name]).replace(encode(EXCHANGE), encode(FUZZ_EXCHANGE)) for name in names]
            flags = bits | BELIEVES | (TRANSCRIPT if plan == "transcript" else 0)
            (FOLDER / f"{kind}-{plan}-broker").write_bytes(
                bytes([flags | BROKER]) + b"".join(piece(message, 0x80 if at == 1 else 0) for at, message in enumerate(messages)))
            line = Line()
            for _ in range(6):
                line.ask(POLL)
            for message in messages:
                line.give(message)
            (FOLDER / f"{kind}-{plan}-serial").write_bytes(bytes([flags | (SLOW if plan == "whole" else 0)]) + line.out)
    line = Line()
    for kind, payload, to in ((DISCOVER, b"\0", EVERYBODY), (DISCOVER, b"\x0c\0\x10", EVERYBODY), (ASSIGN, bytes(8) + b"\x07", EVERYBODY),
                              (MUTE, b"", 7), (POLL, b"", 7), (RESET, b"", 7), (RESET, b"", EVERYBODY), (30, b"", 5)):
        line.ask(kind, payload, 0, to)
    (FOLDER / "line-finding").write_bytes(bytes([SMALL]) + line.out)
    frames = json.loads(FILE.read_text())["frames"] + json.loads(FILE.read_text())["refused_frames"]
    (FOLDER / "line-frames").write_bytes(bytes([0]) + b"".join(
        piece(bytes.fromhex(row.get("wire", "00" + row.get("coded", "") + "00")), 0x40) for row in frames))


if __name__ == "__main__":
    main()
