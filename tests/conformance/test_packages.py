"""Python packages as the article fetches them: the AWS CLI logs pip in, and pip installs, with both as they come."""

import hashlib
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

from twin import Append, Scenario

FOLDER = Append("kakehashi.toml", '\n[twin.codeartifact]\npackages = "wheels"\n')
WHEEL = "kakehashi_trial-1.0-py3-none-any.whl"
LOGIN = ["codeartifact", "login", "--tool", "pip", "--repository", "python",
         "--domain", "municipality", "--domain-owner", "111111111111"]
SECONDS_MAX = 120  # a bound against hanging, not a measure


def write_wheel(folder):
    """The smallest that pip installs."""
    folder.mkdir()
    about = "kakehashi_trial-1.0.dist-info"
    members = {
        "kakehashi_trial.py": "ANSWER = 42\n",
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: kakehashi-trial\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*members, f"{about}/RECORD"))
    with zipfile.ZipFile(folder / WHEEL, "w") as wheel:
        for name, text in (*members.items(), (f"{about}/RECORD", record)):
            wheel.writestr(name, text)
    return folder / WHEEL


class Machine:
    """One instance of the article's, with a home of its own: pip keeps what it is told there. (Named by PIP_CONFIG_FILE,
    too, the same file would be two for pip, and it would refuse to write.)"""

    def __init__(self, twin):
        self.twin = twin
        self.settings = twin.home / ".config" / "pip" / "pip.conf"
        ca = twin.ready["ca"]
        self.environment = twin.environment() | {
            "AWS_ENDPOINT_URL_CODEARTIFACT": twin.ready["endpoints"]["codeartifact"],
            "PIP_CERT": ca, "PIP_RETRIES": "0", "PIP_NO_INPUT": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_CACHE_DIR": "1",
        }

    def run(self, *command):
        return subprocess.run(command, env=self.environment, cwd=self.twin.home, capture_output=True, text=True,
                              timeout=SECONDS_MAX, check=False)

    def aws(self, *arguments):
        return self.run(shutil.which("aws"), *arguments)

    def pip(self, *arguments):
        return self.run(sys.executable, "-m", "pip", *arguments)


@pytest.fixture
def machine(twins):
    def of(name, *edits):
        twin = twins.of(Scenario("article", (FOLDER, *edits), alone=name))
        if not (twin.files / "wheels").exists():
            write_wheel(twin.files / "wheels")
        return Machine(twin)

    return of


def test_pip_installs_after_login(machine):
    instance = machine("packages")
    login = instance.aws(*LOGIN)
    assert login.returncode == 0, login.stderr
    listener = instance.twin.ready["endpoints"]["codeartifact.repositories"].removeprefix("https://")
    assert f"@{listener}/pypi/python/simple/" in instance.settings.read_text(encoding="utf-8")
    target = instance.twin.home / "installed"
    installed = instance.pip("install", "--target", str(target), "Kakehashi.Trial")
    assert installed.returncode == 0, installed.stderr
    assert (target / "kakehashi_trial.py").read_text(encoding="utf-8") == "ANSWER = 42\n"
    missing = instance.pip("download", "--dest", str(target), "boto3")
    assert missing.returncode != 0 and "No matching distribution found for boto3" in missing.stderr


def test_pip_checks_what_it_got(machine):
    instance = machine("hashes")
    assert instance.aws(*LOGIN).returncode == 0
    wheel = instance.twin.files / "wheels" / WHEEL
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    wanted = pathlib.Path(instance.twin.home / "requirements.txt")
    for sha256, code in ((digest, 0), ("0" * 64, 1)):
        wanted.write_text(f"kakehashi-trial==1.0 --hash=sha256:{sha256}\n", encoding="utf-8")
        got = instance.pip("download", "--require-hashes", "--dest", str(instance.twin.home), "-r", str(wanted))
        assert got.returncode == code, got.stderr


def test_an_expired_token_opens_nothing(machine):
    instance = machine("expired")
    assert instance.aws(*LOGIN).returncode == 0
    instance.twin.advance("13h")
    late = instance.pip("download", "-vv", "--dest", str(instance.twin.home), "kakehashi-trial")
    assert late.returncode != 0
    assert "401 Client Error" in late.stdout + late.stderr, late.stdout + late.stderr
    assert instance.aws(*LOGIN).returncode == 0
    again = instance.pip("download", "--dest", str(instance.twin.home), "kakehashi-trial")
    assert again.returncode == 0, again.stderr
