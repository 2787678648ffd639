"""Time, sleep and randomness come through one door each, so that a test can run a day in a second from one seed."""

from fnmatch import fnmatch
from typing import Iterator, List

from .source import Finding, Source
from .tokens import Token

# The doors themselves.
CLOCK_DOORS = ["gateway/runtime/*", "adapters/leaf/program/clock.cpp"]
RANDOM_DOORS = ["gateway/crypto/random*"]

TIMERS = {"steady_timer", "system_timer", "high_resolution_timer", "deadline_timer", "basic_waitable_timer"}
CLOCKS = {"system_clock", "steady_clock", "high_resolution_clock", "utc_clock", "file_clock"}
CLOCK_CALLS = {"time", "gettimeofday", "clock_gettime", "timespec_get"}
SLEEP_CALLS = {"sleep", "usleep", "nanosleep", "clock_nanosleep"}
RANDOM_CALLS = {"rand", "srand", "random", "drand48", "getrandom", "arc4random"}


def follows(flat: List[Token], at: int, *texts: str) -> bool:
    return [token.text for token in flat[at + 1:at + 1 + len(texts)]] == list(texts)


def calls_libc(flat: List[Token], at: int) -> bool:
    """A call of the C function: not a member, not another namespace's, not a declaration."""
    if not follows(flat, at, "("):
        return False
    before = flat[at - 1] if at else None
    if before is None:
        return True
    if before.text == "::":
        return at < 2 or flat[at - 2].kind != "name" or flat[at - 2].text in ("std", "return")
    if before.kind == "name":
        return before.text in ("return", "co_return", "else", "case")
    return before.text not in (".", "->", ">", "&", "*")


def is_door(source: Source, doors: List[str]) -> bool:
    return not source.is_product or any(fnmatch(source.path, door) for door in doors)


def check_clock(source: Source) -> Iterator[Finding]:
    flat = source.flat
    for at, token in enumerate(flat):
        if token.text in TIMERS:
            yield source.finding(token.line, "clock", f"{token.text}: sleep through gateway/runtime, on its clock")
        elif token.text in CLOCKS and follows(flat, at, "::", "now"):
            yield source.finding(token.line, "clock", f"{token.text}::now: ask the clock that was handed in")
        elif token.text in CLOCK_CALLS and calls_libc(flat, at):
            yield source.finding(token.line, "clock", f"{token.text}(): ask the clock that was handed in")


def check_sleep(source: Source) -> Iterator[Finding]:
    flat = source.flat
    for at, token in enumerate(flat):
        if token.text == "this_thread" and (follows(flat, at, "::", "sleep_for") or follows(flat, at, "::", "sleep_until")):
            yield source.finding(token.line, "sleep", "a thread that sleeps cannot be stopped or tested: wait for an event")
        elif token.text in SLEEP_CALLS and calls_libc(flat, at):
            yield source.finding(token.line, "sleep", f"{token.text}(): wait for an event")


def check_random(source: Source) -> Iterator[Finding]:
    flat = source.flat
    for at, token in enumerate(flat):
        if token.text == "random_device" or (token.text in RANDOM_CALLS and calls_libc(flat, at)):
            yield source.finding(token.line, "random", f"{token.text}: draw from the Random that was handed in")


def check(sources: List[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.is_cxx:
            continue
        if not is_door(source, CLOCK_DOORS):
            yield from check_clock(source)
        if not any(fnmatch(source.path, door) for door in CLOCK_DOORS):
            yield from check_sleep(source)
        if not is_door(source, RANDOM_DOORS):
            yield from check_random(source)
