"""`kakehashi check` with its proofs: one pair beside cfn-lint, 1,741 municipalities, and policies made to take long."""
import json
import pathlib
import random
import re
import statistics
import subprocess
import tempfile

from measure import BINARY, PROGRAMS, TOOLS, Figure, Row, spread

COUNTS = (10, 100, 1000, 1741)  # municipalities; Japan has 1,741
STATEMENTS, KEYS = 100, 20  # of a hostile policy
PAIR = """[operator]
account  = "222222222222"
template = "operator.yaml"

[[municipality]]
name        = "sample-city"
account     = "111111111111"
external_id = "f3b60f3a1c7e4c0d9a52d8e17b4496ce"
template    = "municipality.yaml"
"""


def cost(*command, exits=(0,)):
    said = subprocess.run([PROGRAMS / "process_cost", *map(str, command)], capture_output=True, text=True)
    figures = json.loads(said.stdout)
    if figures["exit"] not in exits:
        raise SystemExit(f"{command}\n{said.stderr}")
    return {**figures, "said": said.stderr}


def rendered_pair(folder):
    """Both templates, and the configuration that names them: what is judged is what cfn-lint reads."""
    config = folder / "kakehashi.toml"
    config.write_text(re.sub(r"template .*\n", "", PAIR), encoding="utf-8")
    cost(BINARY, "render", "--config", config, "--out", folder)
    config.write_text(PAIR, encoding="utf-8")
    return config


def one_pair(rounds):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        config = rendered_pair(folder)
        commands = {
            "ours": [BINARY, "check", "--config", config],
            "cfn-lint": [TOOLS / "venv/bin/cfn-lint", "--regions", "ap-northeast-1", "--", folder / "operator.yaml",
                         folder / "municipality.yaml"],
        }
        for command in commands.values():
            cost(*command)  # byte code and page cache
        found = {who: [] for who in commands}
        for _ in range(rounds):
            for who, command in commands.items():
                found[who].append(cost(*command))
    ours, theirs = ([each["seconds"] * 1000 for each in found[who]] for who in commands)
    memory = [[each["kilobytes"] / 1024 for each in found[who]] for who in commands]
    return [
        Row("check with both proofs, one rendered pair, cold process", spread(ours, " ms", 3), f"cfn-lint {spread(theirs, ' ms', 3)}",
            [b / a for a, b in zip(ours, theirs)], 50),
        Figure("the same", statistics.median(ours), "ms", 50, at_most=True),
        Row("the same, peak memory", spread(memory[0], " MB", 3), f"cfn-lint {spread(memory[1], ' MB', 3)}",
            [b / a for a, b in zip(*memory)]),
    ]


def many(rounds):
    rows = []
    for count in COUNTS:
        toml = subprocess.run([PROGRAMS / "scale", "--toml", str(count)], check=True, capture_output=True).stdout
        render, check = [], []
        for _ in range(min(rounds, 3)):
            with tempfile.TemporaryDirectory() as folder:
                config = pathlib.Path(folder) / "kakehashi.toml"
                config.write_bytes(toml)
                render.append(cost(BINARY, "render", "--config", config, "--out", folder))
                check.append(cost(BINARY, "check", "--config", config))
        last = count == COUNTS[-1]
        for what, costs, seconds in (("render", render, 2), ("check", check, 10)):
            taken = statistics.median(each["seconds"] for each in costs)
            memory = max(each["kilobytes"] for each in costs) / 1024
            rows += [Figure(f"{what}, {count:,} municipalities", taken, "s", seconds if last else None, at_most=True),
                     Figure("the same, each", taken / count * 1000, "ms"),
                     Figure("the same, peak memory", memory, "MB", 300 if last else None, at_most=True)]
    return rows


def hostile_statement(number, effect, condition):
    stars = "*".join(chr(ord("a") + (number + i) % 26) for i in range(8))
    keys = {f"aws:RequestTag/k{i}": f"*{stars}*{i}*" for i in range(KEYS)}
    return {"Effect": effect, "Action": "bedrock:Invoke*", "Resource": f"arn:aws:bedrock:*:*:*{stars}*", "Condition": {condition: keys}}


def hostile_policies():
    everywhere = {"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"}
    # Each key of the Allow has every letter in order, and so what most of the Denies ask for: all of them are looked into.
    alphabet = "*".join(chr(ord("a") + i) for i in range(26))
    narrow = {**everywhere, "Action": "bedrock:Invoke*", "Condition": {"StringLike": {f"aws:RequestTag/k{i}": f"*{alphabet}*{i}*" for i in range(KEYS)}}}
    wrapping = [hostile_statement(i, "Deny", "StringLike") for i in range(2 * STATEMENTS) if i % 26 > 18][:STATEMENTS - 1]
    return {
        "Allow, StringLike": [hostile_statement(i, "Allow", "StringLike") for i in range(STATEMENTS)],
        "Deny, StringNotLike": [everywhere] + [hostile_statement(i, "Deny", "StringNotLike") for i in range(STATEMENTS)],
        "Denies that must be avoided": [narrow] + wrapping,
        "a Deny that cannot be": [narrow] + wrapping[:STATEMENTS - 2] + [
            {**hostile_statement(0, "Deny", "StringLike"), "Resource": "*"}],
        "both": [hostile_statement(i, "Allow" if i % 2 else "Deny", "StringLike" if i % 4 < 2 else "StringNotLike")
                 for i in range(STATEMENTS)],
    }


def hostile(_):
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        config = rendered_pair(folder)
        text = (folder / "operator.yaml").read_text(encoding="utf-8")
        role = re.search(r"^  (\w+):\n    Type: AWS::IAM::Role$", text, re.MULTILINE).group(1)
        for what, statements in hostile_policies().items():
            policy = {"Type": "AWS::IAM::Policy", "Properties": {
                "PolicyName": "hostile", "Roles": [{"Ref": role}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}}
            hostile_text = text.replace("Resources:\n", f"Resources:\n  Hostile: {json.dumps(policy)}\n", 1)
            (folder / "operator.yaml").write_text(hostile_text, encoding="utf-8")
            said = cost(BINARY, "check", "--config", config, "--output", "json", exits=(0, 1))
            verdict = json.loads(said["said"])["proofs"]["stays_in_japan"]["verdict"]
            name = f"check, {STATEMENTS} hostile statements of {KEYS} keys ({what}): {verdict}"
            rows += [Figure(name, said["seconds"], "s", 2, at_most=True),
                     Figure("the same, peak memory", said["kilobytes"] / 1024, "MB", 300, at_most=True)]
    return rows


ROLES, CLAUSES, VARIABLES = 40, 300, 60  # a search of each role ends with its budget, not with an answer


def intricate_statements():
    """A 3-SAT formula that random choice makes hard: each tag is 0 or 1, and each Deny forbids one combination of three."""
    dice = random.Random(1)
    tag = "aws:RequestTag/k{}".format
    allow = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": "*",
             "Condition": {"StringEquals": {tag(i): ["0", "1"] for i in range(VARIABLES)}}}
    return [allow] + [{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
        "StringEquals": {tag(i): str(dice.randrange(2)) for i in dice.sample(range(VARIABLES), 3)}}} for _ in range(CLAUSES)]


def many_intricate_roles(_):
    """What one role may cost, forty may not cost forty times."""
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    resources = {"Intricate": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
        "PolicyDocument": {"Version": "2012-10-17", "Statement": intricate_statements()}}}}
    for number in range(ROLES):
        resources[f"Intricate{number}"] = {"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [{"Ref": "Intricate"}]}}
    lines = "".join(f"  {name}: {json.dumps(resource)}\n" for name, resource in resources.items())
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        config = rendered_pair(folder)
        text = (folder / "operator.yaml").read_text(encoding="utf-8")
        (folder / "operator.yaml").write_text(text.replace("Resources:\n", "Resources:\n" + lines, 1), encoding="utf-8")
        said = cost(BINARY, "check", "--config", config, "--output", "json", exits=(0, 1))
    verdict = json.loads(said["said"])["proofs"]["stays_in_japan"]["verdict"]
    return [Figure(f"check, {ROLES} roles with {CLAUSES} intricate Denies: {verdict}", said["seconds"], "s", 2, at_most=True),
            Figure("the same, peak memory", said["kilobytes"] / 1024, "MB", 300, at_most=True)]


def run(rounds):
    return one_pair(rounds) + many(rounds) + hostile(rounds) + many_intricate_roles(rounds)
