#!/usr/bin/env python3
"""Runs the benchmarks, each with its peer in turn on the same core, and prints one table.

bench/run installs the peers, builds and calls this. Absolute figures move from machine to machine: the ratio is
the point. `a better` above 1 means that we are better; medians of the rounds, with the lowest and the highest."""
import argparse
import datetime
import sys

sys.dont_write_bytecode = True
import check  # noqa: E402
import cold  # noqa: E402
import emulators  # noqa: E402
import engines  # noqa: E402
import proxy  # noqa: E402
import twin_load  # noqa: E402
from measure import ROOT, machine  # noqa: E402

PARTS = {"cold": cold.run, "check": check.run, "engines": engines.run, "twin": twin_load.run, "proxy": proxy.run,
         "emulators": emulators.run}
PAGE = ROOT / "docs/benchmarks.md"
MARKS = ("<!-- figures -->\n", "<!-- /figures -->")
HEAD = "| what | ours | peer | a better | target | met |\n| --- | --- | --- | --- | --- | --- |\n"


def write(table):
    text = PAGE.read_text(encoding="utf-8")
    before, rest = text.split(MARKS[0])
    PAGE.write_text(before + MARKS[0] + table + MARKS[1] + rest.split(MARKS[1])[1], encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__.splitlines()[0])
    parser.add_argument("-k", "--only", action="append", choices=PARTS, help="this part; repeatable")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    arguments = parser.parse_args()
    about = f"{datetime.date.today()}, {machine()}; {arguments.rounds} rounds"
    print(about, flush=True)
    rows = []
    for name in arguments.only or PARTS:
        for row in PARTS[name](arguments.rounds):
            rows.append("| " + " | ".join(row.cells()) + " |")
            print(rows[-1], flush=True)
    if arguments.write:
        write(about + "\n\n" + HEAD + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main()
