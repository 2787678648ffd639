"""`co_await f();` that drops a Result. GCC does not warn, because the value passes through await_resume.

Names are collected from the declarations `Task<Result<...>> name(` that a file can see: its own and those of the headers
it includes. A name that it also sees with a task of another kind is left alone: without types the two cannot be told apart.
"""

from typing import Dict, Iterator, List, Set, Tuple

from .includes import INCLUDE
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


def declared(source: Source) -> Tuple[Set[str], Set[str]]:
    """Names of functions whose task gives a Result, and of those whose task gives something else."""
    telling: Set[str] = set()
    other: Set[str] = set()
    flat = source.flat if "Task" in source.text else []
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


def seen_from(source: Source, by_path: Dict[str, Source]) -> List[Source]:
    """The file itself and what it includes, directly or not."""
    seen = {source.path: source}
    left = [source]
    while left:
        for line in left.pop().lines:
            match = INCLUDE.match(line)
            target = by_path.get(match.group(2)) if match else None
            if target and target.path not in seen:
                seen[target.path] = target
                left.append(target)
    return list(seen.values())


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
    by_path = {source.path: source for source in sources if source.is_cxx}
    declarations = {source.path: declared(source) for source in by_path.values()}
    for source in by_path.values():
        if "co_await" not in source.text:
            continue
        seen = [declarations[other.path] for other in seen_from(source, by_path)]
        names = set().union(*(telling for telling, _ in seen)) - set().union(*(other for _, other in seen))
        for block in blocks(source.tree):
            for statement in statements(block):
                if (name := called(statement.items)) in names:
                    first = next(item for item in walk(statement.items) if isinstance(item, Token))
                    yield source.finding(first.line, "await-discarded", f"the Result of {name}() is dropped")
