#!/usr/bin/env python3
"""Random requests signed by botocore, one JSON object a line, for sigv4_test.cpp to replay (P31).

`./test --full` makes 5,000 and names them in KAKEHASHI_SIGV4_VECTORS; these are always there:

    build/tools/venv/bin/python tests/conformance/sigv4_vectors.py 300 1 --to tests/corpus/sigv4_botocore.jsonl
"""
import argparse
import base64
import datetime
import json
import pathlib
import random
import unittest.mock

from botocore import auth, awsrequest, credentials
from botocore.compat import quote

SEGMENTS = ["model", "jp.anthropic.claude-haiku-4-5-20251001-v1%3A0", "converse", "a b", "é", "~x", "%2F", "+",
            "arn%3Aaws%3Abedrock%3A%3A1%3Ainference-profile%2Fjp.x", "$&,;=@!", ".", "..", "", "こんにちは", "a%20b"]
WORDS = ["Action", "list", "a b", "1", "", "é", "/", "+", "&=", "~-_.", "こ", "%", "Zz", "a-", "a"]
VALUES = ["application/json", "  two  spaces ", "a   b\tc", "x", "q=\"a  b\"", "a,b", "1;2", ""]
SCOPES = [("ap-northeast-1", "bedrock"), ("ap-northeast-1", "sts"), ("us-east-1", "service")]


def path(pick):
    raw = "/" + "/".join(pick.choice(SEGMENTS) for _ in range(pick.randint(0, 5)))
    return quote(raw, safe="/%~+$&,;=@!")


def query(pick, kind):
    pairs = [(pick.choice(WORDS), pick.choice(WORDS)) for _ in range(pick.choice([0, 0, 1, 2, 4]))]
    if kind == "presigned":  # botocore keeps one value of each name there
        pairs = list(dict(pairs).items())
    return "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in pairs)


def headers(pick):
    names = pick.sample(["Content-Type", "X-Amz-Target", "x-custom", "ACCEPT", "amz-sdk-request"], pick.randint(0, 4))
    return [(name, pick.choice(VALUES)) for name in names for _ in range(pick.choice([1, 1, 1, 2]))]


def signed(pick):
    access_key = "AKIA" + "".join(pick.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=16))
    secret = base64.b64encode(pick.randbytes(30)).decode()
    token = pick.choice([None, base64.b64encode(pick.randbytes(pick.randint(40, 300))).decode()])
    region, service = pick.choice(SCOPES)
    now = datetime.datetime(2020, 1, 1) + datetime.timedelta(seconds=pick.randrange(10 * 365 * 86400))
    kind = pick.choice(["header", "header", "header", "presigned", "s3"])
    row = {"kind": kind, "method": pick.choice(["GET", "POST", "PUT", "DELETE"]), "path": path(pick),
           "query": query(pick, kind), "body": "", "access_key": access_key, "secret": secret, "token": token or "",
           "region": region, "service": "s3" if kind == "s3" else service, "date": now.strftime("%Y%m%dT%H%M%SZ")}
    host = f"{row['service']}.{region}.amazonaws.com"
    body = b"" if kind == "presigned" or pick.random() < 0.3 else pick.randbytes(pick.randint(1, 120))
    row["body"] = base64.b64encode(body).decode()
    url = f"https://{host}{row['path']}" + (f"?{row['query']}" if row["query"] else "")
    request = awsrequest.AWSRequest(method=row["method"], url=url, data=body)
    request.headers["Host"] = host
    for name, value in headers(pick):
        request.headers.add_header(name, value)
    who = credentials.Credentials(access_key, secret, token)
    if kind == "presigned":
        row["expires"] = pick.randint(1, 604800)
        signer = auth.SigV4QueryAuth(who, service, region, expires=row["expires"])
        request.headers._headers = [h for h in request.headers._headers if h[0].lower() == "host"]
    else:
        signer = (auth.S3SigV4Auth if kind == "s3" else auth.SigV4Auth)(who, row["service"], region)
    with unittest.mock.patch("botocore.auth.get_current_datetime", lambda *_, **__: now):
        signer.add_auth(request)
    row["authorization"] = request.headers.get("Authorization", "")
    row["headers"] = [[k, v] for k, v in request.headers.items()
                      if k.lower() not in ("authorization", "x-amz-date", "x-amz-security-token")]
    row["signed_query"] = request.url.partition("?")[2] if kind == "presigned" else row["query"]
    return row


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int)
    parser.add_argument("--to", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    pick = random.Random(arguments.seed)
    rows = [json.dumps(signed(pick), ensure_ascii=False) for _ in range(arguments.count)]
    arguments.to.write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
