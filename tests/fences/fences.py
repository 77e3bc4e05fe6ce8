"""Takes each rule of the judge out of force and asks that a test fails; called by ctest in a build with KAKEHASHI_FENCES.

    fences.py aws=PATH iam=PATH cloud=PATH twin=PATH [--only FENCE]

fences.json says which test program watches which rule. A rule that nobody misses is a hole in the tests, and a rule of
the sources that the list does not name is a hole in the list: both fail.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 120  # against hanging: a rule out of force may loop
# Of each program, what takes long and watches other things: floods, fuzz, the whole of another engine's cases.
LEFT_OUT = {"aws": "-", "iam": "-Hostile*:Simulation*", "cloud": "-", "twin": "-"}


def rules_in_sources():
    """Every rule that a source asks for. One that is made of two parts is expanded by the table it comes from."""
    rules = set()
    for path in sorted((ROOT / "src").rglob("*.cpp")):
        rules |= {rule for rule in re.findall(r'in_force\("([^"]+)"', path.read_text()) if not rule.endswith(".")}
    condition = (ROOT / "src/iam/condition.cpp").read_text()
    decide = (ROOT / "src/iam/decide.cpp").read_text()
    operators = re.findall(r'^    \{"(\w+)", Kind::', condition, re.MULTILINE)
    types = re.findall(r'^    \{PolicyType::\w+, "(\w+)", "', decide, re.MULTILINE)
    assert len(operators) > 20 and len(types) == 8, "the tables of src/iam have moved"
    rules |= {f"operator.{name}" for name in operators}
    rules |= {f"{kind}.{name}" for kind in ("deny", "allow") for name in types}
    return rules - {"allow.rcp"}  # AWS's own RCPFullAWSAccess stands at every level and cannot be detached


def run(program, watch, fence=None):
    """The names of the tests that fail; whether the program ended as it should."""
    environment = {name: value for name, value in os.environ.items() if name != "KAKEHASHI_FENCE_OFF"}
    environment["ASAN_OPTIONS"] = "detect_leaks=0"  # the tests themselves look for leaks; this looks for failures
    if fence:
        environment["KAKEHASHI_FENCE_OFF"] = fence
    done = subprocess.run([program, f"--gtest_filter={LEFT_OUT[watch]}", "--gtest_fail_fast", "--gtest_brief=1"],
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False)
    text = done.stdout.decode(errors="replace")
    return done.returncode, re.findall(r"^\[  FAILED  \] (\w+\.\w+)", text, re.MULTILINE)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", nargs="+", metavar="NAME=PATH")
    parser.add_argument("--only", help="this rule alone")
    arguments = parser.parse_args()
    programs = dict(pair.split("=", 1) for pair in arguments.programs)
    listed = json.loads((pathlib.Path(__file__).parent / "fences.json").read_text())
    wrong = [f"{rule}: in the sources, not in fences.json" for rule in sorted(rules_in_sources() - set(listed))]
    wrong += [f"{rule}: in fences.json, not in the sources" for rule in sorted(set(listed) - rules_in_sources())]
    for watch, program in programs.items():
        code, failed = run(program, watch)
        if code != 0:
            wrong.append(f"{watch}_tests: fails with every rule in force ({', '.join(failed)})")
    chosen = [arguments.only] if arguments.only else [rule for rule in listed if listed[rule]]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        results = pool.map(lambda rule: run(programs[listed[rule]], listed[rule], rule), chosen)
        for rule, (code, failed) in zip(chosen, results):
            print(f"{rule:28} {failed[0] if failed else '-'}", flush=True)
            # A crash is no failing test: an assertion of ours or a sanitizer must not stand in for one.
            if code != 1 or not failed:
                wrong.append(f"{rule}: nobody of {listed[rule]}_tests misses it (exit {code})")
    print("\n".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
