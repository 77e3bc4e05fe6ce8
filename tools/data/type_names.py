#!/usr/bin/env python3
"""Writes data/cfn-type-names.json from the registry of resource types that cfn-lint carries.

    build/tools/venv/bin/python tools/data/type_names.py DATE > data/cfn-type-names.json
"""
import importlib.metadata
import importlib.resources
import json
import sys

REGION = "ap-northeast-1"


def main():
    registry = importlib.resources.files("cfnlint") / "data" / "schemas" / "providers" / f"{REGION}.json"
    names = {}
    for name in sorted(json.loads(registry.read_text(encoding="utf-8"))):
        service, _, resource = name.rpartition("::")
        names.setdefault(service, []).append(resource)
    rows = ",\n".join(f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'))}" for key, value in names.items())
    source = f"CloudFormation registry of {REGION}, from cfn-lint {importlib.metadata.version('cfn-lint')}"
    print(f'{{\n"source":{json.dumps(source)},\n"date":{json.dumps(sys.argv[1])},\n"names":{{\n{rows}\n}}\n}}')


if __name__ == "__main__":
    main()
