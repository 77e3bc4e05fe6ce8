"""P40: the same source makes the same bytes, in another folder and without a network. A whole build: --full only."""
import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KAKEHASHI", ROOT / "build/release/kakehashi"))


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.skipif("KAKEHASHI_FULL" not in os.environ, reason="builds everything a second time")
def test_p40_another_clone_makes_the_same_bytes(tmp_path):
    clone = tmp_path / "clone"
    shutil.copytree(ROOT, clone, ignore=shutil.ignore_patterns("build", ".git"))
    cut_off = ["unshare", "--net", "--map-root-user"]
    environment = {**os.environ, "CCACHE_DISABLE": "1"}
    for command in (["cmake", "--preset", "release"], ["cmake", "--build", "--preset", "release"]):
        subprocess.run(cut_off + command, cwd=clone, env=environment, check=True)
    assert digest(clone / "build/release/kakehashi") == digest(BINARY)
