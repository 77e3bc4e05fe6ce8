"""What the tests of faults share: the binary, a twin to speak to, an authority for proxies, and how much to run."""
import concurrent.futures
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "conformance"))
FULL = os.environ.get("KAKEHASHI_FULL") == "1"


def count_of(full, brief):
    """The count of docs/promises.md, or the short one."""
    return full if FULL else brief


def all_of(work, rows, at_once=2):
    """[(row, work(row)), …], several at once: each row is a process of its own."""
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        return list(zip(rows, pool.map(work, rows)))


@pytest.fixture(scope="session")
def binary():
    return str(pathlib.Path(os.environ.get("KAKEHASHI", ROOT / "build/release/kakehashi")).resolve())


@pytest.fixture(scope="module")
def raise_twin(binary, tmp_path_factory):
    """raise_twin("fenced", edit…) → a running Twin; ended with the module."""
    from twin import Scenario, Twin

    running = []

    def raise_one(example, *edits):
        running.append(Twin(binary, Scenario(example, tuple(edits)), tmp_path_factory.mktemp("twin") / "place"))
        return running[-1]

    yield raise_one
    wrong = [said for said in (twin.stop() for twin in running) if said]
    assert not wrong


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    from fault_proxy import make_authority

    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def behind_proxy(authority, tmp_path_factory):
    """behind_proxy(twin, "sts", inside=True) → (FaultProxy, what the environment needs for it)."""
    from fault_proxy import FaultProxy
    from twin import ENDPOINT_VARIABLES

    running = []

    def put(twin, service, inside):
        url = twin.ready["endpoints"][service]
        target = ("127.0.0.1", int(url.rsplit(":", 1)[1]))
        proxy = FaultProxy(target, *((authority, twin.ready["ca"]) if inside else ()))
        running.append(proxy.__enter__())
        both = tmp_path_factory.mktemp("trust") / "both.pem"
        both.write_bytes(pathlib.Path(twin.ready["ca"]).read_bytes() + pathlib.Path(authority[0]).read_bytes())
        return proxy, {ENDPOINT_VARIABLES[service]: proxy.url, "AWS_CA_BUNDLE": str(both)}

    yield put
    for proxy in running:
        proxy.__exit__()
