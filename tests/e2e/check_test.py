"""init, render, check and explain from the command line: what scripts and people rely on."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DONE, PROBLEM, USAGE, ENVIRONMENT, OTHER = 0, 1, 252, 253, 255
SECONDS_MAX = 120  # against hanging
OPERATOR, MUNICIPALITY = "222222222222", "111111111111"
ACCOUNTS = ("--operator-account", OPERATOR, "--municipality-account", MUNICIPALITY)
ARTICLE_IDS = {  # check.md: what the article's pair must yield at least
    "model-outside", "managed-policy-opens-models", "foundation-model-direct", "caller-has-bedrock",
    "operator-marketplace", "external-id-missing", "source-vpce-missing", "endpoint-full-access",
}


@pytest.fixture
def kakehashi(binary, tmp_path):
    """kakehashi("check", …) in a folder of its own."""

    def run(*arguments, **more):
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"} | more.pop("env", {})
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
        return subprocess.run([binary, *map(str, arguments)], cwd=tmp_path, env=environment, timeout=SECONDS_MAX,
                              check=False, **options)

    return run


@pytest.fixture
def rendered(kakehashi, tmp_path):
    assert kakehashi("init", *ACCOUNTS).returncode == DONE
    assert kakehashi("render").returncode == DONE
    return tmp_path


def example(name, into):
    for file in (ROOT / "examples" / name).iterdir():
        shutil.copy(file, into)
    return into / "kakehashi.toml"


def judged(kakehashi, *arguments):
    done = kakehashi("check", "--output", "json", *arguments)
    assert done.returncode in (DONE, PROBLEM), done.stderr
    return done.returncode, json.loads(done.stdout)


def listing(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


# --- init, render ---


def test_init_needs_both_accounts_and_writes_nothing_without(kakehashi, tmp_path):
    for arguments in ((), ACCOUNTS[:2], ("--operator-account", "12", *ACCOUNTS[2:]),
                      ("--operator-account", MUNICIPALITY, *ACCOUNTS[2:])):
        done = kakehashi("init", *arguments)
        assert (done.returncode, done.stdout) == (USAGE, b"")
    assert not listing(tmp_path)


def test_init_never_writes_over_a_file_and_draws_another_external_id(kakehashi, tmp_path):
    assert kakehashi("init", *ACCOUNTS).returncode == DONE
    before = listing(tmp_path)
    again = kakehashi("init", *ACCOUNTS, "--output", "json")
    assert again.returncode == ENVIRONMENT and json.loads(again.stderr)["code"] == "file-exists"
    assert listing(tmp_path) == before
    assert kakehashi("init", *ACCOUNTS, "--out", "other").returncode == DONE
    assert (tmp_path / "other/kakehashi.toml").read_bytes() != before["kakehashi.toml"]


def test_render_writes_the_same_bytes_again(kakehashi, rendered):
    before = listing(rendered)
    assert {"operator.yaml", "municipality.yaml", "aws-config", "deployment.ja.md", "deployment.en.md"} < set(before)
    assert kakehashi("render").returncode == DONE
    assert listing(rendered) == before
    assert (kakehashi("render", "--diff").returncode, kakehashi("render", "--diff").stdout) == (DONE, b"")


def test_render_keeps_what_a_person_changed(kakehashi, rendered):
    template = rendered / "operator.yaml"
    template.write_text(template.read_text().replace("Description:", "Description: # mine\n #", 1))
    before = listing(rendered)
    refused = kakehashi("render", "--output", "json")
    assert refused.returncode == ENVIRONMENT and json.loads(refused.stderr)["code"] == "file-changed"
    assert listing(rendered) == before
    assert kakehashi("render", "--diff").returncode == PROBLEM
    assert kakehashi("render", "--force").returncode == DONE
    assert "mine" not in template.read_text()


def test_render_diff_marks_what_comes_changes_and_goes(kakehashi, rendered):
    config = rendered / "kakehashi.toml"
    (rendered / "aws-config").unlink()
    (rendered / "municipality-old.yaml").write_bytes((rendered / "municipality.yaml").read_bytes())
    config.write_text(config.read_text().replace('"kakehashi-caller"', '"another-caller"'))
    done = kakehashi("render", "--diff")
    marks = {line.split()[1]: line[0] for line in done.stdout.decode().splitlines()}
    assert done.returncode == PROBLEM
    assert marks["aws-config"] == "+" and marks["operator.yaml"] == "~" and marks["municipality-old.yaml"] == "-"
    assert not (rendered / "aws-config").exists()


@pytest.mark.parametrize("wrong", [
    ('name    = "sample-city"', 'nam = "x"', "nam"),
    (f'account = "{OPERATOR}"', 'account = "12"', "12"),
    ("jp.anthropic", "global.anthropic", "global."),
])
def test_bad_input_is_one_error_with_a_line_and_nothing_is_written(kakehashi, tmp_path, wrong):
    assert kakehashi("init", *ACCOUNTS).returncode == DONE
    config = tmp_path / "kakehashi.toml"
    config.write_text(config.read_text().replace(wrong[0], wrong[1]))
    done = kakehashi("render", "--output", "json")
    assert done.returncode == ENVIRONMENT
    problems = json.loads(done.stderr)["problems"]
    assert problems[0]["line"] > 0 and wrong[2] in json.dumps(problems)
    assert set(listing(tmp_path)) == {"kakehashi.toml"}


# --- check ---


def test_what_init_and_render_make_is_proven(kakehashi, rendered):
    code, out = judged(kakehashi)
    assert out["proofs"]["stays_in_japan"]["verdict"] == "proven", out["proofs"]
    assert out["proofs"]["works"]["verdict"] == "proven", out["proofs"]["works"]
    assert not [f for f in out["findings"] if f["severity"] != "note"], out["findings"]
    assert code == DONE
    for name in ("operator.yaml", "municipality.yaml"):  # the same from kakehashi.toml alone
        (rendered / name).unlink()
    assert judged(kakehashi) == (code, out)


def test_the_article_is_refuted_by_a_global_profile(kakehashi, tmp_path):
    config = example("article", tmp_path)
    code, out = judged(kakehashi, "--config", config)
    assert code == PROBLEM and ARTICLE_IDS <= {found["id"] for found in out["findings"]}
    stays = out["proofs"]["stays_in_japan"]
    assert stays["verdict"] == "refuted" and stays["by"]["iam"] == "refuted"
    assert {"principal", "action", "resource", "context"} <= set(stays["counterexample"])
    outside = [found for found in out["findings"] if found["id"] == "model-outside"]
    assert outside[0]["witness"]["action"].startswith("bedrock:Invoke")
    assert outside[0]["witness"]["model_id"].startswith("global.")


def test_two_templates_do_without_a_configuration(kakehashi, tmp_path):
    example("fenced", tmp_path)
    (tmp_path / "kakehashi.toml").unlink()
    templates = ("--operator", "operator.yaml", "--municipality", "municipality.yaml")
    code, out = judged(kakehashi, *templates, *ACCOUNTS)
    assert (code, out["proofs"]["works"]["verdict"]) == (DONE, "proven"), out
    assert kakehashi("check", *templates).returncode == USAGE
    assert kakehashi("check", *ACCOUNTS).returncode == USAGE


def test_sarif_names_rules_and_lines(kakehashi, tmp_path):
    config = example("article", tmp_path)
    done = kakehashi("check", "--config", config, "--output", "sarif")
    run = json.loads(done.stdout)["runs"][0]
    assert done.returncode == PROBLEM
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize("ending", ["md", "html"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_report_for_an_auditor(kakehashi, tmp_path, ending, language):
    config = example("article", tmp_path)
    done = kakehashi("check", "--config", config, "--report", f"report.{ending}", "--lang", language)
    page = (tmp_path / f"report.{ending}").read_text()
    assert done.returncode == PROBLEM and OPERATOR in page and "model-outside" in page
    assert ("検査報告書" in page) == (language == "ja")
    assert kakehashi("check", "--config", config, "--report", "report.txt").returncode == USAGE


def test_fix_mends_the_files_of_the_folder_and_checks_again(kakehashi, tmp_path):
    config = example("article", tmp_path)
    (tmp_path / "municipality.yaml").chmod(0o640)
    _, before = judged(kakehashi, "--config", config)
    wanted = [found for found in before["findings"] if found["fixable"]]
    done = kakehashi("check", "--config", config, "--fix", "--output", "json")
    after = json.loads(done.stdout)
    assert wanted and len(after["findings"]) < len(before["findings"])
    assert (tmp_path / "municipality.yaml").stat().st_mode & 0o777 == 0o640
    assert judged(kakehashi, "--config", config)[1]["findings"] == after["findings"]


def test_fix_leaves_what_is_rendered_alone(kakehashi, rendered):
    before = listing(rendered)
    assert kakehashi("check", "--fix").returncode == DONE
    assert listing(rendered) == before


def test_a_suppression_is_printed_with_its_reason(kakehashi, tmp_path):
    config = example("article", tmp_path)
    with config.open("a") as file:
        file.write('\n[[check.suppress]]\nid = "model-outside"\nreason = "until the move"\nuntil = 2199-01-01\n')
    _, out = judged(kakehashi, "--config", config)
    assert "model-outside" not in {found["id"] for found in out["findings"]}
    assert out["suppressed"][0]["reason"] == "until the move"
    assert b"until the move" in kakehashi("check", "--config", config).stdout


def test_a_suppression_that_does_nothing_is_told_with_its_line(kakehashi, tmp_path):
    config = example("fenced", tmp_path)
    with config.open("a") as file:
        file.write('\n[[check.suppress]]\nid = "no-such"\nreason = "agreed"\nuntil = 2199-01-01\n')
    _, out = judged(kakehashi, "--config", config)
    found, = (each for each in out["findings"] if each["id"] == "suppression-void")
    assert (found["file"], found["severity"]) == (str(config), "warning")
    assert config.read_text().splitlines()[found["line"] - 1] == 'id = "no-such"'


def test_a_managed_policy_that_is_not_bundled_is_taken_from_a_folder(kakehashi, tmp_path):
    config = example("fenced", tmp_path)
    arn = "arn:aws:iam::aws:policy/SecurityAudit"
    operator = tmp_path / "operator.yaml"
    operator.write_text(operator.read_text().replace(
        "      # No AWS managed policy:", f"      ManagedPolicyArns: [{arn}]\n      # No AWS managed policy:", 1))
    done = kakehashi("check")
    assert done.returncode == ENVIRONMENT
    assert f"aws iam get-policy-version --policy-arn {arn}".encode() in done.stderr and b"[templates] managed_policies" in done.stderr
    config.write_text(config.read_text().replace("[bedrock]", '[templates]\nmanaged_policies = "saved"\n\n[bedrock]', 1))
    assert kakehashi("check").returncode == ENVIRONMENT  # no such folder
    (tmp_path / "saved").mkdir()
    done = kakehashi("check")
    assert done.returncode == ENVIRONMENT and b"saved/SecurityAudit.json" in done.stderr
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
    saved = {"PolicyVersion": {"VersionId": "v41", "IsDefaultVersion": True, "Document": document}}
    (tmp_path / "saved/SecurityAudit.json").write_text(json.dumps(saved))
    code, out = judged(kakehashi)
    assert code == DONE and any("saved/SecurityAudit.json" in each for each in out["proofs"]["stays_in_japan"]["assumptions"])
    (tmp_path / "saved/SecurityAudit.json").write_text("{")
    done = kakehashi("check")
    assert done.returncode == ENVIRONMENT and b"saved/SecurityAudit.json:1" in done.stderr


def test_can_and_diff_answer_with_a_request(kakehashi, tmp_path):
    for name in ("article", "fenced"):
        (tmp_path / name).mkdir()
        example(name, tmp_path / name)
    done = kakehashi("check", "--config", "fenced/kakehashi.toml", "--output", "json", "--can",
                     "kakehashi-operator-sample-city", "bedrock:InvokeModel", "arn:aws:bedrock:us-east-1::foundation-model/*")
    assert (done.returncode, json.loads(done.stdout)["can"]) == (DONE, "no"), done.stderr
    done = kakehashi("check", "--config", "fenced/kakehashi.toml", "--output", "json", "--can",
                     "kakehashi-operator-sample-city", "bedrock:InvokeModel", "*")
    assert (done.returncode, json.loads(done.stdout)["can"]) == (PROBLEM, "yes"), done.stderr
    assert json.loads(done.stdout)["from_inside"]["witness"]["endpoint"]
    done = kakehashi("check", "--config", "fenced/kakehashi.toml", "--can", "kakehashi-caller", "bedrock:InvokModel", "*")
    assert done.returncode == USAGE and b"bedrock:InvokeModel" in done.stderr
    wider = json.loads(kakehashi("check", "--output", "json", "--diff", "fenced", "article").stdout)
    assert {each["by"] for each in wider["gained"]} == {"policies", "network"}
    assert all(each["line"] for each in wider["gained"])
    said = kakehashi("check", "--diff", "fenced", "article").stdout.decode()
    assert "by the network" in said and "security groups" in said
    same = kakehashi("check", "--output", "json", "--diff", "fenced", "fenced")
    assert same.returncode == DONE and json.loads(same.stdout) == {"gained": [], "lost": [], "unknown": []}


@pytest.mark.parametrize("language", ["C", "ja_JP.UTF-8"])
def test_streams_may_be_full_closed_or_strange(kakehashi, rendered, language):
    assert kakehashi("check", env={"LANG": language}).returncode == DONE
    with open("/dev/full", "wb") as full:
        assert kakehashi("check", stdout=full).returncode == OTHER


# --- explain ---


def test_every_id_has_a_page_and_an_unknown_one_names_the_nearest(kakehashi):
    for language in ("ja", "en"):
        done = kakehashi("explain", "model-outside", "--lang", language)
        assert done.returncode == DONE and b"aws:RequestedRegion" in done.stdout
    wrong = kakehashi("explain", "model-outsid", "--output", "json")
    assert wrong.returncode == USAGE and "model-outside" in json.loads(wrong.stderr)["message"]
