"""Every row of refusals.py, by every client it names: the same class, code, status and message as on AWS."""

import re

import pytest

import refusals
from attempt import base_of, make
from wording import pattern


def kinds_of(row):
    """JavaScript twice: over both versions of HTTP."""
    return (*row.clients, "js-other") if "js" in row.clients else row.clients


def expectation(row, kind):
    kind = kind.removesuffix("-other")
    if row.instead and kind in row.instead:
        return row.instead[kind]
    exception = base_of(kind, row.call.service, row.exception)
    return (None, row.code, None, row.message) if kind == "aws" else (exception, row.code, row.status, row.message)


@pytest.mark.parametrize("row", refusals.REFUSALS, ids=lambda row: row.id)
def test_refused_as_aws_refuses(row, place):
    for kind, outcome in make(row, place(row.scenario), kinds_of(row)).items():
        assert outcome.output is None, f"{kind}: not refused: {outcome.output}"
        exception, code, status, message = expectation(row, kind)
        assert (outcome.exception, outcome.code, outcome.status) == (exception, code, status), f"{kind}: {outcome}"
        assert re.fullmatch(pattern(message), outcome.message, re.DOTALL), f"{kind}: {outcome.message}"


def test_the_table_names_every_client():
    rows = refusals.REFUSALS
    assert len({row.id for row in rows}) == len(rows) >= 15
    assert all("boto3" in row.clients for row in rows)
    assert any("aws" in row.clients for row in rows)
