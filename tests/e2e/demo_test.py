"""./demo without its installation and build: what it shows, in which order, and that nothing outlives it."""
import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("KAKEHASHI", ROOT / "build/release/kakehashi")).resolve()


def running():
    """The processes of our binary."""
    found = set()
    for link in pathlib.Path("/proc").glob("[0-9]*/exe"):
        try:
            if link.resolve() == BINARY:
                found.add(int(link.parent.name))
        except OSError:
            pass  # it ended meanwhile, or is not ours to see
    return found


@pytest.mark.parametrize(("language", "closing"), [("ja_JP.UTF-8", "おわりです"), ("C.UTF-8", "That is all")])
def test_the_demo_shows_the_crossing_and_its_refusals(language, closing):
    before = running()
    environment = {**os.environ, "LANG": language, "KAKEHASHI": str(BINARY)}
    for stronger in ("LC_ALL", "LC_MESSAGES"):
        environment.pop(stronger, None)
    done = subprocess.run([ROOT / "tools/demo/demo.sh"], env=environment, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    shown = [r'"event":"ready"', r"^2\. ", r"residency-refused|global\.", r"^4\. ",
             r"\(AccessDenied(Exception)?\) when calling the Converse operation", r"^5\. ", r"^6\. ",
             r'"event":"ready"', r"^7\. ", r"model-outside", r"^8\. ", r"^\+ operator\.yaml", r"^9\. ", "✓", r"^10\. ",
             r'"event":"ready"', f"^{closing}"]
    assert re.search("(?ms)" + ".*?".join(shown), done.stdout), done.stdout
    assert running() <= before
