"""Requests that two readers of HTTP/1.1 might read in two ways, as data (promise P22).

Each row is a name, the bytes, and what is right:

  400, {413}…   refused: one answer with that status, and then the connection ends
  ONE           it is one request, whatever its body looks like: one answer, and the next request gets the next one
  TWO           two requests, one behind the other
  LAST          one request, and the connection ends after its answer
  THEN_400      one request, and what comes behind it is refused
  CUT           no whole request: no answer at all
  EITHER        one answer or one refusal; but the same one however it arrives

What follows a row on its connection carries FOLLOWER in its User-Agent, what a row hides in a body or behind a
framing trick carries SMUGGLED: nothing that was refused may let either through, and SMUGGLED never arrives at all.
The sentences are RFC 9112's and RFC 9110's; the families' names are those that people use for them."""

from dataclasses import dataclass

ONE, TWO, LAST, THEN_400, CUT, EITHER = "one", "two", "last", "then 400", "cut", "either"
HOST = b"sts.ap-northeast-1.amazonaws.com"
SMUGGLED, FOLLOWER = "smuggled", "follower"
CONTROLS = [byte for byte in range(0x20) if byte not in b"\t\r\n"] + [0x7F]


@dataclass(frozen=True)
class Row:
    name: str
    sent: bytes
    right: object  # a status, a set of them, or one of the words above

    @property
    def refused(self):
        return isinstance(self.right, (int, frozenset))

    @property
    def statuses(self):
        return self.right if isinstance(self.right, frozenset) else frozenset({self.right})


def request(line=b"GET / HTTP/1.1", fields=(), body=b"", host=b"Host: " + HOST):
    """A head from its lines, and what follows it."""
    lines = [line, *([host] if host else []), *fields]
    return b"".join(one + b"\r\n" for one in lines) + b"\r\n" + body


def post(*fields, body=b""):
    return request(b"POST / HTTP/1.1", fields, body)


def chunked(body, *fields):
    return post(b"Transfer-Encoding: chunked", *fields, body=body)


def marked(agent, *fields):
    return request(b"GET /marked HTTP/1.1", (b"User-Agent: " + agent.encode(), *fields))


HIDDEN = marked(SMUGGLED)
LENGTH = b"Content-Length: %d"


def line_ends():
    host = b"Host: " + HOST
    yield "LF alone everywhere", b"GET / HTTP/1.1\n" + host + b"\n\n", 400
    yield "LF alone after the request line", b"GET / HTTP/1.1\n" + host + b"\r\n\r\n", 400
    yield "LF alone after a field", b"GET / HTTP/1.1\r\n" + host + b"\n\r\n", 400
    yield "LF alone as the empty line", b"GET / HTTP/1.1\r\n" + host + b"\r\n\n", 400
    yield "CR alone everywhere", b"GET / HTTP/1.1\r" + host + b"\r\r\n\r\n", 400
    yield "CR CR LF after the request line", b"GET / HTTP/1.1\r\r\n" + host + b"\r\n\r\n", 400
    yield "CR CR LF as the empty line", b"GET / HTTP/1.1\r\n" + host + b"\r\n\r\r\n\r\n", 400
    yield "LF CR", b"GET / HTTP/1.1\n\r" + host + b"\n\r\n\r", 400
    yield "LF before the request line", b"\n" + request(), 400
    yield "CR alone before the request line", b"\r" + request(), 400
    yield "one empty line before", b"\r\n" + request(), ONE
    yield "two empty lines before", b"\r\n\r\n" + request(), 400
    yield "many empty lines before", b"\r\n" * 200 + request(), 400
    yield "a space before", b" " + request(), 400
    yield "CR in a value", request(fields=[b"X: a\rb"]), 400
    yield "CR and a length in a value", post(b"X: a\rContent-Length: 5"), 400
    yield "LF and a length in a value", post(b"X: a\nContent-Length: 5"), 400
    yield "LF and a coding in a value", post(b"X: a\nTransfer-Encoding: chunked", body=b"0\r\n\r\n"), 400
    yield "LF in the target", request(b"GET /a\nX: b HTTP/1.1"), 400
    yield "LF in a name", request(fields=[b"X\nY: 1"]), 400


def controls():
    for byte in CONTROLS:
        c = bytes([byte])
        yield f"{byte:#04x} in a value", request(fields=[b"X: a" + c + b"b"]), EITHER if byte == 0x7F else 400
        yield f"{byte:#04x} in a name", request(fields=[b"X" + c + b": 1"]), 400
    for byte in (0x00, 0x01, 0x09, 0x0B, 0x0C, 0x1B, 0x1F, 0x7F, 0x80, 0xFF):
        c = bytes([byte])
        yield f"{byte:#04x} in the method", request(b"G" + c + b"T / HTTP/1.1"), 400
        yield f"{byte:#04x} in the target", request(b"GET /a" + c + b"b HTTP/1.1"), 400
        yield f"{byte:#04x} instead of a space", request(b"GET" + c + b"/ HTTP/1.1"), 400
        yield f"{byte:#04x} behind the version", request(b"GET / HTTP/1.1" + c), 400
        yield f"{byte:#04x} in Host", request(host=b"Host: a" + c + b"b"), 400
        yield f"{byte:#04x} before chunked", post(b"Transfer-Encoding: " + c + b"chunked", body=b"0\r\n\r\n"), ONE if byte == 9 else 400
        yield f"{byte:#04x} behind chunked", post(b"Transfer-Encoding: chunked" + c, body=b"0\r\n\r\n"), ONE if byte == 9 else 400
        yield f"{byte:#04x} before a length", post(b"Content-Length: " + c + b"0"), ONE if byte == 9 else 400
        yield f"{byte:#04x} behind a length", post(b"Content-Length: 0" + c), ONE if byte == 9 else 400


def fields():
    yield "folded with a space", request(fields=[b"X: 1", b" folded"]), 400
    yield "folded with a tab", request(fields=[b"X: 1", b"\tfolded"]), 400
    yield "a coding folded", post(b"Transfer-Encoding:", b" chunked", body=b"0\r\n\r\n"), 400
    yield "a length folded", post(b"Content-Length:", b"\t5", body=b"abcde"), 400
    yield "a field hidden in a fold", post(b"X: 1", b" Content-Length: 5"), 400
    yield "folded at once", request(host=b" X: 1"), 400
    yield "a line of a space alone", request(fields=[b" "]), 400
    yield "space before the colon", request(fields=[b"X : 1"]), 400
    yield "tab before the colon", request(fields=[b"X\t: 1"]), 400
    yield "space before a length's colon", post(b"Content-Length : 5", body=b"abcde"), 400
    yield "space before a coding's colon", post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"), 400
    yield "space before Host's colon", request(host=b"Host : " + HOST), 400
    yield "a name that is empty", request(fields=[b": 1"]), 400
    yield "a colon alone", request(fields=[b":"]), 400
    yield "no colon", request(fields=[b"X"]), 400
    yield "a space in a name", request(fields=[b"X Y: 1"]), 400
    yield "brackets in a name", request(fields=[b"X[1]: 1"]), 400
    yield "a quote in a name", request(fields=[b'"X": 1']), 400
    yield "a slash in a name", request(fields=[b"X/Y: 1"]), 400
    yield "a name of other letters", request(fields=["Ｘ: 1".encode()]), 400
    yield "a length with a look-alike hyphen", post("Content‐Length: 5".encode()), 400
    yield "an underscore in a name", request(fields=[b"X_Y: 1"]), EITHER
    yield "a length with an underscore", post(b"Content_Length: 5"), EITHER
    yield "an empty value", request(fields=[b"X:"]), ONE
    yield "a colon in a value", request(fields=[b"X: :1:"]), ONE
    yield "other letters in a value", request(fields=["X: 橋".encode()]), ONE
    yield "256 fields and more", request(fields=[b"X: 1"] * 256), frozenset({400, 431})
    yield "a head without end", b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, 431
    yield "a target without end", b"GET /" + b"a" * 70_000, frozenset({400, 414, 431})


def hosts():
    yield "no Host", request(fields=[b"X: 1"], host=b""), 400
    yield "no Host on HTTP/1.0", request(b"GET / HTTP/1.0", host=b""), EITHER
    yield "no field at all", b"GET / HTTP/1.1\r\n\r\n", 400
    yield "Host twice, the same", request(fields=[b"Host: " + HOST]), 400
    yield "Host twice, another", request(fields=[b"host: b.test"]), 400
    yield "Host twice on HTTP/1.0", request(b"GET / HTTP/1.0", [b"Host: b.test"]), 400
    values = {
        "empty": b"", "blank": b" \t ", "two": b"a, b", "two without a space": b"a,b", "two words": b"a b",
        "with a user": b"u@a", "with a password": b"u:p@a", "with a path": b"a/b", "with a slash": b"a/",
        "with a query": b"a?b", "with a fragment": b"a#b", "with a scheme": b"http://a", "with slashes": b"//a",
        "port alone": b":443", "port of letters": b"a:b", "port with a sign": b"a:-1", "two ports": b"a:1:2",
        "port with a space": b"a: 443", "port with an at": b"a:80@b", "bracket open": b"[::1", "brackets empty": b"[]",
        "behind a bracket": b"[::1]x", "zone": b"[fe80::1%25eth0]", "six without brackets": b"::1", "a backslash": b"a\\b",
        "an escape": b"a%2Eb", "angle brackets": b"<a>", "quotes": b'"a"', "a pipe": b"a|b", "a caret": b"a^b",
        "other letters": "橋.test".encode(), "a semicolon and spaces": b"a; b"}
    for name, value in values.items():
        yield f"Host {name}", request(host=b"Host: " + value), 400
    yield "Host with an impossible port", request(host=b"Host: a:99999"), EITHER
    yield "Host with an empty port", request(host=b"Host: a:"), EITHER
    yield "Host with a dot behind", request(host=b"Host: " + HOST + b"."), EITHER
    yield "Host in capitals", request(host=b"HOST: " + HOST.upper()), ONE
    yield "Host that is IPv6", request(host=b"Host: [::1]:443"), ONE
    yield "Host behind the others", request(fields=[b"X: 1", b"Host: " + HOST], host=b""), ONE


def request_lines():
    targets = {
        "absolute": b"http://" + HOST + b"/", "absolute of another": b"https://b.test/", "absolute without a path": b"http://" + HOST,
        "an authority": b"b.test:443", "a star": b"*", "a relative path": b"a", "a query alone": b"?a", "two words": b"/a b",
        "a fragment": b"/a#b", "a backslash": b"/a\\b", "quotes": b'/"a"', "angle brackets": b"/<a>", "braces": b"/{a}",
        "a caret": b"/a^b", "a pipe": b"/a|b", "a backtick": b"/a`b", "brackets": b"/[a]",
        "half an escape": b"/%4", "a lone percent": b"/%", "an escape of letters": b"/%zz", "other letters": "/橋".encode(),
        "an escape that is too long": b"/%u0041"}
    for name, target in targets.items():
        yield f"target: {name}", request(b"GET " + target + b" HTTP/1.1"), 400
    yield "target: star for OPTIONS", request(b"OPTIONS * HTTP/1.1"), ONE
    yield "target: star and more for OPTIONS", request(b"OPTIONS *x HTTP/1.1"), 400
    yield "target: dots", request(b"GET /../../etc/passwd HTTP/1.1"), ONE
    yield "target: an escaped slash, NUL, CR LF", request(b"GET /a%2F%00%0D%0Ab HTTP/1.1"), ONE
    yield "target: two slashes", request(b"GET //b.test/ HTTP/1.1"), ONE
    yield "CONNECT", request(b"CONNECT b.test:443 HTTP/1.1"), 400
    yield "CONNECT with a path", request(b"CONNECT / HTTP/1.1"), EITHER
    yield "TRACE", request(b"TRACE / HTTP/1.1"), EITHER
    lines = {
        "no version": b"GET /", "method alone": b"GET", "nothing but spaces": b"  ", "two spaces first": b"GET  / HTTP/1.1",
        "two spaces last": b"GET /  HTTP/1.1", "a space behind": b"GET / HTTP/1.1 ", "a tab between": b"GET\t/\tHTTP/1.1",
        "no target": b"GET HTTP/1.1", "no method": b"/ HTTP/1.1", "a word too many": b"GET / / HTTP/1.1",
        "HTTP/1.2": b"GET / HTTP/1.2", "HTTP/0.9": b"GET / HTTP/0.9", "HTTP/2.0": b"GET / HTTP/2.0", "HTTP/2": b"GET / HTTP/2",
        "HTTP/1": b"GET / HTTP/1", "HTTP/1.10": b"GET / HTTP/1.10", "HTTP/01.1": b"GET / HTTP/01.1", "HTTP/1.": b"GET / HTTP/1.",
        "HTTP/+1.1": b"GET / HTTP/+1.1", "http/1.1": b"GET / http/1.1", "HTTPS/1.1": b"GET / HTTPS/1.1", "HTTP 1.1": b"GET / HTTP 1.1",
        "HTTP\\1.1": b"GET / HTTP\\1.1", "HTTP/1,1": b"GET / HTTP/1,1", "HTTP/1.1x": b"GET / HTTP/1.1x", "an answer": b"HTTP/1.1 200 OK",
        "brackets in the method": b"G(T / HTTP/1.1", "a colon in the method": b"GET: / HTTP/1.1", "quotes round the method": b'"GET" / HTTP/1.1',
        "a slash in the method": b"G/T / HTTP/1.1", "other letters in the method": "ＧＥＴ / HTTP/1.1".encode()}
    for name, line in lines.items():
        yield f"request line: {name}", request(line), 400
    yield "the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400
    yield "a request of HTTP/0.9", b"GET /\r\n\r\n", 400
    yield "a method of our own", request(b"BRIDGE / HTTP/1.1"), ONE
    yield "a method in small letters", request(b"get / HTTP/1.1"), EITHER


def codings():
    values = {
        "empty": b"", "gzip": b"gzip", "identity": b"identity", "deflate": b"deflate", "chunked, gzip": b"chunked, gzip",
        "gzip, chunked": b"gzip, chunked", "chunked twice": b"chunked, chunked", "a comma behind": b"chunked,",
        "a comma before": b",chunked", "two commas": b", ,chunked", "xchunked": b"xchunked", "chunkedx": b"chunkedx", "chunk": b"chunk",
        "quoted": b'"chunked"', "in single quotes": b"'chunked'", "a parameter": b"chunked;q=1", "an empty parameter": b"chunked;",
        "Chunked": b"Chunked", "CHUNKED": b"CHUNKED", "two words": b"chunked x", "cow": b"cow", "a colon more": b": chunked",
        "an equals": b"=chunked", "brackets": b"[chunked]", "a look-alike": "сhunked".encode(), "a soft hyphen": "chun­ked".encode(),
        "identity, chunked": b"identity, chunked", "chunked, identity": b"chunked, identity"}
    for name, value in values.items():
        yield f"coding: {name}", post(b"Transfer-Encoding: " + value, body=b"0\r\n\r\n"), 400
    both = b"0\r\n\r\n" + HIDDEN
    yield "coding twice", post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked", body=both), 400
    yield "coding, then identity", post(b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=both), 400
    yield "cow, then coding", post(b"Transfer-Encoding: cow", b"Transfer-Encoding: chunked", body=both), 400
    yield "coding, then nothing", post(b"Transfer-Encoding: chunked", b"Transfer-Encoding:", body=both), 400
    yield "coding on HTTP/1.0", request(b"POST / HTTP/1.0", [b"Transfer-Encoding: chunked"], both), 400
    yield "coding on HTTP/1.0 that is kept", request(b"POST / HTTP/1.0", [b"Connection: keep-alive", b"Transfer-Encoding: chunked"], both), 400
    yield "coding on a GET", request(fields=[b"Transfer-Encoding: chunked"], body=b"0\r\n\r\n"), ONE
    yield "coding in capitals", post(b"TRANSFER-ENCODING: chunked", body=b"0\r\n\r\n"), ONE
    yield "coding with an underscore and a length", post(b"Transfer_Encoding: chunked", LENGTH % len(both), body=both), EITHER
    yield "coding named by Connection", post(b"Connection: Transfer-Encoding", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), EITHER


def lengths():
    values = {
        "empty": b"", "plus": b"+5", "minus": b"-5", "minus nothing": b"-0", "plus nothing": b"+0", "hexadecimal": b"0x5", "octal": b"0o5",
        "letters": b"five", "a letter behind": b"5a", "a point": b"5.0", "an exponent": b"5e0", "two words": b"5 5", "a list": b"5, 5",
        "a list of two": b"5, 6", "a comma behind": b"5,", "a comma before": b",5", "a semicolon": b"5;", "quoted": b'"5"',
        "an underscore": b"5_0", "a fraction": b"5/1", "20 digits": b"99999999999999999999", "2^64": b"18446744073709551616",
        "2^64 + 5": b"18446744073709551621", "2^63": b"9223372036854775808", "2^64 - 1": b"18446744073709551615",
        "400 digits": b"9" * 400, "400 zeros and five": b"0" * 400 + b"5", "wide digits": "５".encode(), "Arabic digits": "٥".encode(),
        "brackets": b"[5]", "a colon more": b": 5"}
    for name, value in values.items():
        yield f"length: {name}", post(b"Content-Length: " + value, body=b"abcde"), 400
    yield "length twice, the same", post(b"Content-Length: 5", b"Content-Length: 5", body=b"abcde"), 400
    yield "length twice, 0 first", post(b"Content-Length: 0", LENGTH % len(HIDDEN), body=HIDDEN), 400
    yield "length twice, 0 last", post(LENGTH % len(HIDDEN), b"Content-Length: 0", body=HIDDEN), 400
    yield "length twice, one empty", post(b"Content-Length: 5", b"Content-Length:", body=b"abcde"), 400
    yield "length three times", post(*[b"Content-Length: 5"] * 3, body=b"abcde"), 400
    yield "length beyond the limit", post(b"Content-Length: 99999999"), 413
    yield "length beyond every limit", post(b"Content-Length: 999999999999999999"), 413
    yield "length with zeros before", post(b"Content-Length: 005", body=b"abcde"), ONE
    yield "length in capitals", post(b"CONTENT-LENGTH: 5", body=b"abcde"), ONE
    yield "length of a GET", request(fields=[b"Content-Length: 5"], body=b"abcde"), ONE
    yield "length of a HEAD", request(b"DELETE / HTTP/1.1", [b"Content-Length: 5"], b"abcde"), ONE
    yield "length, and less", post(b"Content-Length: 5", body=b"abc"), CUT


def chunks():
    end = b"0\r\n\r\n"
    bodies = {
        "an extension": b"5;x=1\r\nabcde\r\n" + end, "an extension quoted": b'5;x="\r\n"\r\nabcde\r\n' + end, "an empty extension": b"5;\r\nabcde\r\n" + end,
        "an extension on the last": b"0;x\r\n\r\n", "a bare LF in an extension": b"5;x\nabcde\r\n" + end, "hexadecimal mark": b"0x5\r\nabcde\r\n" + end,
        "minus": b"-5\r\nabcde\r\n" + end, "plus": b"+5\r\nabcde\r\n" + end, "a space before": b" 5\r\nabcde\r\n" + end,
        "a space behind": b"5 \r\nabcde\r\n" + end, "a tab behind": b"5\t\r\nabcde\r\n" + end, "a vertical tab": b"5\x0b\r\nabcde\r\n" + end,
        "a NUL behind": b"5\0\r\nabcde\r\n" + end, "LF alone behind the size": b"5\nabcde\r\n" + end, "LF alone behind the bytes": b"5\r\nabcde\n" + end,
        "LF alone at the end": b"5\r\nabcde\r\n0\n\n", "CR alone behind the size": b"5\rabcde\r\n" + end, "CR CR LF": b"5\r\r\nabcde\r\n" + end,
        "no line end behind the bytes": b"5\r\nabcde" + end, "bytes too many": b"5\r\nabcdef\r\n" + end, "bytes too few": b"5\r\nabcd\r\n" + end,
        "no size": b"\r\nabcde\r\n" + end, "a letter that is no digit": b"g\r\nabcde\r\n" + end, "an underscore": b"0_5\r\nabcde\r\n" + end,
        "a comma": b"5,\r\nabcde\r\n" + end, "a size of 17 digits": b"00000000000000005\r\nabcde\r\n" + end, "a size that overflows": b"10000000000000005\r\nabcde\r\n" + end,
        "2^64 - 1": b"FFFFFFFFFFFFFFFF\r\nabcde\r\n" + end, "2^63": b"8000000000000000\r\nabcde\r\n" + end, "2^32 + 5 in decimal": b"4294967301\r\n" + end,
        "wide digits": "５\r\nabcde\r\n".encode() + end, "another request at once": HIDDEN, "an empty chunk between": b"0\r\nabcde\r\n" + end}
    for name, body in bodies.items():
        right = frozenset({400, 413}) if name.startswith("2^32") else 400
        yield f"chunk: {name}", chunked(body), right
    trailers = {
        "Content-Length": b"Content-Length: 5", "Transfer-Encoding": b"Transfer-Encoding: chunked", "Host": b"HOST: b.test",
        "Trailer": b"Trailer: X", "Authorization": b"Authorization: x", "Content-Type": b"Content-Type: x", "Connection": b"Connection: close",
        "a space before the colon": b"X : 1", "folded": b" X: 1", "no colon": b"X", "no name": b": 1", "a control": b"X: \x01",
        "LF alone": b"X: 1\nY: 2", "CR alone": b"X: 1\rY: 2", "another request": b"GET /marked HTTP/1.1"}
    for name, trailer in trailers.items():
        yield f"trailer: {name}", chunked(b"0\r\n" + trailer + b"\r\n\r\n"), 400
    yield "trailer without end", chunked(b"0\r\nX: " + b"a" * 9000), frozenset({400, 431})
    yield "trailer that is harmless", chunked(b"0\r\nX-Sum: 1\r\n\r\n"), ONE
    yield "chunk: zeros before", chunked(b"0005\r\nabcde\r\n000\r\n\r\n"), ONE
    yield "chunk: capitals and small letters", chunked(b"A\r\n0123456789\r\na\r\n0123456789\r\n" + end), ONE
    yield "chunk: one byte each", chunked(b"1\r\na\r\n" * 50 + end), ONE
    yield "chunk: no end", chunked(b"5\r\nabcde\r\n"), CUT
    yield "chunk: no empty line", chunked(b"0\r\n"), CUT
    yield "chunk: no bytes", chunked(b"5\r\n"), CUT


def smuggling():
    length = LENGTH % len(HIDDEN)
    last = b"0\r\n\r\n"
    yield "CL.TE", post(LENGTH % len(last + HIDDEN), b"Transfer-Encoding: chunked", body=last + HIDDEN), 400
    yield "TE.CL", post(b"Transfer-Encoding: chunked", b"Content-Length: 4", body=b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n" + last), 400
    yield "CL.TE with a first letter left", post(b"Content-Length: 6", b"Transfer-Encoding: chunked", body=last + b"G"), 400
    yield "CL.TE on HTTP/1.0", request(b"POST / HTTP/1.0", [b"Content-Length: 5", b"Transfer-Encoding: chunked"], last + HIDDEN), 400
    for name, coding in {
            "a space before the colon": b"Transfer-Encoding : chunked", "a tab behind the colon and x": b"Transfer-Encoding:\tx-chunked",
            "a fold": b"Transfer-Encoding:\r\n chunked", "a hidden line": b"X: x\nTransfer-Encoding: chunked",
            "a quoted one": b'Transfer-Encoding: "chunked"', "another name": b"Transfer-Encoding\0: chunked",
            "a vertical tab": b"Transfer-Encoding:\x0bchunked", "a space in front of the name": b" Transfer-Encoding: chunked",
            "a byte over 127": b"Transfer-Encoding: chunked\xa0"}.items():
        yield f"TE.TE by {name}", post(LENGTH % len(last + HIDDEN), coding, body=last + HIDDEN), 400
    yield "CL.0: the body is a request", post(length, body=HIDDEN), ONE
    yield "CL.0 on a GET", request(fields=[length], body=HIDDEN), ONE
    yield "CL.0 on OPTIONS", request(b"OPTIONS / HTTP/1.1", [length], HIDDEN), ONE
    yield "CL.0 on a path that does not exist", request(b"POST /none/at/all HTTP/1.1", [length], HIDDEN), ONE
    yield "0.CL: a length on a GET that hides half a request", request(fields=[LENGTH % 20], body=HIDDEN[:20]), ONE
    yield "0.CL: an early answer to Expect", post(b"Expect: 100-continue", length, body=HIDDEN), ONE
    yield "TE.0: the chunks hold a request", chunked(b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n" + last), ONE
    yield "TE.0 on OPTIONS", request(b"OPTIONS / HTTP/1.1", [b"Transfer-Encoding: chunked"], b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n" + last), ONE
    yield "chunk-size line that ends twice", chunked(b"5;\n" + last + HIDDEN), 400
    yield "a GET behind a body", post(b"Content-Length: 5", body=b"abcde") + request(), TWO
    yield "a GET behind the last chunk", chunked(b"5\r\nabcde\r\n" + last) + request(), TWO
    yield "a letter left in front of the next: GPOST", chunked(last) + b"G" + post(b"Content-Length: 5", body=b"abcde"), TWO
    yield "a whole method left in front of the next", chunked(last) + b"GET / HTTP/1.1" + request(), THEN_400
    yield "an empty line behind a body", post(b"Content-Length: 5", body=b"abcde") + b"\r\n" + request(), TWO
    yield "bytes behind the length", post(b"Content-Length: 5", body=b"abcde") + b"x\r\n\r\n" + HIDDEN, THEN_400
    yield "a second last chunk", chunked(last) + last + HIDDEN, THEN_400
    yield "a body behind a request without a length", post() + b"abcde\r\n\r\n" + HIDDEN, THEN_400
    yield "a body behind a length of 0", post(b"Content-Length: 0") + b"abcde\r\n\r\n" + HIDDEN, THEN_400
    yield "chunk line end of two other bytes", chunked(b"5\r\nabcdeXX" + last + HIDDEN), 400
    yield "a request in the chunk extension", chunked(b"5;" + b"a" * 30 + b"\n" + HIDDEN), 400
    yield "response queue: a whole answer as the request", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + HIDDEN, 400
    yield "response queue: HEAD with a body", request(b"HEAD / HTTP/1.1", [length], HIDDEN), ONE
    yield "response queue: interim status asked for twice", post(b"Expect: 100-continue", b"Expect: 100-continue", b"Content-Length: 0"), EITHER
    yield "half a request hidden in a value", post(b"X: " + HIDDEN.replace(b"\r\n", b"\r"), b"Content-Length: 0"), 400
    yield "NUL before the real request", b"\0" + request(), 400
    yield "a TLS hello inside", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n" + HIDDEN, 400
    yield "a PROXY line first", b"PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n" + request(), 400


def connections():
    yield "close", request(fields=[b"Connection: close"]), LAST
    yield "Close among others", request(fields=[b"Connection: x, Close ,y"]), LAST
    yield "close beside keep-alive", request(fields=[b"Connection: keep-alive, close"]), LAST
    yield "close twice", request(fields=[b"Connection: keep-alive", b"Connection: close"]), LAST
    yield "closer is not close", request(fields=[b"Connection: closer"]), ONE
    yield "Connection names Host", request(fields=[b"Connection: Host, Content-Length"]), ONE
    yield "HTTP/1.0", request(b"GET / HTTP/1.0"), LAST
    yield "HTTP/1.0 that is kept", request(b"GET / HTTP/1.0", [b"Connection: keep-alive"]), ONE
    yield "upgrade to h2c", request(fields=[b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"]), ONE
    yield "upgrade to a web socket", request(fields=[b"Connection: Upgrade", b"Upgrade: websocket"]), ONE
    yield "Expect", post(b"Expect: 100-continue", b"Content-Length: 5", body=b"abcde"), ONE
    yield "Expect in capitals", post(b"Expect: 100-CONTINUE", b"Content-Length: 5", body=b"abcde"), ONE
    yield "Expect something else", post(b"Expect: 200-ok", b"Content-Length: 0"), 417
    yield "Expect nothing", post(b"Expect:", b"Content-Length: 0"), 417
    yield "Expect two things", post(b"Expect: 100-continue, x", b"Content-Length: 0"), 417
    yield "Expect on HTTP/1.0", request(b"POST / HTTP/1.0", [b"Expect: 100-continue", b"Content-Length: 0"]), EITHER
    yield "a head that ends early", request()[:-2], CUT
    yield "a request line that ends early", b"GET / HT", CUT


FAMILIES = (line_ends, controls, fields, hosts, request_lines, codings, lengths, chunks, smuggling, connections)
ROWS = [Row(f"{family.__name__}: {name}", sent, right) for family in FAMILIES for name, sent, right in family()]
