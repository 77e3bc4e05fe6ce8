"""Runs inside `twin exec`, in a place that it takes for a closed VPC: makes one row's call with the clients named and
says what came of it. It is given a job (places.Inside) by standard input, and knows nothing else of the twin."""

import dataclasses
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "conformance")]

from changes import Change, mended_attempt  # noqa: E402
from clients import AwsCli, Boto3, JavaScript, Urllib  # noqa: E402
from places import meet  # noqa: E402
from table import fault  # noqa: E402


class Here:
    def __init__(self, job):
        self.job, self.node = job, None

    def environment(self):
        return dict(os.environ)

    def advance(self, by):
        self.ask({"advance": by})

    def explain(self, asked):
        return self.ask({"explain": asked})

    def ask(self, wish):
        """The person's other terminal is outside: the test, at the other end of our standard streams."""
        print(json.dumps(wish), flush=True)
        return json.loads(sys.stdin.readline())

    def client(self, kind):
        if kind in ("js", "fetch"):
            self.node = self.node or JavaScript(self)
            self.node.own = "found"
            return self.node if kind == "js" else self.node.fetch
        return {"boto3": Boto3, "aws": AwsCli, "urllib": Urllib}[kind](self)


def plain(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


job = json.loads(sys.stdin.readline())
attempt = fault(job["id"])
if job["changes"]:
    attempt = mended_attempt(attempt, [Change.of_explain(one) for one in job["changes"]])
place = Here(job)
met = meet(attempt, place, job["kinds"], job["explained"])
print(json.dumps({"met": {
    "outcomes": {kind: dataclasses.asdict(outcome) for kind, outcome in met.outcomes.items()}, "explanation": met.explanation,
}}, default=plain), flush=True)
if place.node:
    place.node.close()
