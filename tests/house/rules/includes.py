"""Who may include whom: the matrix of rooms, and the one room of each C library."""

import re
from fnmatch import fnmatch
from typing import Iterator, List

from .source import Finding, Source

# Rows may include columns; a room always includes itself. No mark leads back, so there is no cycle.
MATRIX = {
    "model": "",
    "crypto": "model",
    "runtime": "model",
    "net": "model crypto runtime",
    "ports": "model crypto runtime",
    "attestation": "model crypto",
    "flows": "model crypto runtime ports attestation",
    "store": "model crypto runtime ports",
    "wire": "model crypto",
    "adapter": "model crypto runtime net ports wire",
    "leaf": "",
    "ctl": "model crypto runtime net attestation wire",
    "app": "model crypto runtime net ports attestation flows store wire adapter leaf",
}
# Programs that speak to the gateway as strangers do: sharing its code would share its mistakes.
STRANGERS = ("tests/standin/", "tests/leaf/", "adapters/leaf/")
ROOTS = ("gateway/", "adapters/", "store/", "tests/")

# (header prefix, where it may stand). Tests may look behind the product's back unless a row says otherwise.
FOREIGN = [
    ("openssl/", ["gateway/crypto/*", "gateway/net/tls_socket*", "adapters/leaf/*", "tests/*"]),
    ("sqlite3", ["store/*", "tests/*"]),
    ("boost/beast", ["gateway/net/http_request_reader.cpp", "gateway/net/http_answer_reader.cpp", "gateway/net/web_socket.cpp", "tests/standin/*", "tests/leaf/*",
                     "tests/bench/https_talk.cpp"]),
    ("toml", ["gateway/app/config*", "tests/*"]),
    ("CLI/", ["gateway/app/main.cpp", "gateway/ctl/main.cpp", "gateway/ctl/declare*", "tests/*"]),
    ("nlohmann/", ["adapters/wire/*", "adapters/status/*", "gateway/ctl/*", "tests/*"]),
    ("tss2/", ["adapters/tpm/*", "adapters/leaf/*", "tests/*"]),
    ("qrencode", ["gateway/ctl/qr_code.cpp", "adapters/leaf/program/qr_code.cpp"]),
    ("mqtt/", ["adapters/mqtt/broker*", "adapters/leaf/*", "tests/*"]),
]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def room_of(path: str) -> str:
    """The row of a file; "" for files that have none (tests)."""
    parts = path.split("/")
    if parts[0] == "store":
        return "store"
    if parts[0] == "gateway" and len(parts) > 2:
        return parts[1]
    if parts[0] == "adapters" and len(parts) > 2:
        return parts[1] if parts[1] in ("wire", "leaf") else f"adapter {parts[1]}"
    return ""


def allowed(source_room: str, target_room: str) -> bool:
    if source_room == target_room:
        return True
    row = MATRIX.get(source_room.split(" ")[0])
    return row is not None and target_room.split(" ")[0] in row.split()


def check_ours(source: Source, line: int, target: str) -> Iterator[Finding]:
    own_folder = source.path.rsplit("/", 1)[0] + "/"
    if not target.startswith(ROOTS):
        if "/" in target or not source.path.startswith("adapters/leaf/"):
            yield source.finding(line, "include-root", f'"{target}": name files from the repository root')
        return
    if source.path.startswith(STRANGERS):
        stranger = next(root for root in STRANGERS if source.path.startswith(root))
        if not target.startswith((stranger, own_folder)):
            yield source.finding(line, "include-matrix", f"{stranger} shares no code with {target}")
    elif source.is_product:
        here, there = room_of(source.path), room_of(target)
        if target.startswith("tests/") or not allowed(here, there):
            yield source.finding(line, "include-matrix", f"{here or source.path} may not include {target}")


def check_foreign(source: Source, line: int, target: str) -> Iterator[Finding]:
    for prefix, homes in FOREIGN:
        if target.startswith(prefix) and not any(fnmatch(source.path, home) for home in homes):
            yield source.finding(line, "foreign-header", f"{target} belongs in {', '.join(homes)}")


def check(sources: List[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.is_cxx:
            continue
        room = room_of(source.path)
        if source.is_product and room.split(" ")[0] not in MATRIX:
            yield source.finding(1, "include-matrix", "no row of the include matrix: name the room in rules/includes.py")
        for number, text in enumerate(source.lines, 1):
            match = INCLUDE.match(text)
            if not match:
                continue
            quote, target = match.groups()
            yield from check_foreign(source, number, target)
            if quote == '"' or target.startswith(ROOTS):
                yield from check_ours(source, number, target)
