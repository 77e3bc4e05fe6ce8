"""P21: no input decides a host. The program and the twin in a network of their own that records every SYN and every DNS
question; bodies, headers, answers, paths, profiles, variables and configuration are mutated, and only configured places
may be called. The part below `run under unshare` is a program of its own, run by the test."""

import http.server
import itertools
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "conformance"), str(pathlib.Path(__file__).parent)]

SECONDS_MAX = 60  # against hanging
OUTSIDE = "192.0.2.7"  # TEST-NET-1: nobody
ELSEWHERE = [f"http://{OUTSIDE}/", f"https://{OUTSIDE}/", f"//{OUTSIDE}/x", "https://evil.example/", f"\\\\{OUTSIDE}\\x",
             "https://bedrock-runtime.us-east-1.amazonaws.com/", f"https://127.0.0.1@{OUTSIDE}/", "http://[2001:db8::7]/"]


def test_P21_no_input_decides_a_host(binary):
    import pytest

    inside = ["unshare", "-rn", sys.executable, "-B", __file__]
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine gives nobody a network namespace (unshare -rn): P21 is not tested here")
    done = subprocess.run(inside, env=os.environ | {"KAKEHASHI": binary}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["cases"] >= 300
    assert report["seen"] > report["cases"] / 4, "most cases reach a configured place"
    assert report["outside"] == [], "what was called during which case"
    assert report["crashed"] == []


# --- run under unshare ---

PROMPTS = [*ELSEWHERE, "GET http://192.0.2.7/ HTTP/1.1\r\nHost: 192.0.2.7\r\n\r\n", '"}],"endpoint":"https://192.0.2.7"',
           "${jndi:ldap://192.0.2.7/x}", "file:///etc/passwd", "<!DOCTYPE x SYSTEM 'http://192.0.2.7/x'>"]
MODEL = "jp.anthropic.claude-haiku-4-5-20251001-v1:0"
MODELS = [*ELSEWHERE, f"{MODEL}@{OUTSIDE}", f"{MODEL}/../../../{OUTSIDE}", f"{MODEL}\r\nHost: {OUTSIDE}", f"../../{OUTSIDE}",
          f"arn:aws:bedrock:ap-northeast-1:222222222222:inference-profile/{MODEL}", f"arn:aws:bedrock:{OUTSIDE}::{MODEL}",
          f"arn:aws:bedrock:ap-northeast-1.{OUTSIDE}:222222222222:inference-profile/{MODEL}", f"{MODEL}?host={OUTSIDE}",
          f"{MODEL}#@{OUTSIDE}", f"%2f%2f{OUTSIDE}", "us.anthropic.claude-haiku-4-5-20251001-v1:0",
          "global.anthropic.claude-haiku-4-5-20251001-v1:0"]
STATUSES = [200, 201, 300, 301, 302, 303, 305, 307, 308, 401, 407, 421, 426, 503]
FIELDS = ["Location", "Content-Location", "Refresh", "Link", "Alt-Svc", "Host", "X-Amz-Endpoint", "x-amz-bucket-region",
          "WWW-Authenticate", "Proxy-Authenticate", "Report-To", "Set-Cookie", "Upgrade", "X-Forwarded-Host", "Via"]
WORDS = {"Alt-Svc": 'h2="{}:443"; ma=9', "Refresh": "0; url=http://{}/", "Link": "<http://{}/>; rel=preconnect",
         "WWW-Authenticate": 'Bearer realm="http://{}/"', "Upgrade": "h2c, http://{}/"}
ANSWERS = {  # of the metadata service a role's name is a path; the rest are texts with places in them
    "imds": [OUTSIDE, f"@{OUTSIDE}/", f"//{OUTSIDE}/x", f"http://{OUTSIDE}/", "../../../../x", f"r HTTP/1.1\r\nHost: {OUTSIDE}\r\n\r\n",
             json.dumps({"Code": "Success", "Endpoint": f"https://{OUTSIDE}"})],
    "sts": [f"<AssumeRoleResponse><Endpoint>https://{OUTSIDE}</Endpoint></AssumeRoleResponse>",
            f"<!DOCTYPE a SYSTEM 'http://{OUTSIDE}/a.dtd'><a/>", f"<!DOCTYPE a [<!ENTITY b SYSTEM 'http://{OUTSIDE}/'>]><a>&b;</a>",
            f"<ErrorResponse><Error><Code>PermanentRedirect</Code><Endpoint>{OUTSIDE}</Endpoint></Error></ErrorResponse>"],
    "bedrock-runtime": [json.dumps({"message": f"go to https://{OUTSIDE}/", "endpoint": f"https://{OUTSIDE}"}),
                        json.dumps({"__type": "PermanentRedirect", "Location": f"https://{OUTSIDE}/"})],
}
# Variables that decide nothing, and those that name a place but not one that may be.
VARIABLES = [
    *({name: f"http://{OUTSIDE}:3128"} for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "AWS_PROXY")),
    *({"AWS_ENDPOINT_URL_STS": url} for url in (
        f"http://{OUTSIDE}", f"ftp://{OUTSIDE}", f"https://u:p@{OUTSIDE}/", f"https://{OUTSIDE}/path", f"https://{OUTSIDE}?a=b",
        f"https://{OUTSIDE}#x", f"https://127.0.0.1@{OUTSIDE}", f"https://127.0.0.1\\@{OUTSIDE}", f"https://{OUTSIDE} ",
        f"https:/{OUTSIDE}", f"//{OUTSIDE}", OUTSIDE, f"https://[::ffff:{OUTSIDE}", f"https://{OUTSIDE}:99999",
        "https://sts.us-east-1.amazonaws.com", "https://sts.amazonaws.com", "https://sts.ap-northeast-1.amazonaws.com.")),
    *({"AWS_EC2_METADATA_SERVICE_ENDPOINT": url} for url in (
        f"http://127.0.0.1@{OUTSIDE}/", f"http://{OUTSIDE}/latest", f"http://{OUTSIDE}#@127.0.0.1", "gopher://127.0.0.1")),
    *({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": path} for path in (f"@{OUTSIDE}/x", f".{OUTSIDE}/x", f":80@{OUTSIDE}/")),
    *({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url} for url in (
        f"http://{OUTSIDE}/x", f"http://127.0.0.1@{OUTSIDE}/x", f"http://127.0.0.1.{OUTSIDE}/x", "http://evil.example/x",
        f"http://localhost.{OUTSIDE}.example/x", "http://0x7f.1@evil.example/")),
    {"AWS_REGION": f"ap-northeast-1.{OUTSIDE}"}, {"AWS_DEFAULT_REGION": f"x@{OUTSIDE}/", "AWS_REGION": ""},
    {"AWS_PROFILE": f"//{OUTSIDE}"}, {"HOSTALIASES": "/dev/stdin"}, {"LOCALDOMAIN": "evil.example"}, {"RES_OPTIONS": "debug"},
]
PROFILES = [
    f"[default]\nendpoint_url = http://{OUTSIDE}\n",
    f"[default]\nsts_endpoint_url = https://{OUTSIDE}\n", f"[default]\nproxy = http://{OUTSIDE}\nhttps_proxy = {OUTSIDE}\n",
    f"[default]\nrole_arn = https://{OUTSIDE}/\ncredential_source = Ec2InstanceMetadata\n",
    f"[default]\nrole_arn = arn:aws:iam::222222222222:role/x\nsource_profile = //{OUTSIDE}\n",
    f"[default]\nsso_start_url = https://{OUTSIDE}/start\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = x\n",
    f"[default]\nregion = ap-northeast-1@{OUTSIDE}\n", f"[default]\nservices = s\n[services s]\nsts =\n  endpoint_url = ftp://{OUTSIDE}\n",
    f"[default]\nweb_identity_token_file = http://{OUTSIDE}/t\nrole_arn = arn:aws:iam::222222222222:role/x\n",
    f"[default]\nca_bundle = http://{OUTSIDE}/ca.pem\n", f"[profile x]\nendpoint_url = https://{OUTSIDE}\n",
    f"[default]\ncredential_process = echo http://{OUTSIDE}/\n", f"[default]\nec2_metadata_service_endpoint = http://{OUTSIDE}/\n",
]
EDITS = [  # of kakehashi.toml
    ('source_region   = "ap-northeast-1"', f'source_region   = "ap-northeast-1.{OUTSIDE}"'),
    ('source_region   = "ap-northeast-1"', f'source_region   = "x@{OUTSIDE}/"'),
    ('source_region   = "ap-northeast-1"', 'source_region   = "evil.example/"'),
    ('session_name = "kakehashi-{host}"', f'session_name = "https://{OUTSIDE}/{{host}}"'),
    ('external_id  = "f3b60f3a1c7e4c0d9a52d8e17b4496ce"', f'external_id  = "https://{OUTSIDE}/"'),
    ('external_id  = "f3b60f3a1c7e4c0d9a52d8e17b4496ce"', f'external_id  = "\\r\\nHost: {OUTSIDE}"'),
    ('name         = "sample-city"', f'name         = "//{OUTSIDE}"'),
    ('template     = "municipality.yaml"', f'template     = "http://{OUTSIDE}/municipality.yaml"'),
    ('[bedrock]', f'[bedrock]\nendpoint = "https://{OUTSIDE}"'),
    ('[bedrock]', f'[bedrock]\napplication_profiles = {{ "arn:aws:bedrock:{OUTSIDE}::application-inference-profile/x" = "{MODEL}" }}'),
]
TARGETS = [*ELSEWHERE, "/", "*", "/latest/api/token", f"/model/{MODEL}/converse", f"/model/http%3A%2F%2F{OUTSIDE}/converse",
           f"/latest/meta-data/iam/security-credentials/@{OUTSIDE}", "/?Action=AssumeRole&RoleArn=http://192.0.2.7/", "/../../x"]
HOSTS = ["127.0.0.1", OUTSIDE, f"{OUTSIDE}:443", f"127.0.0.1@{OUTSIDE}", "evil.example", "sts.us-east-1.amazonaws.com", "[::1]"]


class Liar(http.server.BaseHTTPRequestHandler):
    """Says to every request what the case says."""

    protocol_version = "HTTP/1.1"
    answer = (200, {}, b"")

    def say(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, fields, body = self.answer
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = say

    def log_message(self, *_):
        pass


class Cases:
    def __init__(self, folder):
        from twin import Scenario, Twin
        from watched_network import Watch

        self.watch, self.names, self.allowed, self.crashed = Watch(), [], {}, []
        self.folder = folder
        self.twin = Twin(os.environ["KAKEHASHI"], Scenario("fenced"), folder / "twin")
        self.places = {("syn", "127.0.0.1", urllib.parse.urlsplit(url).port) for url in self.twin.ready["endpoints"].values()}
        self.liar = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
        threading.Thread(target=self.liar.serve_forever, daemon=True).start()
        self.liar_url = f"http://127.0.0.1:{self.liar.server_port}"
        self.places.add(("syn", "127.0.0.1", self.liar.server_port))

    def begin(self, name, also=()):
        self.allowed[name] = set(also)
        self.names.append(name)
        self.watch.mark(name)

    def converse(self, name, *arguments, environment=None, config=None, also=()):
        self.begin(name, also)
        command = [self.twin.binary, "converse", "--config", str(config or self.twin.config), *arguments]
        if not arguments:
            command.append("x")
        done = subprocess.run(command, env=self.twin.environment() | (environment or {}), cwd=self.twin.home,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX, check=False)
        if done.returncode not in (0, 252, 253, 254):
            self.crashed.append([name, done.returncode, done.stderr.decode()])

    def lie(self, name, service, status, fields, body):
        from twin import ENDPOINT_VARIABLES

        Liar.answer = (status, fields, body.encode())
        self.converse(name, environment={ENDPOINT_VARIABLES[service]: self.liar_url})

    def with_profile(self, name, text, also=()):
        path = self.folder / "profile"
        path.write_text(text)
        self.converse(name, environment={"AWS_CONFIG_FILE": str(path)}, also=also)

    def with_edit(self, name, old, new):
        config = self.twin.files / "edited.toml"
        config.write_text(self.twin.config.read_text().replace(old, new))
        self.converse(name, config=config)

    def say_to_twin(self, name, service, target, host):
        self.begin(name)
        url = urllib.parse.urlsplit(self.twin.ready["endpoints"][service])
        with socket.create_connection(("127.0.0.1", url.port), SECONDS_MAX) as wire:
            if url.scheme == "https":
                context = ssl.create_default_context(cafile=self.twin.ready["ca"])
                wire = context.wrap_socket(wire, server_hostname="127.0.0.1")
            body = f"Action=AssumeRole&Version=2011-06-15&RoleArn=https://{OUTSIDE}/&RoleSessionName={host}"
            wire.sendall((f"POST {target} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Host: {OUTSIDE}\r\nForwarded: host={OUTSIDE}\r\n"
                          f"Referer: http://{OUTSIDE}/\r\nOrigin: http://{OUTSIDE}\r\nContent-Length: {len(body)}\r\n"
                          f"Connection: close\r\n\r\n{body}").encode())
            while wire.recv(65536):
                pass

    def outside(self):
        """[case, what] of every packet to a place that no configuration names."""
        self.watch.finish()
        case, found = "before", []
        for what in self.watch.record:
            if what[0] == "mark":
                case = what[1]
            elif what not in self.places and what not in self.allowed.get(case, ()) and what[:2] not in self.allowed.get(case, ()):
                found.append([case, what])
        return found


def run(cases, full):
    for index, prompt in enumerate(PROMPTS):
        cases.converse(f"prompt {index}", "--", prompt)
    for index, model in enumerate(MODELS):
        cases.converse(f"model {index}", "--model", model, "x")
    for service in ANSWERS:
        for index, (status, place) in enumerate(itertools.product(STATUSES, ELSEWHERE if full else ELSEWHERE[:2])):
            cases.lie(f"redirect {service} {status} {index}", service, status, {"Location": place}, "")
        for field in FIELDS:
            said = WORDS.get(field, "https://{}/").format(OUTSIDE)
            for status in ((200, 307, 421, 503) if full else (307,)):
                cases.lie(f"field {service} {field} {status}", service, status, {field: said}, "")
        for index, body in enumerate(ANSWERS[service]):
            for status in (200, 400):
                cases.lie(f"body {service} {index} {status}", service, status, {"Content-Type": "text/xml"}, body)
    for index, variables in enumerate(VARIABLES):
        cases.converse(f"variable {index} {variables}", environment=variables)
    for index, text in enumerate(PROFILES):
        cases.with_profile(f"profile {index}", text)
    for index, (old, new) in enumerate(EDITS):
        cases.with_edit(f"edit {index}", old, new)
    services = ("sts", "bedrock-runtime", "imds") if full else ("sts", "imds")
    for service, target, host in itertools.product(services, TARGETS, HOSTS if full else HOSTS[:4]):
        cases.say_to_twin(f"said {service} {target!r} {host!r}", service, target, host)


def main():
    from watched_network import knock, open_every_way

    open_every_way()
    with tempfile.TemporaryDirectory() as folder:
        cases = Cases(pathlib.Path(folder))
        cases.begin("control")
        for address in (OUTSIDE, "2001:db8::7"):
            knock(address, 443)
        if [what[1] for _, what in cases.outside()] != [OUTSIDE, "2001:db8::7"]:
            raise SystemExit(f"the watch is blind: {cases.watch.record}")
        cases.watch.record.clear()
        # What is configured is called, wherever it is: the other half of the promise, and a second control.
        cases.converse("configured", environment={"AWS_ENDPOINT_URL_STS": f"https://{OUTSIDE}"}, also=[("syn", OUTSIDE, 443)])
        cases.converse("configured name", environment={"AWS_ENDPOINT_URL_STS": "https://sts.example"}, also=[("dns", "sts.example")])
        cases.with_profile("AWS's own", "[default]\nignore_configured_endpoint_urls = true\n",
                           also=[("dns", "sts.ap-northeast-1.amazonaws.com")])
        run(cases, os.environ.get("KAKEHASHI_FULL") == "1")
        outside = cases.outside()
        seen = {what for what in cases.watch.record if what[0] == "syn"}
        if ("syn", OUTSIDE, 443) not in seen or not any(what[:2] == ("dns", "sts.example") for what in cases.watch.record):
            raise SystemExit(f"what is configured was not called: {seen}")
        wrong = cases.twin.stop()
        crashed = cases.crashed + ([wrong] if wrong else [])
        count = sum(what[0] == "syn" for what in cases.watch.record)
        print(json.dumps({"cases": len(cases.names), "seen": count, "outside": outside, "crashed": crashed}))


if __name__ == "__main__":
    main()
