"""The examples are templates that AWS would take: cfn-lint has no error and no warning, in the Region they are for."""

import pathlib
import subprocess
import sys

import pytest

from twin import ROOT


@pytest.mark.parametrize("example", ("article", "fenced"))
def test_cfn_lint_is_silent(example):
    program = pathlib.Path(sys.executable).parent / "cfn-lint"
    templates = [str(path) for path in sorted((ROOT / "examples" / example).glob("*.yaml"))]
    assert len(templates) == 2
    ran = subprocess.run([program, "--regions", "ap-northeast-1", "--", *templates], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
