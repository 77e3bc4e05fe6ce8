"""P22: never two answers where one request was framed, and nothing behind a refusal."""
import json
import subprocess

import pytest

import framing
from framing import CUT, EITHER, FOLLOWER, LAST, ONE, ROWS, SMUGGLED, THEN_400, TWO
from wire import NotFramed, Service, read_answers

ANSWERED = {ONE: 1, TWO: 2, LAST: 1, THEN_400: 1, CUT: 0}  # how many requests of a row reach the service
BYTES_MAX = 2000  # what is worth sending byte by byte
EVENTS_KEPT = 2000  # the twin forgets older ones


def pieces_of(sent, follower, full):
    """How a row arrives: at once, byte by byte, cut in two."""
    whole = sent + follower
    yield "at once", [whole]
    if len(sent) <= BYTES_MAX:
        yield "byte by byte", [whole[at:at + 1] for at in range(len(whole))]
    parts = 12 if full else 3
    for at in sorted({len(sent) * part // parts for part in range(1, parts)} | {len(sent) - 1, len(sent)}):
        yield f"cut at {at}", [whole[:at], whole[at:]]


def answered_by_service(answers):
    return [answer.by_service for answer in answers]


def check(row, answers):
    """What is wrong with the answers to a row and its follower, which asks for the end; None if nothing."""
    statuses, served = [answer.status for answer in answers], answered_by_service(answers)
    refused = ([False], row.statuses) if row.refused else ([True, False], {400})
    if row.refused or row.right == THEN_400:
        right = served == refused[0] and statuses[-1] in refused[1]
    elif row.right == EITHER:
        right = served in ([False], [True, True]) or (served == [True] and answers[0].ends)
    else:
        right = served == [True] * (ANSWERED[row.right] + (row.right != LAST))
    if right and answers[-1].ends and not any(answer.ends for answer in answers[:-1]):
        return None
    return f"answers {list(zip(statuses, served))}"


def say(service, pieces):
    with service.connect() as connection:
        connection.send(pieces)
        return connection.read_to_end()


def alone(service, row, follower):
    """The row by itself; only when it was answered as it must be comes the follower."""
    to_head = row.sent.startswith(b"HEAD")
    with service.connect() as connection:
        connection.send([row.sent])
        if row.right == CUT:
            connection.end_sending()
        if row.right != ONE:
            return read_answers(connection.read_to_end())
        first = connection.read_one(to_head)
        connection.send([follower])
        return [first, *read_answers(connection.read_to_end())]


def faults(service, row, number, full):
    """Everything that is wrong with how a service takes a row."""
    follower = framing.marked(f"{FOLLOWER}-{number}", b"Connection: close")
    verdicts = set()
    try:
        if row.right in (ONE, LAST, CUT) or row.refused:
            answers = alone(service, row, follower)
            if row.right == CUT:
                if answers:
                    yield f"{row.name}: answered {answers}"
                return  # what follows it would be its body
            if wrong := check(row, answers):
                yield f"{row.name}, alone: {wrong}"
        for how, pieces in pieces_of(row.sent, follower, full):
            answers = read_answers(say(service, pieces), row.sent.startswith(b"HEAD"))
            verdicts.add(tuple(answer.status for answer in answers))
            if wrong := check(row, answers):
                yield f"{row.name}, {how}: {wrong}"
    except (NotFramed, OSError) as error:
        yield f"{row.name}: {error!r}"
    if len(verdicts) > 1:
        yield f"{row.name}: {verdicts}, by how it arrives"


def agents(twin):
    """Who was heard by a service, as CloudTrail would have it."""
    said = subprocess.run([twin.binary, "twin", "events", *twin.where()], env=twin.own_environment(),
                          capture_output=True, check=True).stdout.splitlines()
    assert len(said) < EVENTS_KEPT, "some are forgotten"
    return [json.loads(line).get("userAgent", "") for line in said]


def test_P22_the_table_is_large_enough():
    assert len({row.sent for row in ROWS}) == len({row.name for row in ROWS}) == len(ROWS) >= 150
    assert sum(row.right == 400 for row in ROWS) >= 50


@pytest.fixture(params=framing.FAMILIES, ids=lambda family: family.__name__)
def rows(request):
    return [(number, row) for number, row in enumerate(ROWS) if row.name.startswith(request.param.__name__ + ":")]


def test_P22_one_request_never_gets_two_answers_over_tls(raise_twin, rows, full):
    twin = raise_twin()
    service = Service(twin, "sts")
    wrong = [fault for number, row in rows for fault in faults(service, row, number, full)]
    heard = agents(twin)
    refused = {f"{FOLLOWER}-{number}" for number, row in rows if row.refused or row.right in (THEN_400, CUT)}
    wrong += [f"the service heard {agent}" for agent in heard if agent == SMUGGLED or agent in refused]
    assert not wrong


def test_P22_one_request_never_gets_two_answers_without_tls(twin, rows, full):
    service = Service(twin, "imds")
    assert not [fault for number, row in rows for fault in faults(service, row, number, full)]
