"""The faults, a module for each group."""

import dataclasses

from table import account, codeartifact, identity, metadata, model, network, session, stream, trust

GROUPS = (network, identity, trust, session, account, model, metadata, codeartifact, stream)
FAULTS = [dataclasses.replace(row, group=module.__name__.rpartition(".")[2]) for module in GROUPS for row in module.rows()]


def fault(id):
    return next(row for row in FAULTS if row.id == id)
