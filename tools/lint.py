#!/usr/bin/env python3
"""Runs clang-tidy over every source of the compile database that changed since it was last clean.

--quick leaves out the tests and the static analyzer, which is more than half of the time.

A clean file leaves a stamp in <build>/lint, named by a digest of all that decides the result: the file and
our own headers it reaches, its command line, every .clang-tidy, and the versions of the tool and of Debian's
-dev packages (the system headers). So a warm run reads our sources and starts nothing.
"""
import argparse
import concurrent.futures
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIDY = "clang-tidy-14"
# What .clang-tidy says, less what costs most in GoogleTest's macros and finds nothing there.
TEST_CHECKS = "-clang-analyzer-*,-misc-*,-bugprone-*,bugprone-use-after-move"
QUICK_CHECKS = "-clang-analyzer-*"


def included(path, source_folder):
    """Our own headers that the file names, as "module/name.h"."""
    names = re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(encoding="utf-8"), re.M)
    return [found for name in names if (found := source_folder / name).is_file()]


def reached(path, source_folder):
    """The file and all of our headers that it includes, directly or not, in a fixed order."""
    seen, todo = set(), [path]
    while todo:
        if (file := todo.pop()) not in seen:
            seen.add(file)
            todo.extend(included(file, source_folder))
    return sorted(seen)


def digest(*parts):
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part if isinstance(part, bytes) else part.encode()).digest())
    return total.hexdigest()[:32]


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def surroundings():
    """What decides the result of every file."""
    rules = [path.read_bytes() for path in sorted(ROOT.glob(".clang-tidy")) + sorted(ROOT.glob("src/**/.clang-tidy"))]
    packages = [line for line in output_of("dpkg-query", "-W").splitlines() if "-dev" in line]
    return digest(*rules, output_of(TIDY, "--version"), "\n".join(packages))


def is_production(path):
    return not path.name.endswith("_test.cpp")


def checks_of(path, quick):
    """What is taken off, or put onto, .clang-tidy's checks for the file."""
    return (QUICK_CHECKS if quick else "") if is_production(path) else TEST_CHECKS


def sources(build):
    """(file, command line) of each of our sources; what CMake generates is not ours."""
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        path = pathlib.Path(entry["file"])
        if path.is_relative_to(ROOT / "src") and path.suffix == ".cpp":
            yield path, entry["command"]


def lint(path, checks, stamp, build):
    """clang-tidy's complaints, or None and the stamp that says so."""
    done = subprocess.run([TIDY, "-p", build, "--quiet", f"--checks={checks}", path],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stdout + done.stderr
    stamp.touch()
    return None


def lint_all(build, jobs, quick):
    """path -> complaints or None, of every source; with `quick` of those that people get."""
    stamps, around, results, stale = build / "lint", surroundings(), {}, {}
    stamps.mkdir(exist_ok=True)
    for path, command in sources(build):
        if quick and not is_production(path):
            continue
        checks = checks_of(path, quick)
        contents = [file.read_bytes() for file in reached(path, ROOT / "src")]
        stamp = stamps / digest(around, checks, command, str(path), *contents)
        if stamp.exists():
            results[path] = None
        else:
            stale[path] = checks, stamp
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda item: lint(item[0], *item[1], build), stale.items())
        return results | dict(zip(stale, found))


def write_junit(results, file):
    suite = ElementTree.Element("testsuite", name="lint")
    for path, complaints in sorted(results.items()):
        case = ElementTree.SubElement(suite, "testcase", name=str(path.relative_to(ROOT)))
        if complaints:
            ElementTree.SubElement(case, "failure", message="clang-tidy")
    ElementTree.ElementTree(suite).write(file, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "clang")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--junit", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="what people get, without the static analyzer")
    arguments = parser.parse_args()
    results = lint_all(arguments.build.resolve(), arguments.jobs, arguments.quick)
    if arguments.junit:
        write_junit(results, arguments.junit)
    complaints = [text for text in results.values() if text]
    print("\n".join(complaints) if complaints else f"{len(results)} files are clean")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
