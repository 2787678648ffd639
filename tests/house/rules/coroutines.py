"""Forms of co_await that GCC 12.2 compiles to wrong code, or that later fail at run time.

The forms were found by running each with the address sanitizer; tests/house/compiler_probe.cpp runs the safe ones.
"""

import re
from typing import Iterator, List, Optional

from .source import Finding, Source
from .tokens import (Group, Item, Statement, Token, blocks, is_body, is_group, is_introducer, is_name, is_token,
                     statements, walk)

Trail = List[tuple]  # (siblings, index) from the statement down to a co_await


def awaits(items: List[Item], trail: Optional[Trail] = None) -> Iterator[Trail]:
    """The way down to each co_await of a statement; bodies hold statements of their own."""
    trail = trail or []
    for at, item in enumerate(items):
        here = trail + [(items, at)]
        if is_token(item, "co_await"):
            yield here
        elif isinstance(item, Group) and not is_body(item):
            yield from awaits(item.items, here)


def line_of(trail: Trail) -> int:
    siblings, at = trail[-1]
    return siblings[at].line


def declares(part: List[Item]) -> bool:
    """`auto x = co_await ...`, `Type<T> x = co_await ...` or the head of a range for."""
    names = []
    for item in part:
        if is_token(item, "=", ":"):
            return len(names) >= 2
        if is_token(item, "co_await", "!", ".", "->") or is_group(item, "("):
            return False
        if is_name(item) or is_group(item, "["):  # [ of a structured binding
            names.append(item)
    return False


def check_condition(source: Source, statement: Statement) -> Iterator[Finding]:
    part: List[Item] = []
    for item in statement.items[-1].items + [Token(";", "punct", 0)]:
        if not is_token(item, ";"):
            part.append(item)
            continue
        for trail in awaits(part):
            if not declares(part):
                yield source.finding(line_of(trail), "await-condition",
                                     f"co_await in the condition of {statement.control}: name the result first")
        part = []


def is_logical(siblings: List[Item], at: int) -> bool:
    """`&&` as an operator, not as part of `auto&& x =` or `T&& x :`."""
    if is_token(siblings[at], "||"):
        return True
    if not is_token(siblings[at], "&&") or not at or is_token(siblings[at - 1], "auto"):
        return False
    declarator = siblings[at + 1:at + 3]
    return not (len(declarator) == 2 and is_name(declarator[0]) and is_token(declarator[1], "=", ":"))


def check_branches(source: Source, statement: Statement, found: List[Trail]) -> Iterator[Finding]:
    for item in walk(statement.items, into_bodies=False):
        if is_token(item, "?"):
            yield source.finding(item.line, "await-branch", "?: in a statement with co_await: use if and else")
    for trail in found:
        for siblings, at in trail:
            for before in range(at - 1, -1, -1):
                if is_token(siblings[before], ",", ";"):
                    break
                if is_logical(siblings, before):
                    yield source.finding(line_of(trail), "await-branch", "co_await after && or ||: name the result first")
                    break


def captures_by_value(group: Group) -> bool:
    first = True
    for item in group.items:
        if first and (is_token(item, "=", "*") or (is_name(item) and item.text != "this")):
            return True
        first = is_token(item, ",")
    return False


def check_temporaries(source: Source, statement: Statement) -> Iterator[Finding]:
    def visit(items: List[Item]) -> Iterator[Finding]:
        for at, item in enumerate(items):
            if not isinstance(item, Group) or is_body(item):
                continue
            if item.open == "{":
                yield source.finding(item.line, "await-braces", "braces in a statement with co_await: name the value first")
            if is_introducer(items, at) and captures_by_value(item):
                yield source.finding(item.line, "await-capture",
                                     "lambda with captures by value in a statement with co_await: name it first")
            yield from visit(item.items)
    yield from visit(statement.items)


NO_TYPE = ("return", "co_return", "co_await", "co_yield", "case", "delete", "throw", "static", "using", "new", "auto")


def check_arrays(source: Source, block: Group) -> Iterator[Finding]:
    """`Type name[...]` at the start of a statement; a static one does not live in the frame."""
    for statement in statements(block):
        items = statement.items
        for at, item in enumerate(items):
            if is_group(item, "["):
                if at >= 2 and is_name(items[at - 1]) and (is_name(items[at - 2]) or is_token(items[at - 2], ">", "*")):
                    yield source.finding(item.line, "await-array",
                                         "array in a coroutine: every local lives in its frame, use a plain function")
                break
            number = isinstance(item, Token) and item.kind == "number"
            if is_token(item, *NO_TYPE) or not (number or is_name(item) or is_token(item, "::", "<", ">", "*", ",")):
                break


def own(items: List[Item]) -> Iterator[Item]:
    """What belongs to a function itself: its nested blocks, not its lambdas and local types."""
    for item in items:
        yield item
        if isinstance(item, Group) and item.role not in ("lambda", "scope"):
            yield from own(item.items)


def is_coroutine(block: Group) -> bool:
    return any(is_token(item, "co_await", "co_return", "co_yield") for item in own(block.items))


def check_spawn(source: Source) -> Iterator[Finding]:
    """A cancelled `co_await co_spawn(..., use_awaitable)` is a use after free in Boost 1.81: runtime has a safe form."""
    def visit(items: List[Item]) -> Iterator[Finding]:
        for at, item in enumerate(items):
            if is_group(item, "(") and at and is_token(items[at - 1], "co_spawn"):
                for inner in item.items:
                    if is_token(inner, "use_awaitable", "use_task"):
                        yield source.finding(inner.line, "await-spawn", "awaited co_spawn: use run_on() of gateway/runtime")
            if isinstance(item, Group):
                yield from visit(item.items)
    if not source.path.startswith("gateway/runtime/"):
        yield from visit(source.tree.items)
        for number, text in enumerate(source.lines, 1):
            if re.search(r"\bawaitable_operators\b", text.split("//")[0]):
                yield source.finding(number, "await-operators", "awaitable operators only in gateway/runtime")


def check(sources: List[Source]) -> Iterator[Finding]:
    for source in sources:
        if not source.is_cxx or "co_" not in source.text:
            continue
        yield from check_spawn(source)
        for block in blocks(source.tree):
            if block.role == "scope" or not is_coroutine(block):
                continue
            for part in [block] + [item for item in own(block.items) if is_body(item) and item.role == "block"]:
                yield from check_arrays(source, part)
            for statement in statements(block):
                found = list(awaits(statement.items))
                if statement.control:
                    yield from check_condition(source, statement)
                if found:
                    yield from check_branches(source, statement, found)
                    yield from check_temporaries(source, statement)
