"""C++ as a tree of tokens and bracket groups, enough to find statements without a compiler.

A block is a list of statements (function or control body), a lambda is one that is part of an expression, a scope is a
namespace or type, an init a braced initialiser. Preprocessor lines and comments are dropped: macros are not checked.
"""

import re
from dataclasses import dataclass, field
from typing import Iterator, List, Optional, Union

LEXEME = re.compile(
    r"""
    (?P<preprocessor>^[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<newline>\n)
  | (?P<blank>[ \t\r\f\\]+)
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<raw>(?:u8|u|U|L)?R"(?P<fence>[^()\\ ]{0,16})\(.*?\)(?P=fence)")
  | (?P<string>(?:u8|u|U|L)?"(?:\\.|[^"\\\n])*")
  | (?P<char>(?:u8|u|U|L)?'(?:\\.|[^'\\\n])+')
  | (?P<number>\.?\d(?:'?[\w.]|(?<=[eEpP])[+-])*)
  | (?P<name>[A-Za-z_]\w*)
  | (?P<punct>::|->|&&|\|\||<<|<=|>=|==|!=|\+\+|--|.)
    """,
    re.S | re.X | re.M,
)
DROPPED = {"preprocessor", "newline", "blank", "comment"}
CLOSER = {"(": ")", "[": "]", "{": "}"}
KEYWORDS_BEFORE_BLOCK = {"else", "do", "try", "const", "noexcept", "override", "final", "mutable", ":", "constexpr"}
SCOPE_WORDS = {"namespace", "struct", "class", "union", "enum", "extern"}
CONTROL = {"if", "while", "for", "switch"}


@dataclass
class Token:
    text: str
    kind: str
    line: int


@dataclass
class Group:
    """One pair of brackets. `role` says what a brace is: block, lambda, scope or init; "" for the others."""

    open: str
    line: int
    role: str = ""
    items: List["Item"] = field(default_factory=list)


Item = Union[Token, Group]


@dataclass
class Statement:
    """A run of items ended by `;` or a body. `control` is set for the head of if, while, for and switch."""

    items: List[Item]
    control: str = ""


def tokens(text: str) -> Iterator[Token]:
    line = 1
    for match in LEXEME.finditer(text):
        kind = match.lastgroup if match.lastgroup != "fence" else "raw"
        if kind not in DROPPED:
            yield Token(match.group(), "string" if kind == "raw" else kind, line)
        line += match.group().count("\n")


def is_token(item: Optional[Item], *texts: str) -> bool:
    return isinstance(item, Token) and item.text in texts


def is_name(item: Optional[Item]) -> bool:
    return isinstance(item, Token) and item.kind == "name"


def is_group(item: Optional[Item], *opens: str) -> bool:
    return isinstance(item, Group) and item.open in opens


def is_body(item: Optional[Item]) -> bool:
    return isinstance(item, Group) and item.role in ("block", "lambda", "scope")


def is_introducer(items: List[Item], at: int) -> bool:
    """Whether the `[` group at `at` opens a lambda: no subscript, attribute or structured binding."""
    group = items[at]
    if not is_group(group, "[") or (group.items and is_group(group.items[0], "[")):
        return False
    before = items[at - 1] if at else None
    if isinstance(before, Token) and before.text in ("&", "&&") and at > 1 and is_token(items[at - 2], "auto"):
        return False
    if isinstance(before, Token):
        if before.kind == "name":
            return before.text in ("return", "co_return", "co_await", "co_yield", "case", "else", "do")
        return before.kind == "punct" and before.text != ">"
    return not is_group(before, "(", "[")


def opens_lambda(items: List[Item]) -> bool:
    """Whether a brace that follows `items` is the body of a lambda: walk back over its declarator."""
    angle = 0
    for at in range(len(items) - 1, -1, -1):
        item = items[at]
        if is_group(item, "["):
            return is_introducer(items, at)
        if is_group(item, "{") or is_token(item, ";", "=", "return") or (is_token(item, *CONTROL)):
            return False
        if is_token(item, ">"):
            angle += 1
        elif is_token(item, "<"):
            angle -= 1
        elif is_token(item, ",") and angle <= 0:
            return False
    return False


def brace_role(parent: Group, items: List[Item]) -> str:
    """What the `{` that follows `items` in `parent` opens."""
    if opens_lambda(items):
        return "lambda"
    in_block = is_body(parent)
    before = items[-1] if items else None
    if before is None:
        return "block" if in_block else "init"
    if isinstance(before, Group):
        return "init" if before.open == "[" else "block"
    if before.text == ";" or before.text in KEYWORDS_BEFORE_BLOCK:
        return "block"
    if not in_block or (before.kind == "punct" and before.text not in (">", "*", "&")):
        return "init"
    run: List[Item] = []
    for item in reversed(items):
        if is_token(item, ";", "=", "return", "co_return") or is_body(item):
            break
        run.insert(0, item)
    if any(is_token(item, "struct") for item in run[:1]) and len(run) == 3 and all(map(is_name, run)):
        return "init"  # struct tm parts{}
    if any(is_token(item, "->") and is_group(run[at - 1], "(") or
           is_token(item, "->") and is_token(run[at - 1], "const", "noexcept", "mutable")
           for at, item in enumerate(run) if at):
        return "block"
    if any(is_token(item, *SCOPE_WORDS) for item in run):
        return "scope"
    return "block" if any(is_token(item, "requires") for item in run) else "init"


def parse(text: str) -> Group:
    root = Group("", 1, "scope")
    stack = [root]
    for token in tokens(text):
        here = stack[-1]
        if token.kind == "punct" and token.text in CLOSER:
            role = brace_role(here, here.items) if token.text == "{" else ""
            group = Group(token.text, token.line, role)
            here.items.append(group)
            stack.append(group)
        elif token.kind == "punct" and token.text in CLOSER.values():
            while len(stack) > 1 and CLOSER[stack[-1].open] != token.text:
                stack.pop()  # unbalanced through #if; best effort
            if len(stack) > 1:
                stack.pop()
        else:
            here.items.append(token)
    return root


def statements(block: Group) -> Iterator[Statement]:
    run: List[Item] = []
    for item in block.items:
        if is_token(item, ";") or (is_token(item, "else", "do", "try")):
            if run:
                yield Statement(run)
            run = []
            continue
        run.append(item)
        if isinstance(item, Group) and item.role in ("block", "scope"):
            yield Statement(run)
            run = []
        elif is_group(item, "(") and is_token(run[0], *CONTROL) and all(map(is_name, run[:-1])):
            yield Statement(run, run[0].text)
            run = []
        elif is_token(item, ":") and is_token(run[0], "case", "default", "public", "private", "protected"):
            run = []
    if run:
        yield Statement(run)


def walk(items: List[Item], into_bodies: bool = True) -> Iterator[Item]:
    """Every token and group below `items`, in order of the text."""
    for item in items:
        yield item
        if isinstance(item, Group) and (into_bodies or not is_body(item)):
            yield from walk(item.items, into_bodies)


def blocks(root: Group) -> Iterator[Group]:
    yield root
    for item in walk(root.items):
        if is_body(item):
            yield item
