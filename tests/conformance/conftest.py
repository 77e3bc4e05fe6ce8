"""pytest tests/conformance --kakehashi build/dev/src/cli/kakehashi; without the option, KAKEHASHI names the binary."""

import os
import pathlib
import shutil

import pytest

from clients import AwsCli, Boto3, JavaScript
from twin import Twins


def pytest_addoption(parser):
    parser.addoption("--kakehashi", default=os.environ.get("KAKEHASHI"), help="the binary under test")


@pytest.fixture(scope="session")
def twins(request, tmp_path_factory):
    binary = request.config.getoption("--kakehashi")
    if not binary:
        raise pytest.UsageError("which binary? Give --kakehashi PATH or set KAKEHASHI")
    found = shutil.which(binary)
    if not found:
        raise pytest.UsageError(f"no program at {binary}")
    twins = Twins(str(pathlib.Path(found).resolve()), tmp_path_factory.mktemp("twins"))
    yield twins
    ended_badly = twins.stop()
    assert not ended_badly


@pytest.fixture(scope="session")
def client(twins):
    """client("js", twin): one of each for each twin."""
    kinds = {"boto3": Boto3, "aws": AwsCli, "js": JavaScript,
             "js-other": lambda twin: JavaScript(twin, "other")}
    made = {}

    def of(kind, twin):
        if (kind, twin) not in made:
            made[kind, twin] = kinds[kind](twin)
        return made[kind, twin]

    yield of
    for one in made.values():
        if isinstance(one, JavaScript):
            one.close()


class Place:
    """What attempt.make asks of a running twin."""

    def __init__(self, twin, client):
        self.environment, self.advance = twin.environment, twin.advance
        self.client = lambda kind: client(kind, twin)


@pytest.fixture(scope="session")
def place(twins, client):
    return lambda scenario: Place(twins.of(scenario), client)
