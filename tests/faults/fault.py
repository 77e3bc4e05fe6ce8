"""What a row of the table is: one edit of a right pair (or of a request), and all that must follow from it."""

from dataclasses import dataclass, field

from attempt import Attempt, base_of
from crossing import SCRIPT
from twin import Scenario

ALL = ("boto3", "aws", "js")
STREAMING = ("boto3", "js")  # the AWS CLI has no streaming operations
PLAIN = ("urllib", "fetch")  # not AWS's: Python's urllib and Node.js's fetch


# --- what a client says: (exception, code, status, message); None: it does not show that ---


@dataclass(frozen=True)
class Refused:
    """AWS's answer. `message` is a pattern of wording.py, or several of which one is right."""

    code: str
    status: int
    message: object
    exception: str = ""  # boto3's class, if it is not called after the code

    def by(self, kind, service):
        exception = base_of(kind, service, self.exception or self.code)
        return (None, self.code, None, self.message) if kind == "aws" else (exception, self.code, self.status, self.message)


@dataclass(frozen=True)
class Each:
    """Where each client has words of its own."""

    clients: dict

    def by(self, kind, service):
        return self.clients[kind]


# --- words of a row ---


@dataclass(frozen=True)
class Reason:
    en: str
    ja: str


@dataclass(frozen=True)
class Unseen(Reason):
    """Why `check` has nothing to report."""


@dataclass(frozen=True)
class Gap(Reason):
    """What to do, which explain does not propose yet: it proves nothing, or (`wrongly`) something else. The day it does
    better, the row says so."""

    wrongly: bool = False


@dataclass(frozen=True, kw_only=True)
class Fault(Attempt):
    id: str
    en: str  # what was done, for the table in docs/
    ja: str
    sees: object
    finding: str  # that `twin explain` names; "": none, and then `right` says why
    check: object = None  # the finding that `check` reports, if it is another one; or Unseen
    edit: tuple = ()  # changes; (): the request is what is wrong
    setting: tuple = ()  # changes under which the pair is right as well
    right: Reason | None = None  # the refusal is what the accounts are for: nobody proposes an edit
    gap: Gap | None = None
    clients: tuple = ALL
    inside: bool = False  # only `twin exec` has what it needs: names, routes, 169.254.169.254
    in_container: bool = False
    place: str | None = None
    alone: bool = False  # it changes the twin, and shares it with nobody
    corrupted: bool = False  # somebody between the client and Bedrock changes a byte of the answer
    changes: tuple = ()  # of the request, made already: as `twin explain` says them
    group: str = field(default="", compare=False)

    @property
    def scenario(self):
        alone = self.id if self.alone or self.advance else ""
        return Scenario(self.example, (SCRIPT, *self.setting, *self.edit), self.place, alone)

    @property
    def check_reports(self):
        return self.finding if self.check is None else self.check


def single(**more):
    """A row with one edit, or a tuple of changes that are one."""
    edit = more.pop("edit", ())
    return Fault(edit=edit if isinstance(edit, tuple) else (edit,), **more)
