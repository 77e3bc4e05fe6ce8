"""Every row of refusals.py, by every client it names: the same class, code, status and message as on AWS."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

import refusals
from clients import Call, caller_credentials

ROUTED_TRIES = 12  # Tokyo and Osaka take turns; enough for any seed

BASE_OF = {"sts": "STSServiceException", "bedrock-runtime": "BedrockRuntimeServiceException"}


def pattern(template):
    parts = re.split(r"\{(" + "|".join(refusals.PLACEHOLDERS) + r")\}", template)
    return "".join(refusals.PLACEHOLDERS[part][0] if odd % 2 else re.escape(part) for odd, part in enumerate(parts))


def cross(twin, client, row):
    wanted = row.crossing or refusals.assume()
    if row.scenario.example == "article":
        wanted = {"RoleArn": refusals.ARTICLE_ROLE, "RoleSessionName": refusals.SESSION}
    crossed = client("boto3", twin)(Call("sts", "AssumeRole", wanted), caller_credentials(twin))
    assert crossed.output, f"the crossing itself was refused: {crossed}"
    return crossed.output["Credentials"]


def spoil(credentials, how, twin, client, row):
    if how == "secret":
        return credentials | {"SecretAccessKey": "x" * 40}
    if how == "key":
        return credentials | {"AccessKeyId": "ASIAZZZZZZZZZZZZZZZZ"}
    if how == "token":  # a real one, of the other account's session
        other = cross(twin, client, row) if row.who == "caller" else caller_credentials(twin)
        return credentials | {"SessionToken": other["SessionToken"]}
    return credentials


def kinds_of(row):
    """JavaScript twice: over both versions of HTTP."""
    return (*row.clients, "js-other") if "js" in row.clients else row.clients


def expectation(row, kind):
    kind = kind.removesuffix("-other")
    if row.instead and kind in row.instead:
        return row.instead[kind]
    exception = row.exception
    if kind == "js" and exception == "ClientError":
        exception = BASE_OF[row.call.service]
    return (None, row.code, None, row.message) if kind == "aws" else (exception, row.code, row.status, row.message)


def refused(run, routed):
    """The refusal; where only some requests are refused, the first of them."""
    for _ in range(ROUTED_TRIES if routed else 1):
        outcome = run()
        if outcome.output is None:
            return outcome
    pytest.fail(f"not refused: {outcome.output}")


@pytest.mark.parametrize("row", refusals.REFUSALS, ids=lambda row: row.id)
def test_refused_as_aws_refuses(row, twins, client):
    twin = twins.of(row.scenario)
    credentials = None
    if row.who != "nobody":
        credentials = cross(twin, client, row) if row.who == "operator" else caller_credentials(twin)
    credentials = credentials and spoil(credentials, row.spoil, twin, client, row)
    if row.advance:
        twin.advance(row.advance)
    options = {"unsigned": True} if row.who == "nobody" else {}
    made = {kind: client(kind, twin) for kind in kinds_of(row)}
    with ThreadPoolExecutor(1 if row.routed else len(made)) as pool:  # routed: they would take each other's turns
        tried = {kind: pool.submit(refused, lambda one=one: one(row.call, credentials, **options), row.routed)
                 for kind, one in made.items()}
    for kind, outcome in ((kind, future.result()) for kind, future in tried.items()):
        exception, code, status, message = expectation(row, kind)
        assert (outcome.exception, outcome.code, outcome.status) == (exception, code, status), f"{kind}: {outcome}"
        allowed = message if isinstance(message, tuple) else (message,)
        assert any(re.fullmatch(pattern(one), outcome.message, re.DOTALL) for one in allowed), f"{kind}: {outcome.message}"


def test_only_osaka_is_missing(twins, client):
    """The same edit as the row above: what is routed to Tokyo succeeds, what is routed to Osaka never does."""
    row = next(row for row in refusals.REFUSALS if row.id == "osaka-missing")
    twin = twins.of(row.scenario)
    credentials = cross(twin, client, row)
    outcomes = [client("boto3", twin)(row.call, credentials) for _ in range(ROUTED_TRIES)]
    succeeded = [outcome for outcome in outcomes if outcome.output]
    assert 0 < len(succeeded) < ROUTED_TRIES
    for outcome in outcomes:
        assert outcome.output or refusals.model_arn("ap-northeast-3") in outcome.message


def test_the_table_is_as_wide_as_promised():
    rows = refusals.REFUSALS
    assert len({row.id for row in rows}) == len(rows) >= 25
    assert all("boto3" in row.clients for row in rows)
    for kind in ("aws", "js"):
        assert 3 * sum(kind in row.clients for row in rows) >= len(rows), kind
