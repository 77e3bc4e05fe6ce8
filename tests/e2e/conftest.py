"""What the end-to-end tests share: the binary and a twin to speak to, started as the conformance suite starts one."""
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "conformance"))


@pytest.fixture(scope="session")
def binary():
    return str(pathlib.Path(os.environ.get("KAKEHASHI", ROOT / "build/release/kakehashi")).resolve())


@pytest.fixture
def raise_twin(binary, tmp_path):
    """raise_twin("fenced", edit…) → a running Twin; ended with the test."""
    from twin import Scenario, Twin

    running = []

    def raise_one(example, *edits, place=None):
        folder = tmp_path / f"twin{len(running)}"
        folder.mkdir()
        running.append(Twin(binary, Scenario(example, tuple(edits), place), folder))
        return running[-1]

    yield raise_one
    wrong = [said for said in (twin.stop() for twin in running) if said]
    assert not wrong
