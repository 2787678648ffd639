"""Text that may not stand in the tree: unfinished work, tests that do not test, places of one machine; and long files."""

import re
from pathlib import Path
from typing import Iterator, List

from .source import CODE, Finding, Source

LONGEST = 350  # lines; split by subject above that
# A firmware copies one pair of files, not a folder.
LONGER = {"adapters/leaf/leafgate_leaf.c": 1200}

# Written with brackets so that a search of the tree for the words does not find this table.
UNFINISHED = re.compile(
    r"\b(T[O]DO|F[I]XME|X[X]X)\b|(?i:\b(f[o]r now|p[l]aceholder|(not |un-?)implemented))\b")
HOLLOW = re.compile(r"\bGTEST[_]SKIP\b|\bDISABLED[_]\w|\b(EXPECT|ASSERT)_TRUE\((true|1)\)|(?<![\w:.])SUCCEED\(\)")
MACHINE = re.compile(r"(?<![\w.~$}])/(home|work|root|Users)/\w")
URL = re.compile(r"\bhttps?://([\w.-]+)")
REGISTRY = re.compile(r"(^|[.-])(registry|mirrors?|proxy|artifactory|nexus|npm|npmjs|pypi)([.-]|$)|^(deb|security|ftp)\.debian\.")

# Prose may quote what code may not contain.
PROSE = (".md", ".txt")
GENERATED = ("package-lock.json",)


def check_text(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.lines, 1):
        if match := UNFINISHED.search(line):
            yield source.finding(number, "unfinished", f"'{match.group()}': finish it, or say what is missing in an issue")
        if source.path.startswith("tests/") and (match := HOLLOW.search(line)):
            yield source.finding(number, "hollow-test", f"{match.group()}: a test that is not run proves nothing")


def check_places(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.lines, 1):
        if match := MACHINE.search(line):
            yield source.finding(number, "machine-path", f"{match.group()}...: a path of one machine")
        for match in URL.finditer(line):
            if REGISTRY.search(match.group(1)):
                yield source.finding(number, "registry-host", f"{match.group(1)}: name the package, not where it came from")


def check(sources: List[Source]) -> Iterator[Finding]:
    for source in sources:
        yield from check_places(source)
        if Path(source.path).name not in GENERATED and source.suffix not in PROSE:
            yield from check_text(source)
        code = source.suffix in CODE or (not source.suffix and source.text.startswith("#!"))
        longest = LONGER.get(source.path, LONGEST)
        if code and len(source.lines) > longest:
            yield source.finding(longest + 1, "length", f"{len(source.lines)} lines, the limit is {longest}: split by subject")
