"""What `render` writes is what AWS would take: cfn-lint has no error and no warning on any golden template."""

import pathlib
import subprocess
import sys

import pytest

from twin import ROOT

GOLDEN = sorted((ROOT / "tests" / "golden").glob("*.golden"))


def templates(golden):
    """The name and the text of each template: behind the line "----- NAME", as tests/golden/README.md says."""
    found = []
    for line in golden.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith("----- "):
            found.append((line.removeprefix("----- ").strip(), []))
        elif found:
            found[-1][1].append(line)
    return {name: "".join(lines) for name, lines in found}


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.stem)
def test_cfn_lint_is_silent(golden, tmp_path):
    for name, text in templates(golden).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = sorted(map(str, tmp_path.iterdir()))
    assert files
    region = "ap-northeast-3" if 'source_region = "ap-northeast-3"' in golden.read_text(encoding="utf-8") else "ap-northeast-1"
    program = pathlib.Path(sys.executable).parent / "cfn-lint"
    ran = subprocess.run([program, "--regions", region, "--", *files], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
