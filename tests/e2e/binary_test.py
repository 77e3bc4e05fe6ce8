"""P35 and P41: the file that people get is hardened, and starts on any Linux, Amazon Linux 2023 among them."""
import json
import os
import pathlib
import re
import subprocess

import pytest

BINARY = pathlib.Path(os.environ.get("KAKEHASHI", "build/release/kakehashi"))
SIZE_BYTES_MAX = 15_000_000


def readelf(option, file=BINARY):
    return subprocess.run(["readelf", "-W", option, file], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def headers():
    return readelf("-l")


@pytest.fixture(scope="module")
def dynamic():
    return readelf("-d")


@pytest.fixture(scope="module")
def symbols():
    return readelf("-s", BINARY.with_name(BINARY.name + ".debug"))


def test_p41_is_fully_static(headers, dynamic):
    assert "INTERP" not in headers
    assert "NEEDED" not in dynamic


def test_p35_is_position_independent(headers, dynamic):
    assert re.search(r"Elf file type is DYN", headers)
    assert re.search(r"FLAGS_1.*\bPIE\b", dynamic)


def test_p35_makes_relocations_read_only_at_start(headers, dynamic):
    assert "GNU_RELRO" in headers
    assert re.search(r"FLAGS_1.*\bNOW\b", dynamic)


def test_p35_has_no_page_that_is_writable_and_executable(headers):
    flags = re.findall(r"^\s+(LOAD|GNU_STACK)\s.*?0x\S+ 0x\S+ ([R ][W ][E ])", headers, re.M)
    assert {"LOAD", "GNU_STACK"} == {kind for kind, _ in flags}
    assert not [kind for kind, allowed in flags if "W" in allowed and "E" in allowed]


def test_p35_checks_its_stack_and_its_buffers(symbols):
    functions = re.findall(r"\bFUNC\b.*\s(\S+)$", symbols, re.M)
    assert "__stack_chk_fail" in functions
    assert any(re.fullmatch(r"__mem\w+_chk", name) for name in functions)


@pytest.mark.parametrize("flag", ["-O2", "-fPIE", "-D_FORTIFY_SOURCE=2", "-fstack-protector-strong",
                                  "-fstack-clash-protection"])
def test_p35_holds_for_every_file_of_ours(flag):
    # The libraries bring guarded functions too, so the symbols alone do not speak for our own code.
    commands = json.loads((BINARY.parent / "compile_commands.json").read_text(encoding="utf-8"))
    ours = [entry["command"] for entry in commands if entry["file"].endswith(".cpp")]
    assert ours
    assert not [command for command in ours if flag not in command.split()]


def test_is_stripped_with_its_symbols_beside_it():
    sections = readelf("-S")
    assert ".symtab" not in sections and ".debug_info" not in sections
    assert ".gnu_debuglink" in sections
    assert ".debug_info" in readelf("-S", BINARY.with_name(BINARY.name + ".debug"))


def test_is_small():
    assert BINARY.stat().st_size <= SIZE_BYTES_MAX
