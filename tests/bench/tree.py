#!/usr/bin/env python3
"""Writes a tree of dense source files, for measuring `unison check` on a large project.

    tests/bench/tree.py 50000 /tmp/tree && time unison check /tmp/tree && time unison check /tmp/tree

Each file has a type and functions that match on it, call themselves, and call the one before.
"""
import pathlib, sys

LINES_OF_A_FILE = 500


def module(number):
    lines = [f"type T{number} = A{number} Nat | B{number} Text | C{number} T{number} T{number}", ""]
    before, argument = "base", "n"
    while len(lines) < LINES_OF_A_FILE:
        name = f"m{number}.f{len(lines)}"
        lines += [
            f"-- What `{before}` gives, and more.",
            f"{name} : Nat -> T{number} -> Nat",
            f"{name} n t = match t with",
            f"  A{number} x   -> x + n + {len(lines)}",
            f"  B{number} s   -> Text.size s * n",
            f"  C{number} a b -> {before} {argument} + {name} (Nat.drop n 1) b",
            "",
        ]
        before, argument = name, "n a"
    return lines


def main(lines, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "base.u").write_text("base : Nat -> Nat\nbase n = n\n")
    written, number = 2, 0
    while written < lines:
        text = module(number)
        (folder / f"m{number}.u").write_text("\n".join(text) + "\n")
        written, number = written + len(text), number + 1
    print(f"{written} lines in {number + 1} files")


main(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
