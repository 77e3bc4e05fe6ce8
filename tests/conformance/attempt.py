"""One call with the credentials that it is made with, tried by several clients at once at one place.

A place is a running twin (twin.Twin), or where we are inside `twin exec` (tests/faults/inside.py): it knows its
environment, moves account time and gives each client."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from clients import Call, Fetch, basic, caller_credentials
from crossing import ARTICLE_ROLE, SESSION, assume

ROUTED_TRIES = 12  # Tokyo and Osaka take turns; enough for any seed
BASE_OF = {"sts": "STSServiceException", "bedrock-runtime": "BedrockRuntimeServiceException", "bedrock": "BedrockServiceException"}


@dataclass(frozen=True, kw_only=True)
class Attempt:
    call: Call
    who: str = "operator"  # whose credentials: "caller", "operator" (crosses first), "nobody" (unsigned) or "found" (by the client)
    spoil: str = ""  # what is wrong with them: "secret", "key", "token"
    crossing: object = None  # the AssumeRole that gives the operator's credentials
    advance: str = ""  # account time that passes between getting the credentials and the call
    routed: bool = False  # only some requests are refused; the others must succeed. Implies in_turn
    in_turn: bool = False  # one client after the other: whose turn it is decides the destination
    example: str = "fenced"


def cross(attempt, place, boto3):
    wanted = attempt.crossing or assume()
    if attempt.example == "article":
        wanted = {"RoleArn": ARTICLE_ROLE, "RoleSessionName": SESSION}
    crossed = boto3(Call("sts", "AssumeRole", wanted), caller_credentials(place))
    assert crossed.output, f"the crossing itself was refused: {crossed}"
    return crossed.output["Credentials"]


def spoiled(credentials, attempt, place, boto3):
    if attempt.spoil == "secret":
        return credentials | {"SecretAccessKey": "x" * 40}
    if attempt.spoil == "key":
        return credentials | {"AccessKeyId": "ASIAZZZZZZZZZZZZZZZZ"}
    if attempt.spoil == "token":  # a real one, of the other account's session
        other = cross(attempt, place, boto3) if attempt.who == "caller" else caller_credentials(place)
        return credentials | {"SessionToken": other["SessionToken"]}
    return credentials


def credentials_of(attempt, place, boto3):
    if attempt.who in ("nobody", "found"):
        return None
    credentials = cross(attempt, place, boto3) if attempt.who == "operator" else caller_credentials(place)
    return spoiled(credentials, attempt, place, boto3)


def refused(run, routed):
    """The refusal; where only some requests are refused, the first of them. Else the success."""
    for _ in range(ROUTED_TRIES if routed else 1):
        outcome = run()
        if outcome.output is None:
            break
    return outcome


def token_of(attempt, boto3, credentials):
    """What `aws codeartifact login` gives pip to send."""
    domain, _, owner = attempt.call.url.split("/")[2].split(".")[0].rpartition("-")
    given = boto3(Call("codeartifact", "GetAuthorizationToken", {"domain": domain, "domainOwner": owner}), credentials)
    assert given.output, f"no token: {given}"
    return basic(given.output["authorizationToken"])


def make(attempt, place, kinds):
    """{kind: Outcome}, each client of `kinds` making the call."""
    credentials = credentials_of(attempt, place, place.client("boto3"))
    if isinstance(attempt.call, Fetch):
        credentials = token_of(attempt, place.client("boto3"), credentials) if attempt.call.token else None
    if attempt.advance:
        place.advance(attempt.advance)
    options = {"unsigned": True} if attempt.who == "nobody" and not isinstance(attempt.call, Fetch) else {}
    made = {kind: place.client(kind) for kind in kinds}
    with ThreadPoolExecutor(1 if attempt.routed or attempt.in_turn else len(made)) as pool:
        tried = {kind: pool.submit(refused, lambda one=one: one(attempt.call, credentials, **options), attempt.routed)
                 for kind, one in made.items()}
    return {kind: future.result() for kind, future in tried.items()}


def base_of(kind, service, exception):
    """botocore's general class is called after the service in the AWS SDK for JavaScript."""
    return BASE_OF.get(service, exception) if kind == "js" and exception == "ClientError" else exception
