#!/usr/bin/env python3
"""Writes data/bedrock-runtime-shapes.json from the service model that botocore carries.

    build/tools/venv/bin/python tools/data/shapes.py DATE > data/bedrock-runtime-shapes.json
"""
import json
import sys

import botocore
import botocore.session

VERSION = "2023-09-30"
ROOTS = ["ConverseRequest", "ConverseResponse", "ConverseStreamOutput", "CountTokensRequest", "CountTokensResponse",
         "ApplyGuardrailRequest", "ApplyGuardrailResponse"]


def in_body(member, shapes):
    """Not what stands in the URI, and not the errors of a stream, which are no events."""
    return member.get("location") != "uri" and not shapes[member["shape"]].get("exception")


def written(shape, shapes):
    """The shape in the words of our file, and the names of the shapes it refers to."""
    kind = shape["type"]
    if shape.get("document"):
        return {"type": "document"}, []
    if kind == "structure":
        members = {name: member["shape"] for name, member in shape["members"].items() if in_body(member, shapes)}
        out = {"type": "union" if shape.get("union") or shape.get("eventstream") else "structure", "members": members}
        required = [name for name in shape.get("required", []) if name in members]
        return {**out, **({"required": required} if required else {})}, list(members.values())
    out, used = {"type": kind, **{key: shape[key] for key in ("enum", "min", "max") if key in shape}}, []
    if kind == "list":
        out["member"] = shape["member"]["shape"]
        used = [out["member"]]
    elif kind == "map":
        out |= {"key": shape["key"]["shape"], "value": shape["value"]["shape"]}
        used = [out["key"], out["value"]]
    return out, used


def main():
    model = botocore.session.get_session().get_data(f"bedrock-runtime/{VERSION}/service-2")
    shapes, todo = {}, list(ROOTS)
    while todo:
        if (name := todo.pop()) not in shapes:
            shapes[name], used = written(model["shapes"][name], model["shapes"])
            todo += used
    head = {"about": "bodies of Bedrock Runtime: every shape that Converse, ConverseStream, CountTokens and ApplyGuardrail "
                     "reach; URI members and patterns left out",
            "source": f"botocore {botocore.__version__}, data/bedrock-runtime/{VERSION}/service-2.json",
            "date": sys.argv[1], "roots": ROOTS}
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(shapes[name])}" for name in sorted(shapes))
    print("{\n" + ",\n".join(lines) + ',\n"shapes": {\n' + rows + "\n}\n}")


if __name__ == "__main__":
    main()
