"""The hostile tests: what strangers send to the release binary, and what it must not cost anybody."""
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "conformance"))
FULL = bool(os.environ.get("KAKEHASHI_FULL"))


@pytest.fixture(scope="session")
def full():
    """Whether every count of the promises is asked for."""
    return FULL


@pytest.fixture(scope="session")
def binary():
    return str(pathlib.Path(os.environ.get("KAKEHASHI", ROOT / "build/release/kakehashi")).resolve())


@pytest.fixture(scope="module")
def raise_twin(binary, tmp_path_factory):
    """raise_twin(edit…) → a running Twin of examples/fenced; ended with the module."""
    from twin import Scenario, Twin

    running = []

    def raise_one(*edits):
        running.append(Twin(binary, Scenario("fenced", tuple(edits)), tmp_path_factory.mktemp("twin")))
        return running[-1]

    yield raise_one
    wrong = [said for said in (twin.stop() for twin in running) if said]
    assert not wrong


@pytest.fixture(scope="module")
def twin(raise_twin):
    return raise_twin()
