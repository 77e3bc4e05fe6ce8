"""Runs inside `twin exec`, in a place that it takes for a closed VPC: makes one row's call with the clients named and
writes what came of it. It is given a job (places.Inside) and nothing else of the twin."""

import dataclasses
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "conformance")]

from changes import Change, mended_attempt  # noqa: E402
from clients import AwsCli, Boto3, JavaScript, Urllib  # noqa: E402
from places import explain, meet  # noqa: E402
from table import fault  # noqa: E402


class Here:
    def __init__(self, job):
        self.job, self.node = job, None

    def environment(self):
        return dict(os.environ)

    def advance(self, by):
        subprocess.run([self.job["binary"], "twin", "clock", *self.job["where"], "--advance", by], check=True, capture_output=True)

    def explain(self, asked):
        return explain(self.job["binary"], self.job["where"], self.environment(), asked)

    def client(self, kind):
        if kind in ("js", "fetch"):
            self.node = self.node or JavaScript(self)
            self.node.own = "found"
            return self.node if kind == "js" else self.node.fetch
        return {"boto3": Boto3, "aws": AwsCli, "urllib": Urllib}[kind](self)


def plain(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


job = json.loads(sys.argv[1])
attempt = fault(job["id"])
if job["changes"]:
    attempt = mended_attempt(attempt, [Change.of_explain(one) for one in job["changes"]])
place = Here(job)
met = meet(attempt, place, job["kinds"], job["explained"])
pathlib.Path(job["result"]).write_text(json.dumps({
    "outcomes": {kind: dataclasses.asdict(outcome) for kind, outcome in met.outcomes.items()}, "explanation": met.explanation,
}, default=plain), encoding="utf-8")
if place.node:
    place.node.close()
