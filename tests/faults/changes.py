"""An edit as data: the shape of the twin's cloud::Change (docs/decisions/0011), made without knowing what it means.

It is made on the document that a file holds. A template is read with CloudFormation's tags in their long form and
written as JSON, which is YAML too; kakehashi.toml stays TOML."""

import dataclasses
import functools
import json
import pathlib
import re
import tomllib
from dataclasses import dataclass

import tomli_w
import yaml

from clients import REGION


class Tags(yaml.CSafeLoader):
    """!Ref and !GetAtt, !Sub, … as {"Ref": …} and {"Fn::GetAtt": […]}."""


def long_form(loader, suffix, node):
    kinds = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: lambda n: loader.construct_sequence(n, deep=True)}
    value = kinds.get(type(node), lambda n: loader.construct_mapping(n, deep=True))(node)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Tags.add_multi_constructor("!", long_form)
# Dates and the like stay text, as CloudFormation reads them.
Tags.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


@functools.lru_cache(64)
def parsed(text, toml):
    """As JSON text: what is handed out may be changed."""
    return json.dumps(tomllib.loads(text) if toml else yaml.load(text, Tags), default=str)


def read(path):
    return json.loads(parsed(path.read_text(encoding="utf-8"), path.suffix == ".toml"))


def write(path, document):
    text = tomli_w.dumps(document) if path.suffix == ".toml" else json.dumps(document, ensure_ascii=False, indent=1)
    path.write_text(text, encoding="utf-8")


def steps_of(path):
    """Resources.X.SubnetIds[0] → "Resources", "X", "SubnetIds", 0; a name with dots may stand in quotes."""
    found = re.findall(r'"([^"]*)"|\[(\d+)\]|([^.\[\]"]+)', path)
    return [int(index) if index else quoted or name for quoted, index, name in found]


def listed(value):
    return value if isinstance(value, list) else [value]


def change(document, operation, path, value):
    """Changes `document`. What stands in the way of it is an error: a change fits its document."""
    *way, last = steps_of(path)
    here = document
    for step in way:
        if isinstance(step, int):
            here = listed(here)[step]
        elif isinstance(here, dict) and step not in here and operation != "remove":
            here = here.setdefault(step, {})
        else:
            here = here[step]
    if isinstance(last, int) and isinstance(here, dict) and last == 0:
        raise ValueError(f"{path}: an item of what is no list")
    if operation == "remove":
        del here[last]
    elif operation == "set":
        here[last] = value
    elif operation == "append":
        if isinstance(last, int):
            here[last] = [*listed(here[last]), value]
        else:
            here[last] = [*listed(here.get(last, [])), value]
    else:
        raise ValueError(f"no such operation: {operation}")


@dataclass(frozen=True)
class Change:
    of: str  # "file" or "request"
    operation: str  # "set", "append" or "remove"
    path: str
    file: str = ""
    value_json: str = "null"  # as text, so that scenarios can be compared

    @classmethod
    def of_explain(cls, said):
        """Files lie beside kakehashi.toml, which is named as the command line named it."""
        return cls(said["of"], said["operation"], said["path"], pathlib.PurePath(said.get("file", "")).name, json.dumps(said.get("value")))

    @property
    def value(self):
        return json.loads(self.value_json)

    def as_json(self):
        shown = {"of": self.of, "operation": self.operation, "file": self.file, "path": self.path}
        return shown if self.operation == "remove" else shown | {"value": self.value}

    def apply(self, directory):
        path = directory / self.file
        document = read(path)
        change(document, self.operation, self.path, self.value)
        write(path, document)


def put(file, path, value):
    return Change("file", "set", path, file, json.dumps(value))


def add(file, path, value):
    return Change("file", "append", path, file, json.dumps(value))


def drop(file, path):
    return Change("file", "remove", path, file)


def mended_attempt(attempt, changes):
    """The same attempt with the changes of a request made: parameters of the call, or how it is signed and where it goes."""
    call, more = attempt.call, {}
    parameters = json.loads(json.dumps(getattr(call, "input", None)))
    for one in changes:
        if one.path in ("region", "endpoint"):
            call = dataclasses.replace(call, region=REGION)
        elif one.path == "clock":
            call = dataclasses.replace(call, offset_minutes=0)
        elif one.path == "credentials":  # fresh ones, and so a fresh signature of what is really sent
            call = dataclasses.replace(call, tampered=False) if parameters is not None else call
            more |= {"spoil": "", "advance": ""}
        elif one.path == "Policy" and attempt.crossing:  # of the AssumeRole before
            crossing = json.loads(json.dumps(attempt.crossing))
            change(crossing, one.operation, one.path, one.value)
            more["crossing"] = crossing
        else:
            change(parameters, one.operation, one.path, one.value)
    call = dataclasses.replace(call, input=parameters) if parameters is not None else call
    return dataclasses.replace(attempt, call=call, changes=tuple(changes), **more)
