"""`co_await f();` that drops a Result. GCC does not warn, because the value passes through await_resume.

Names are collected from every declaration `Task<Result<...>> name(`. A name that is elsewhere declared with a task of
another kind is left alone: without types the two cannot be told apart.
"""

from typing import Iterator, List, Set, Tuple

from .source import Finding, Source
from .tokens import Item, Token, blocks, is_group, is_name, is_token, statements, walk

TELLING = ("Result", "error_code", "Errc", "Error")


def template_arguments(flat: List[Token], at: int) -> Tuple[List[Token], int]:
    """Tokens between the `<` at `at` and its `>`, and the index behind it."""
    depth = 0
    for end in range(at, min(at + 200, len(flat))):
        depth += {"<": 1, ">": -1}.get(flat[end].text, 0)
        if depth == 0:
            return flat[at + 1:end], end + 1
    return [], at + 1


def declared(sources: List[Source]) -> Tuple[Set[str], Set[str]]:
    """Names of functions whose task gives a Result, and of those whose task gives something else."""
    telling: Set[str] = set()
    other: Set[str] = set()
    for source in sources:
        if not source.is_cxx or "Task" not in source.text:
            continue
        flat = source.flat
        for at, token in enumerate(flat):
            if token.text != "Task" or at + 1 >= len(flat) or flat[at + 1].text != "<":
                continue
            arguments, after = template_arguments(flat, at + 1)
            while after + 2 < len(flat) and flat[after].kind == "name" and flat[after + 1].text == "::":
                after += 2
            if after + 1 < len(flat) and flat[after].kind == "name" and flat[after + 1].text == "(":
                kind = next((t.text for t in arguments if t.text not in ("leafgate", "boost", "system", "std", "::")), "")
                (telling if kind in TELLING else other).add(flat[after].text)
    return telling, other


def called(items: List[Item]) -> str:
    """The function of `co_await [object.]name[<...>](...)`, "" for any other statement."""
    if len(items) < 3 or not is_token(items[0], "co_await") or not is_group(items[-1], "("):
        return ""
    for item in items[1:-1]:
        if isinstance(item, Token) and item.kind == "punct" and item.text not in ("::", ".", "->", "<", ">", "*", ","):
            return ""
    at = len(items) - 2
    if is_token(items[at], ">"):
        while at > 1 and not is_token(items[at], "<"):
            at -= 1
        at -= 1
    return items[at].text if is_name(items[at]) else ""


def check(sources: List[Source]) -> Iterator[Finding]:
    telling, other = declared(sources)
    names = telling - other
    for source in sources:
        if not source.is_cxx or "co_await" not in source.text:
            continue
        for block in blocks(source.tree):
            for statement in statements(block):
                name = called(statement.items)
                if name in names:
                    first = next(item for item in walk(statement.items) if isinstance(item, Token))
                    yield source.finding(first.line, "await-discarded", f"the Result of {name}() is dropped")
