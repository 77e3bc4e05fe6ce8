"""P45: the command line keeps its contract, whatever it is connected to, and bad input gets one clear error."""
import json
import os
import signal
import socket
import subprocess
import time

import pytest

from twin import Append, Replace

DONE, PROBLEM, INTERRUPTED, USAGE, ENVIRONMENT, SERVICE, OTHER = 0, 1, 130, 252, 253, 254, 255
SECONDS_MAX = 60  # against hanging
GLOBAL = "global.anthropic.claude-haiku-4-5-20251001-v1:0"


def surroundings(home, **more):
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home)} | more


def run(binary, *arguments, env, cwd, **more):
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    return subprocess.run([binary, *arguments], env=env, cwd=cwd, timeout=SECONDS_MAX, check=False, **options)


@pytest.fixture
def fenced(raise_twin):
    return raise_twin("fenced")


def converse(binary, twin, *arguments, env=None, **more):
    return run(binary, "converse", "--config", str(twin.config), *arguments,
               env=twin.environment() | (env or {}), cwd=twin.home, **more)


def test_P45_an_answer_is_all_of_standard_output(binary, fenced):
    done = converse(binary, fenced, "こんにちは")
    assert (done.returncode, done.stdout.decode(), done.stderr) == (DONE, "[kakehashi twin] こんにちは\n", b"")
    as_json = converse(binary, fenced, "--output", "json", "こんにちは")
    assert json.loads(as_json.stdout)["stopReason"] == "end_turn"
    whole = converse(binary, fenced, "--output", "json", "--no-stream", "こんにちは")
    assert json.loads(whole.stdout)["output"] == json.loads(as_json.stdout)["output"]


def test_P45_the_question_may_come_from_standard_input(binary, fenced):
    done = converse(binary, fenced, stdin=None, input="標準入力から\n".encode())
    assert (done.returncode, done.stdout.decode()) == (DONE, "[kakehashi twin] 標準入力から\n")


def test_the_machines_openssl_configuration_changes_nothing(binary, raise_twin, tmp_path):
    """It is for other programs: this one would leave no algorithm at all."""
    role = 'role_arn = "arn:aws:iam::222222222222:role/kakehashi-operator-sample-city"\n'  # so that nothing is hashed before TLS starts
    fenced = raise_twin("fenced", Replace("kakehashi.toml", "session_name =", role + "session_name ="))
    file = tmp_path / "openssl.cnf"
    file.write_text("openssl_conf = all\n[all]\nproviders = one\n[one]\nnull = nothing\n[nothing]\nactivate = 1\n")
    done = converse(binary, fenced, "x", env={"OPENSSL_CONF": str(file)})
    assert (done.returncode, done.stderr) == (DONE, b"")


@pytest.mark.parametrize("language", ["C", "C.UTF-8", "ja_JP.UTF-8", "xx_YY.nonsense"])
def test_P45_every_language_gets_the_same_codes(binary, fenced, language):
    refused = converse(binary, fenced, "--model", GLOBAL, "--output", "json", "x", env={"LANG": language})
    assert (refused.returncode, refused.stdout) == (USAGE, b"")
    error = json.loads(refused.stderr)
    assert error["code"] == "residency-refused"
    assert error["message"] and "hint" in error


def test_P45_closed_streams_are_no_crash(binary, fenced):
    for closing in ("<&-", ">&-", "2>&-", "<&- >&- 2>&-"):
        command = f'exec "$0" converse --config "$1" x {closing}'
        done = subprocess.run(["bash", "-c", command, binary, str(fenced.config)], env=fenced.environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX, check=False)
        assert done.returncode in (DONE, OTHER), (closing, done)


def test_P45_a_full_disk_and_a_gone_reader_are_said_or_silent(binary, fenced):
    with open("/dev/full", "wb") as full:
        done = converse(binary, fenced, "x", stdout=full)
    assert done.returncode == OTHER and b"could not be written" in done.stderr
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        done = converse(binary, fenced, "x", stdout=gone)
    assert (done.returncode, done.stderr) == (OTHER, b"")


def test_P45_ctrl_c_ends_with_130(binary, raise_twin):
    twin = raise_twin("fenced", Append("kakehashi.toml", '\n[[twin.reply]]\ntext = "slow answer"\ndelay_ms = 5000\n'))
    process = subprocess.Popen([binary, "converse", "--config", str(twin.config), "x"], env=twin.environment(),
                               cwd=twin.home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    events = [binary, "twin", "events", "--config", str(twin.config)]
    for _ in range(200):  # until the request has arrived; no time decides the result
        if b"ConverseStream" in subprocess.run(events, env=twin.own_environment(), capture_output=True, check=True).stdout:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS_MAX)
    assert (process.returncode, out, err) == (INTERRUPTED, b"", b"")


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["twin"], ["converse", "--nonsense"], ["twin", "clock"]])
def test_P45_wrong_use_is_252(binary, tmp_path, arguments):
    done = run(binary, *arguments, env=surroundings(tmp_path), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (USAGE, b"") and b"--help" in done.stderr


def test_P45_help_and_version_are_answers(binary, tmp_path):
    for arguments in (["--help"], ["--version"], ["converse", "--help"], ["twin", "up", "--help"]):
        done = run(binary, *arguments, env=surroundings(tmp_path), cwd=tmp_path)
        assert done.returncode == DONE and done.stdout and not done.stderr
    japanese = run(binary, "--lang", "ja", "--help", env=surroundings(tmp_path), cwd=tmp_path)
    assert "モデルに" in japanese.stdout.decode()


def test_without_a_configuration_it_names_init(binary, tmp_path):
    done = run(binary, "converse", "x", env=surroundings(tmp_path), cwd=tmp_path)
    assert done.returncode == ENVIRONMENT and b"kakehashi init" in done.stderr


BROKEN = {  # what is broken → what the error names
    "toml": (Replace("kakehashi.toml", "[operator]", "[operator"), "kakehashi.toml:"),
    "key": (Replace("kakehashi.toml", "source_region ", "source_regoin "), "source_region"),
    "template": (Replace("operator.yaml", "Resources:", "Resources: ["), "operator.yaml:"),
    "policy": (Replace("operator.yaml", "- Sid: Profile\n                Effect: Allow", "- Sid: Profile\n                Effect: Alow"),
               "operator.yaml:"),
    "type": (Replace("municipality.yaml", "Type: AWS::EC2::RouteTable", "Type: AWS::EC2::RouteTabel"), "AWS::EC2::RouteTable"),
    "date": (Replace("kakehashi.toml", "seed = 1", 'seed = 1\nmanaged_policies = "2001-01-01"'), "kakehashi.toml:"),
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_broken_input_is_one_clear_error_with_its_place(binary, tmp_path, what, language):
    from twin import Scenario

    edit, named = BROKEN[what]
    Scenario("fenced", (edit,)).write(tmp_path / "files")
    done = run(binary, "twin", "up", "--lang", language, "--config", "files/kakehashi.toml",
               env=surroundings(tmp_path), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (ENVIRONMENT, b"")
    said = done.stderr.decode()
    assert named in said and (language == "en") == said.isascii(), said
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "files" and "kakehashi" not in path.name) == []


def test_a_missing_template_is_named(binary, tmp_path):
    from twin import Scenario

    Scenario("fenced").write(tmp_path / "files")
    (tmp_path / "files" / "operator.yaml").unlink()
    done = run(binary, "twin", "up", "--config", "files/kakehashi.toml", env=surroundings(tmp_path), cwd=tmp_path)
    assert done.returncode == ENVIRONMENT and b"operator.yaml" in done.stderr


def test_a_port_in_use_has_its_own_message(binary, tmp_path):
    from twin import Scenario

    Scenario("fenced").write(tmp_path / "files")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(binary, "twin", "up", "--output", "json", "--config", "files/kakehashi.toml", "--port", f"sts={port}",
                   env=surroundings(tmp_path), cwd=tmp_path)
    assert done.returncode == ENVIRONMENT
    assert json.loads(done.stderr)["code"] == "port-in-use"
    assert str(port) in json.loads(done.stderr)["message"]


def test_a_second_twin_of_the_same_place_is_refused(binary, fenced):
    done = run(binary, "twin", "up", *fenced.where(), env=fenced.own_environment(), cwd=fenced.home)
    assert done.returncode == ENVIRONMENT and b"twin down" in done.stderr


def test_no_twin_is_said_so(binary, tmp_path):
    from twin import Scenario

    Scenario("fenced").write(tmp_path / "files")
    for command in (["env"], ["status"], ["down"], ["events"], ["explain"], ["clock", "--advance", "1m"]):
        done = run(binary, "twin", *command, "--config", "files/kakehashi.toml", env=surroundings(tmp_path), cwd=tmp_path)
        assert done.returncode == ENVIRONMENT and b"twin up" in done.stderr, command


@pytest.mark.parametrize(("variable", "value", "code"), [
    ("AWS_CA_BUNDLE", "/nonexistent/ca.pem", "ca-not-trusted"),
    ("AWS_REGION", "us-east-1", "region-differs"),
    ("AWS_ENDPOINT_URL_STS", "https://sts.us-east-1.amazonaws.com", "endpoint-refused"),
    ("AWS_ENDPOINT_URL_STS", "no url", "endpoint-refused"),
])
def test_a_wrong_environment_has_its_own_message(binary, fenced, variable, value, code):
    done = converse(binary, fenced, "--output", "json", "x", env={variable: value})
    assert done.returncode == ENVIRONMENT
    error = json.loads(done.stderr)
    assert error["code"] == code
    assert value.split("://")[-1] in error["message"]


def test_an_untrusted_authority_is_told_apart(binary, fenced, raise_twin):
    other = raise_twin("article")
    done = converse(binary, fenced, "x", env={"AWS_CA_BUNDLE": other.ready["ca"]})
    assert done.returncode == ENVIRONMENT and b"AWS_CA_BUNDLE" in done.stderr


def test_what_the_service_refuses_is_254_with_its_words(binary, raise_twin):
    twin = raise_twin("fenced", Replace("kakehashi.toml", '"approved"', '"missing"'))
    done = converse(binary, twin, "--output", "json", "x")
    assert done.returncode == SERVICE
    error = json.loads(done.stderr)
    assert error["service"]["status"] == 404
    assert error["service"]["message"].startswith("Model use case details have not been submitted")


def test_a_truncated_answer_stays_and_is_254(binary, raise_twin):
    twin = raise_twin("fenced", Append("kakehashi.toml", '\n[[twin.reply]]\ntext = "この答えは途中で切れます"\ncut_at_byte = 700\n'))
    done = converse(binary, twin, "x")
    assert done.returncode == SERVICE
    assert done.stdout.decode().startswith("こ") and "切れます" not in done.stdout.decode()
    as_json = converse(binary, twin, "--output", "json", "x")
    assert json.loads(as_json.stderr)["code"] == "stream-truncated" and as_json.stdout == b""


def test_iam_evaluate_answers_line_by_line(binary, tmp_path):
    allow = {"name": "a", "simulation": {
        "request": {"action": "s3:GetObject", "principal": "arn:aws:iam::111111111111:role/r",
                    "resource": {"resource": "arn:aws:s3:::b/k", "accountId": "111111111111"}, "contextVariables": {}},
        "identityPolicies": [{"name": "p", "policy": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}}]}}
    lines = json.dumps(allow) + "\nnot json\n"
    done = run(binary, "iam", "evaluate", env=surroundings(tmp_path), cwd=tmp_path, stdin=None, input=lines.encode())
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == PROBLEM
    assert answers[0]["decision"] == "Allowed" and "error" in answers[1]


def test_models_says_where_each_runs(binary, fenced):
    done = run(binary, "models", "--output", "json", "--config", str(fenced.config), env=fenced.own_environment(), cwd=fenced.home)
    models = json.loads(done.stdout)["models"]
    assert done.returncode == DONE
    assert models[0]["runs_in"] == ["ap-northeast-1", "ap-northeast-3"] and models[0]["allowed"] is True


RENDERED = (  # fenced's two accounts, written by kakehashi itself
    Replace("kakehashi.toml", 'template = "operator.yaml"\n', "options = { source_vpce = true }\n"),
    Replace("kakehashi.toml", 'parameters = { MunicipalityAccount = "111111111111", ExternalId = "f3b60f3a1c7e4c0d9a52d8e17b4496ce" }\n', ""),
    Replace("kakehashi.toml", 'template     = "municipality.yaml"\n', ""),
)


def test_a_rendered_role_is_known_whatever_its_trust_asks_of_the_network(binary, raise_twin):
    done = converse(binary, raise_twin("fenced", *RENDERED), "x")
    assert (done.returncode, done.stdout, done.stderr) == (DONE, b"[kakehashi twin] x\n", b"")


def test_after_an_answer_there_is_nothing_to_mend(binary, fenced):
    assert converse(binary, fenced, "x").returncode == DONE
    said = run(binary, "twin", "explain", *fenced.where(), env=fenced.own_environment(), cwd=fenced.home)
    assert (said.returncode, said.stdout) == (DONE, b"nothing was refused; the last request, ConverseStream, was allowed\n")


def test_a_twin_that_ends_says_what_it_leaves_in_shells(binary, tmp_path):
    from twin import Scenario

    Scenario("fenced").write(tmp_path / "files")
    about = {"env": surroundings(tmp_path), "cwd": tmp_path}
    where = ["--config", "files/kakehashi.toml"]
    assert run(binary, "twin", "up", "--detach", *where, **about).returncode == DONE
    exports = run(binary, "twin", "env", *where, **about).stdout.decode().splitlines()
    down = run(binary, "twin", "down", *where, **about)
    unset = run(binary, "twin", "env", "--unset", **about)  # by now there is no twin, and it needs none
    assert (down.returncode, unset.returncode) == (DONE, DONE)
    named = [line.split()[1].split("=")[0] for line in exports]
    lines = unset.stdout.decode().splitlines()  # and what another place's environment would have
    assert lines[:len(named)] == [f"unset {name}" for name in named]
    assert lines[len(named)] == "unset AWS_CONTAINER_CREDENTIALS_FULL_URI" and "AWS_LAMBDA_FUNCTION_NAME" in lines[-1]
    assert all(name in down.stderr.decode() for name in named) and b"--unset" in down.stderr
    left = dict(line.removeprefix("export ").split("=", 1) for line in exports)
    dead = run(binary, "converse", *where, "x", cwd=tmp_path,
               env=surroundings(tmp_path) | {name: value.strip("'") for name, value in left.items()})
    assert dead.returncode == ENVIRONMENT and b"twin env --unset" in dead.stderr


def test_a_twin_elsewhere_is_named_where_the_crossing_is_refused(binary, raise_twin):
    other = '[[municipality]]\nname = "city-1"\naccount = "333333333333"\nexternal_id = "a3b60f3a1c7e4c0d9a52d8e17b4496ce"\n'
    twin = raise_twin("fenced", *RENDERED, Replace("kakehashi.toml", "[[municipality]]\n", f"{other}[[municipality]]\n"), place="sample-city")
    refused = converse(binary, twin, "--municipality", "city-1", "--output", "json", "x")
    assert refused.returncode == SERVICE
    assert "twin up --as city-1" in json.loads(refused.stderr)["hint"]
    assert converse(binary, twin, "--municipality", "sample-city", "x").returncode == DONE
