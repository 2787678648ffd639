"""The files of the tree that the rules look at, and what a rule reports."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Iterator, List

from . import tokens

CXX = (".cpp", ".hpp", ".c", ".h")
CODE = CXX + (".py", ".sh", ".js", ".mjs", ".ts", ".cmake", ".sql")
FOLDERS = ("gateway", "adapters", "store", "tests", "systemd", "config", ".ci")
# Samples break the rules on purpose; the rest is not ours.
SKIPPED = {"node_modules", "build", "__pycache__", ".git"}
SAMPLES = ("tests/house/bad", "tests/house/good")


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.rule}] {self.text}"


class Source:
    """One file, its path relative to the root. Parsed only when a rule asks for it."""

    def __init__(self, path: str, text: str):
        self.path = path
        self.text = text

    @property
    def suffix(self) -> str:
        return Path(self.path).suffix

    @property
    def is_cxx(self) -> bool:
        return self.suffix in CXX

    @property
    def is_product(self) -> bool:
        return self.path.startswith(("gateway/", "adapters/", "store/"))

    @cached_property
    def lines(self) -> List[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> tokens.Group:
        return tokens.parse(self.text)

    @cached_property
    def flat(self) -> List[tokens.Token]:
        return list(tokens.tokens(self.text))

    def finding(self, line: int, rule: str, text: str) -> Finding:
        return Finding(self.path, line, rule, text)


def read(root: Path, path: Path) -> Iterator[Source]:
    data = path.read_bytes()
    if b"\0" not in data:
        yield Source(path.relative_to(root).as_posix(), data.decode("utf-8", "replace"))


def tree(root: Path) -> Iterator[Source]:
    """Every text file of the checked folders and of the top level, in a stable order."""
    for path in sorted(root.iterdir()):
        if path.is_file() and path.name not in SKIPPED:
            yield from read(root, path)
    for folder in FOLDERS:
        for here, folders, files in os.walk(root / folder):
            below = Path(here).relative_to(root).as_posix()
            folders[:] = sorted(name for name in folders if name not in SKIPPED and f"{below}/{name}" not in SAMPLES)
            for name in sorted(files):
                yield from read(root, Path(here) / name)
