"""The AWS CLI, read into memory once: one JSON line in, one JSON line out, each call in a process of its own.

A call forks and runs what the program `aws` runs (awscli.clidriver.main), with its own arguments and environment.
So a table of hundreds of calls does not wait for Python's imports each time.
  in   {"call": {…}, "environment": {…}}        out  {"code", "out", "err"}"""

import json
import os
import sys
import tempfile
import traceback

import awscli.clidriver

from clients import MODELS, Call, cli_arguments, moved_clock, tampering

OWN = {"AWS_DATA_PATH": os.environ["AWS_DATA_PATH"]}  # awscli puts its own data there when it is imported

for service in ("sts", "bedrock-runtime"):
    MODELS.load_service_model(service, "service-2")


def run_here(call, environment, out, err):
    """In the child: never returns."""
    code = 255
    try:
        os.environ.clear()
        os.environ.update(OWN | environment)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        sys.argv = ["aws", *cli_arguments(call)]
        with moved_clock(call.offset_minutes), tampering(call):
            code = awscli.clidriver.main()
    except SystemExit as left:
        code = left.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def run(call, environment):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            run_here(call, environment, out, err)
        _, status = os.waitpid(child, 0)
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
    return {"code": os.waitstatus_to_exitcode(status), "out": said[0], "err": said[1]}


for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps(run(Call(**asked["call"]), asked["environment"])), flush=True)
