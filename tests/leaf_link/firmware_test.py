#!/usr/bin/env python3
"""Builds the leaf library as firmware engineers would and measures it: no warnings, the stack of every function and of the
deepest call, code size, RAM of one leaf, and what it calls. A compiler that is not installed is named and left out.
Prints a table; exit code 1 when something is over its bound."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LEAF = Path(__file__).resolve().parents[2] / "adapters" / "leaf"
FLAGS = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-pedantic", "-Werror"]
LONGEST = 1200  # lines of the library
LIBC = {"memcpy", "memcmp", "memset"}
COMPILERS_OWN = re.compile(r"__aeabi_\w+|__u?(div|mod)\w*[sd]i[34]|_GLOBAL_OFFSET_TABLE_")
RAM = {240: 560, 64: 384}  # octets of one leaf with pointers of 4; with pointers of 8 it is 8 more

# (name, command, pointer size, largest stack of one function, of the deepest call, code). With 8-octet pointers the spans on
# the stack are twice as large.
BUILDS = [("x86-64 gcc", ["gcc", "-O2"], 8, 320, 1600, 20000),
          # clang compares for equality by bcmp, unless it is told that there is none.
          ("x86-64 clang", ["clang", "-Os", "-fno-builtin-bcmp"], 8, 320, 0, 20000),
          ("x86 -m32", ["gcc", "-m32", "-O2"], 4, 256, 1300, 22000),
          ("cortex-m0", ["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb", "-Os", "-ffreestanding"], 4, 256, 1000, 9000),
          ("cortex-m0 -O2", ["arm-none-eabi-gcc", "-mcpu=cortex-m0", "-mthumb", "-O2", "-ffreestanding"], 4, 256, 1000, 12000)]
VARIANTS = [[], ["-DLEAFGATE_MTU=64"], ["-DLEAFGATE_TRUST_WIRE"]]

# A freestanding compiler brings no string.h; these are the prototypes of C99 7.21.
STRING_H = ("#include <stddef.h>\nvoid* memcpy(void* to, const void* from, size_t size);\n"
            "int memcmp(const void* a, const void* b, size_t size);\nvoid* memset(void* to, int octet, size_t size);\n")


def run(*command, cwd) -> str:
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def tool(compiler: str, name: str) -> str:
    return compiler[:-3] + name if compiler.endswith("-gcc") else name


def builds(compiler: list, folder: Path, *more) -> bool:
    """Whether it can build a program of nothing, with these headers."""
    (folder / "nothing.c").write_text("#include <string.h>\nint nothing(void);\nint nothing(void) { return 0; }\n")
    return subprocess.run([*compiler, *more, "-c", "nothing.c"], cwd=folder, capture_output=True).returncode == 0


def stack(folder: Path) -> dict:
    """Octets by function."""
    rows = [line.split("\t") for line in (folder / "leaf.su").read_text().splitlines()] if (folder / "leaf.su").exists() else []
    return {row[0].split(":")[-1]: int(row[1]) for row in rows}


def deepest(folder: Path) -> int:
    """Octets of the deepest chain of calls from the outside, without the hooks; 0 where the compiler does not tell."""
    file = next(folder.glob("*.ci"), None)
    if file is None:
        return 0
    text = file.read_text()
    size = {name: int(octets) for name, octets in re.findall(r'node: \{ title: "([^"]+)"[^}]*?\\n(\d+) bytes', text)}
    calls = {}
    for source, target in re.findall(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', text):
        calls.setdefault(source, set()).add(target)

    def depth(name: str, above: tuple) -> int:
        if name in above:
            raise RuntimeError(f"{name} calls itself")
        below = [depth(target, above + (name,)) for target in calls.get(name, ()) if target in size]
        return size[name] + max(below, default=0)
    return max(depth(name, ()) for name in size)


def ram(compiler: list, folder: Path, more: list) -> int:
    (folder / "one.c").write_text('#include "leafgate_leaf.h"\nLeafgateLeaf one_leaf;\n')
    run(*compiler, *more, *FLAGS, "-fno-common", f"-I{LEAF}", "-c", "one.c", cwd=folder)
    symbols = run(tool(compiler[0], "nm"), "-S", "one.o", cwd=folder)
    return int(next(line for line in symbols.splitlines() if line.endswith("one_leaf")).split()[1], 16)


def measure(name: str, compiler: list, bounds: tuple, variant: list, folder: Path) -> list:
    pointer, frame, chain, code = bounds
    usage = ["-fstack-usage"] if "clang" not in compiler[0] else []
    usage += ["-fcallgraph-info=su"] if "gcc" in compiler[0] else []
    run(*compiler, *variant, *FLAGS, *usage, "-c", LEAF / "leafgate_leaf.c", "-o", "leaf.o", cwd=folder)
    text, data, bss = map(int, run(tool(compiler[0], "size"), "leaf.o", cwd=folder).splitlines()[1].split()[:3])
    called = {line.split()[-1] for line in run(tool(compiler[0], "nm"), "-u", "leaf.o", cwd=folder).splitlines()}
    foreign = {symbol for symbol in called - LIBC if not COMPILERS_OWN.fullmatch(symbol)}
    frames, deep, leaf = stack(folder), deepest(folder), ram(compiler, folder, variant)
    top = max(frames, key=frames.get) if frames else ""
    print(f"{name:14}{' '.join(variant):24}code {text:6}  data {data + bss}  ram {leaf:4}  "
          f"stack {frames.get(top, 0):4} ({top or 'not told'})  deepest {deep}")
    mtu = 64 if "-DLEAFGATE_MTU=64" in variant else 240
    wrong = [(frames.get(top, 0) > frame, f"{top} takes {frames.get(top, 0)} octets of stack, the bound is {frame}"),
             (deep > chain, f"{deep} octets of stack in all, the bound is {chain}"),
             (text > code, f"{text} octets of code, the bound is {code}"), (data + bss != 0, "it has variables of its own"),
             (leaf > RAM[mtu] + (8 if pointer == 8 else 0), f"a leaf takes {leaf} octets"),
             (foreign, f"it calls {', '.join(sorted(foreign))}")]
    return [f"{name} {' '.join(variant)}: {text}" for is_so, text in wrong if is_so]


def main() -> int:
    wrong = []
    lines = len((LEAF / "leafgate_leaf.c").read_text().splitlines())
    if lines >= LONGEST:
        wrong.append(f"leafgate_leaf.c has {lines} lines")
    for name, compiler, *bounds in BUILDS:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            if shutil.which(compiler[0]) is None:
                print(f"{name:14}left out: {compiler[0]} is not installed")
                continue
            if not builds(compiler, folder):
                headers = folder / "include"
                headers.mkdir()
                (headers / "string.h").write_text(STRING_H)
                compiler = [*compiler, f"-I{headers}"]
                if "-m32" in compiler or not builds(compiler, folder):
                    print(f"{name:14}left out: {compiler[0]} cannot build for it")
                    continue
            for variant in VARIANTS:
                try:
                    wrong += measure(name, compiler, bounds, variant, folder)
                except RuntimeError as error:
                    wrong.append(f"{name}: {error}")
    print("\n".join(wrong) or "within all bounds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
