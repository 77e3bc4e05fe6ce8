"""Our engine beside an independent one, @cloud-copilot/iam-simulate, on random policies and requests.

20,000 cases, or with KAKEHASHI_FULL=1 a million, shared by two workers (compare.mjs). Cases that differ must be explained by an entry of
differences.mjs, which AWS's documentation in differences.json decides; an entry that explains nothing must go.
"""
import collections
import json
import os
import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SEED = 1
WORKERS = 2
CASES = 1_000_000 if os.environ.get("KAKEHASHI_FULL") else 20_000
CASES_PER_FEATURE = CASES // 2_000
FAULTS_MIN = CASES // 10_000       # one case in forty has a fault, one of many
OUTCOME_SHARE_MIN = 0.01
DIFFERING_SHARE_MAX = 0.2


def worker(first, count):
    program = pathlib.Path(os.environ.get("KAKEHASHI", ROOT / "build/release/kakehashi")).resolve()
    return subprocess.Popen([os.environ.get("NODE", "node"), HERE / "compare.mjs", "--seed", str(SEED), "--from", str(first),
                             "--count", str(count)], stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "KAKEHASHI": str(program)})


@pytest.fixture(scope="module")
def report():
    share = CASES // WORKERS
    workers = [worker(number * share, share) for number in range(WORKERS)]
    parts = [json.loads(one.communicate()[0]) for one in workers]
    whole = {name: sum((collections.Counter(part[name]) for part in parts), collections.Counter())
             for name in ("features", "outcomes", "differences")}
    whole["cases"] = sum(part["cases"] for part in parts)
    whole["unexplained"] = sum(part["unexplained"] for part in parts)
    whole["shown"] = [shown for part in parts for shown in part["shown"]]
    print_table(whole)
    return whole


def print_table(report):
    for title in ("outcomes", "features", "differences"):
        print(f"\n{title} of {report['cases']} cases")
        for name, count in sorted(report[title].items()):
            print(f"  {count:8}  {name}")


def all_features():
    listed = subprocess.run([os.environ.get("NODE", "node"), "--input-type=module", "-e",
                             "import { ALL_FEATURES } from './cases.mjs'; console.log(JSON.stringify(ALL_FEATURES));"],
                            cwd=HERE, capture_output=True, text=True, check=True)
    return json.loads(listed.stdout)


def test_every_case_was_decided(report):
    assert report["cases"] == CASES


def test_no_difference_without_a_judge(report):
    smallest = sorted(report["shown"], key=lambda shown: len(json.dumps(shown)))[:3]
    assert report["unexplained"] == 0, json.dumps(smallest, indent=1)


def test_every_feature_was_met(report):
    missing = {feature: report["features"][feature] for feature in all_features()
               if report["features"][feature] < (FAULTS_MIN if feature.startswith("fault: ") else CASES_PER_FEATURE)}
    assert not missing


def test_outcomes_are_of_every_kind(report):
    for outcome in ("Allowed", "ImplicitlyDenied", "ExplicitlyDenied", "Refused"):
        assert report["outcomes"][outcome] > OUTCOME_SHARE_MIN * CASES


def test_every_entry_of_the_list_is_judged_and_alive(report):
    entries = json.loads((HERE / "differences.json").read_text(encoding="utf-8"))["differences"]
    assert set(report["differences"]) == set(entries)
    for name, entry in entries.items():
        assert all(entry[part].strip() for part in ("here", "there", "judge", "source")), name


def test_most_cases_need_no_judge(report):
    """Entries may not come to explain everything."""
    assert report["differences"].total() < DIFFERING_SHARE_MAX * CASES
