#!/usr/bin/env python3
"""Builds and runs every test, one line a stage; called by ./test, which installs first.

A stage is a function that returns Cases; what it runs prints into build/test/<stage>.log, shown in full
when something failed. Every test case of every stage is counted, a step without cases of its own (a build,
the format) as one. The last line is `N passed, N failed`; exit 1 if one failed.
"""
import argparse
import dataclasses
import os
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
TOOLS = BUILD / "tools"
LOGS = BUILD / "test"
BINARY = BUILD / "release" / "kakehashi"
JOBS = str(os.cpu_count() or 2)
UNIT = ("--label-regex", "unit")
FUZZ_SECONDS = {"short": 4, "full": 120}


@dataclasses.dataclass
class Cases:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other):
        return Cases(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


class Run:
    """One stage under way: where its programs print, and what they are given."""

    def __init__(self, name, full):
        self.full, self.log = full, (LOGS / f"{name}.log").open("w", encoding="utf-8")
        self.junit = LOGS / f"{name}.xml"
        self.environment = {
            **os.environ,
            "KAKEHASHI": str(BINARY),
            "NODE": str(TOOLS / "bin" / "node"),
            "PATH": os.pathsep.join([str(TOOLS / "bin"), str(TOOLS / "venv" / "bin"), os.environ["PATH"]]),
            "PYTHONDONTWRITEBYTECODE": "1",
            **({"KAKEHASHI_FULL": "1"} if full else {}),
        }

    def succeeds(self, *command):
        """Whether the command exits 0. Its output goes to the log."""
        self.log.write(f"$ {' '.join(map(str, command))}\n")
        self.log.flush()
        try:
            return subprocess.run(command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL,
                                  stdout=self.log, stderr=subprocess.STDOUT, check=False).returncode == 0
        except OSError as error:
            self.log.write(f"{error}\n")
            return False

    def cases(self, *command):
        """The cases that the command reports into self.junit."""
        self.junit.unlink(missing_ok=True)
        succeeded = self.succeeds(*command)
        found = read_junit(self.junit) if self.junit.exists() else Cases()
        # Whatever the report says, a runner that fails, or that ran nothing, is a failure.
        if found.failed == 0 and (not succeeded or found.passed == 0):
            found.failed = 1
        return found

    def build(self, preset, *options, targets=("all",)):
        return (self.succeeds("cmake", "--preset", preset, *options)
                and self.succeeds("cmake", "--build", "--preset", preset, "--target", *targets))


def read_junit(path):
    """What a JUnit report of ctest or pytest counts. ctest calls a test that could not start `notrun`."""
    cases = Cases()
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None or case.get("status") == "notrun":
            cases.failed += 1
        elif case.find("skipped") is not None or case.get("status") == "disabled":
            cases.skipped += 1
        else:
            cases.passed += 1
    return cases


# --- stages ---

def one(succeeded):
    return Cases(passed=1) if succeeded else Cases(failed=1)


def ctest(run, preset, *options):
    return run.cases("ctest", "--preset", preset, "--parallel", JOBS, "--output-junit", run.junit, *options)


def built_and_tested(run, preset, *options, targets=("all",), tests=()):
    return one(True) + ctest(run, preset, *tests) if run.build(preset, *options, targets=targets) else one(False)


def pytest(run, folder):
    return run.cases(TOOLS / "venv" / "bin" / "python", "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                     f"--junitxml={run.junit}", folder)


def dev(run):
    """unit tests as the developer builds them"""
    return built_and_tested(run, "dev", tests=UNIT)


def format_check(run):
    """clang-format"""
    return one(run.build("asan", targets=("format-check",)))


def lint(run):
    """clang-tidy over what changed since it was last clean; tests and the static analyzer with --full"""
    if not run.succeeds("cmake", "--preset", "clang"):
        return one(False)
    return run.cases(sys.executable, "-B", "tools/lint.py", "--build", BUILD / "clang", "--jobs", JOBS,
                     "--junit", run.junit, *([] if run.full else ["--quick"]))


def asan(run):
    """every unit test under ASan and UBSan; tidy, messages, what must not compile; the headers, each alone; fences with --full"""
    # Each rule of the judge out of force runs three test programs a hundred times.
    left_out = () if run.full else ("--label-exclude", "fences")
    return built_and_tested(run, "asan", targets=("all", "header-check"), tests=left_out)


def tsan(run):
    """unit tests under ThreadSanitizer"""
    return built_and_tested(run, "tsan", tests=UNIT)


def fuzz(run):
    """every fuzzer: its seeds, then a short search"""
    seconds = FUZZ_SECONDS["full" if run.full else "short"]
    return built_and_tested(run, "fuzz", f"-DKAKEHASHI_FUZZ_SECONDS={seconds}", targets=("fuzzers",))


def release(run):
    """the static binary that people get"""
    return one(run.build("release"))


def e2e(run):
    """the release binary as a person meets it"""
    return pytest(run, "tests/e2e")


def conformance(run):
    """AWS's own clients against the twin"""
    return pytest(run, "tests/conformance")


def faults(run):
    """the crossing behind a fault-injecting proxy"""
    return pytest(run, "tests/faults")


def hostile(run):
    """requests, floods and bombs that must harm nobody"""
    return pytest(run, "tests/hostile")


def differential(run):
    """random policies beside an independent engine"""
    return pytest(run, "tests/differential")


def signatures(run):
    """5,000 requests that botocore signs, beside ours (P31)"""
    vectors = LOGS / "sigv4.jsonl"
    python = TOOLS / "venv" / "bin" / "python"
    if not (run.build("dev", targets=("aws_tests",))
            and run.succeeds(python, "-B", "tests/conformance/sigv4_vectors.py", "5000", "2", "--to", vectors)):
        return one(False)
    run.environment["KAKEHASHI_SIGV4_VECTORS"] = str(vectors)
    return run.cases(BUILD / "dev" / "src" / "aws" / "aws_tests", "--gtest_filter=SigV4.P31_*",
                     f"--gtest_output=xml:{run.junit}")


@dataclasses.dataclass(frozen=True)
class Stage:
    run: object
    after: str = ""        # the stage without which this one has nothing to test
    full_only: bool = False
    exists: object = lambda: True


def has_tests(folder):
    return lambda: BINARY.exists() and any((ROOT / folder).glob("*test*.py"))


STAGES = {
    "format": Stage(format_check),
    "asan": Stage(asan),
    "dev": Stage(dev, full_only=True),
    "tsan": Stage(tsan, full_only=True),
    "fuzz": Stage(fuzz),
    "lint": Stage(lint),
    "release": Stage(release, exists=lambda: (ROOT / "src" / "cli").exists()),
    "signatures": Stage(signatures, full_only=True),
    "e2e": Stage(e2e, after="release", exists=has_tests("tests/e2e")),
    "conformance": Stage(conformance, after="release", exists=has_tests("tests/conformance")),
    "faults": Stage(faults, after="release", exists=has_tests("tests/faults")),
    "hostile": Stage(hostile, after="release", exists=has_tests("tests/hostile")),
    "differential": Stage(differential, after="release", exists=has_tests("tests/differential")),
}


# --- the run ---

def run_stage(name, stage, full):
    run, began = Run(name, full), time.monotonic()
    if sys.stdout.isatty():
        print(f"     {name} …", end="\r", flush=True)
    cases = stage.run(run)
    run.log.close()
    skipped = f", {cases.skipped} skipped" if cases.skipped else ""
    print(f"{'FAIL' if cases.failed else 'ok':4} {name:12} {time.monotonic() - began:7.1f} s  "
          f"{cases.passed} passed, {cases.failed} failed{skipped}", flush=True)
    if cases.failed:
        print(pathlib.Path(run.log.name).read_text(encoding="utf-8", errors="replace"), flush=True)
    return cases


def run_stages(names, full):
    total, broken = Cases(), set()
    for name in names:
        stage = STAGES[name]
        if stage.after in broken:
            print(f"FAIL {name:12} not run: {stage.after} failed")
            cases = one(False)
        elif not stage.exists():
            continue
        else:
            cases = run_stage(name, stage, full)
        if cases.failed:
            broken.add(name)
        total += cases
    return total


def main():
    parser = argparse.ArgumentParser(prog="./test", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="every count of the promises; dev and tsan; long fuzz runs; the whole lint")
    parser.add_argument("-k", "--only", action="append", choices=STAGES, metavar="STAGE", help="this stage; repeatable")
    parser.add_argument("--list", action="store_true", help="print the stages and leave")
    arguments = parser.parse_args()
    if arguments.list:
        for name, stage in STAGES.items():
            print(f"{name:12} {stage.run.__doc__}")
        return 0
    LOGS.mkdir(parents=True, exist_ok=True)
    names = arguments.only or [name for name, stage in STAGES.items() if arguments.full or not stage.full_only]
    began = time.monotonic()
    total = run_stages(names, arguments.full)
    print(f"{time.monotonic() - began:.0f} s")
    print(f"{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
