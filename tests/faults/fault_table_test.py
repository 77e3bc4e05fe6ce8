"""Every fault of table/: what three clients see, what `twin explain` says of it, that the edit which it proposes mends
it, and that `check` knows it from the templates alone.

KAKEHASHI_CLIENTS=boto3 runs it with one client, KAKEHASHI_FULL=1 inside the closed VPC for every row. The edits that
explain must propose stand in table/mends.json; KAKEHASHI_UPDATE=1 writes that anew, for a person to read the diff."""

import dataclasses
import json
import os
import re

import pytest

from changes import Change, mended_attempt
from clients import REGION
from conftest import FULL
from draw import DOCUMENTS, drawn
from fault import Unseen
from places import ByEndpoints, Inside, check
from table import FAULTS, GROUPS
from table.mends import MENDS, PAGE
from wording import pattern

CLIENTS = tuple(filter(None, os.environ.get("KAKEHASHI_CLIENTS", "").split(",")))
UPDATE = os.environ.get("KAKEHASHI_UPDATE") == "1"
MENDED_TRIES = 4  # Tokyo and Osaka take turns


def is_inside(row):
    """What is signed for another Region and still sent here, and what a proxy changes, has to go by an endpoint URL."""
    return row.inside or (FULL and not row.corrupted and row.call.region == REGION)


def kinds_of(row):
    return tuple(kind for kind in row.clients if not CLIENTS or kind in CLIENTS) or row.clients[:1]


@pytest.fixture(scope="module")
def wanted(request):
    """The rows that this run asks for."""
    return [item.callspec.params["row"] for item in request.session.items if item.originalname == "test_fault"]


@pytest.fixture(scope="module")
def ways(wanted, binary, tmp_path_factory):
    made = {kind: kind(binary, tmp_path_factory.mktemp(kind.__name__)) for kind in (Inside, ByEndpoints)}

    def of(row):
        return made[Inside if is_inside(row) else ByEndpoints]

    for row in wanted:
        if is_inside(row):
            of(row).begin(row, row.scenario, kinds_of(row))

    yield of
    for one in made.values():
        one.close()


@pytest.fixture(scope="module")
def proposed():
    """{row: changes}; written down at the end, where that is asked for."""
    found = {}
    yield found
    if UPDATE:
        PAGE.write_text(json.dumps(dict(sorted((MENDS | found).items())), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def expect(row, outcomes):
    for kind, outcome in outcomes.items():
        assert outcome.output is None, f"{kind}: not refused: {outcome}"
        exception, code, status, message = row.sees.by(kind, row.call.service)
        assert (outcome.exception, outcome.code, outcome.status) == (exception, code, status), f"{kind}: {outcome}"
        allowed = message if isinstance(message, tuple) else (message,)
        assert any(re.fullmatch(pattern(one), outcome.message, re.DOTALL) for one in allowed), f"{kind}: {outcome.message}"


def expect_explanation(row, explanation, proposed):
    if row.gap:
        assert explanation.get("proven", False) == row.gap.wrongly, f"no gap any more: {explanation}"
        return ()
    assert explanation["finding"] == row.finding, explanation
    assert explanation["cause"]
    changes = tuple(Change.of_explain(change) for edit in explanation.get("edits", ()) for change in edit["changes"])
    if row.right:
        assert not any(change.of == "file" for change in changes), explanation
    if changes or not row.right:
        assert explanation["proven"], explanation
    proposed[row.id] = [change.as_json() for change in changes]
    assert UPDATE or proposed[row.id] == MENDS[row.id], explanation
    return changes


def expect_mended(row, changes, way):
    """With the changes made, and no other, the same call passes."""
    of_file = tuple(change for change in changes if change.of == "file")
    of_request = [change for change in changes if change.of == "request"]
    assert of_file or of_request
    scenario = dataclasses.replace(row.scenario, edits=row.scenario.edits + of_file)
    attempt = mended_attempt(row, of_request)
    if of_file:
        attempt = dataclasses.replace(attempt, advance="")
    for _ in range(MENDED_TRIES if row.routed else 1):
        met = way.meet(attempt, scenario, row.clients[:1], explained=False)
        assert all(outcome.output is not None for outcome in met.outcomes.values()), met.outcomes


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: f"{row.group}-{row.id}")
def test_fault(row, ways, proposed, binary, tmp_path):
    way = ways(row)
    met = way.meet(row, row.scenario, kinds_of(row))
    expect(row, met.outcomes)
    changes = expect_explanation(row, met.explanation, proposed)
    if changes:
        expect_mended(row, changes, way)
    if not isinstance(row.check_reports, Unseen) and row.check_reports:
        assert row.check_reports in check(binary, row.scenario, tmp_path / "pair", tmp_path)


def test_only_osaka_is_missing(ways):
    """What is routed to Tokyo succeeds, what is routed to Osaka never does."""
    row = next(row for row in FAULTS if row.id == "operator-without-osaka")
    once = dataclasses.replace(row, routed=False)
    outcomes = [ways(row).meet(once, row.scenario, ("boto3",), explained=False).outcomes["boto3"] for _ in range(MENDED_TRIES)]
    succeeded = [outcome for outcome in outcomes if outcome.output]
    assert 0 < len(succeeded) < len(outcomes)
    assert all(outcome.output or "ap-northeast-3" in outcome.message for outcome in outcomes)


def test_the_table_is_as_wide_as_promised():
    assert len({row.id for row in FAULTS}) == len(FAULTS) >= 80
    assert {row.group for row in FAULTS} == {module.__name__.rpartition(".")[2] for module in GROUPS}
    assert all(row.edit or row.right or isinstance(row.check_reports, Unseen) or row.setting for row in FAULTS)
    for row in FAULTS:  # packages and the control plane are no part of the crossing, and have no findings of their own
        assert row.finding or row.right or row.group in ("codeartifact", "network", "stream"), f"{row.id} has neither a finding nor a reason to have none"


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_the_table_in_docs_is_this_one(page):
    assert page.read_text(encoding="utf-8") == drawn(page), "old: python3 tests/faults/draw.py"
