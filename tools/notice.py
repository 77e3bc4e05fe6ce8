#!/usr/bin/env python3
"""NOTICE names every library that is linked in; run by ctest as `tidy.notice`.

Each entry of NOTICE says under which names CMake links it ("linked as: Boost::headers Boost::json"). Every
name in a module's SYSTEM list must be one of these.
"""
import pathlib
import re
import sys

from tidy import read_modules

ROOT = pathlib.Path(__file__).resolve().parent.parent
NOT_LINKED = re.compile(r"-|Threads::Threads$|\$\{CMAKE_DL_LIBS\}$|dl$")  # options, and parts of libc


def unnamed(linked, notice):
    """What is linked but has no entry."""
    named = {word for line in re.findall(r"^ *linked as: (.*)$", notice, re.M) for word in line.split()}
    return sorted(name for name in set(linked) - named if not NOT_LINKED.match(name))


def main():
    linked = [name for lists in read_modules(ROOT).values() for name in lists.get("SYSTEM", ())]
    missing = unnamed(linked, (ROOT / "NOTICE").read_text(encoding="utf-8"))
    for name in missing:
        print(f"NOTICE:1: {name} is linked in but not named; add its licence and copyright", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
