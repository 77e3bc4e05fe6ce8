"""Texts that are small to send and large to read, as data (promise P17): a name, the bytes, and what the error names.

Each is about SIZE bytes, so that what a program has anyway does not count. SAYS is a part of the English error that
shows the place: a line, a column, or the name of the file for what is wrong with it as a whole."""

SIZE = 1_000_000  # below the limit of every file here
DEPTH = "more than 128 deep (line 1, column"


def times(unit, size=SIZE):
    return unit * (size // len(unit))


def numbered(unit, size=SIZE):
    """`unit` with one number after the other in it, up to `size` bytes."""
    return b"".join(unit % number for number in range(size // (len(unit) + 4)))


def json_bombs(size=4 * SIZE):
    """Of any JSON text: what the error of the one JSON reader says; None: it may also be read, and then is no case."""
    return {
        "arrays without end": (times(b"[", size), DEPTH),
        "objects without end": (times(b'{"a":', size), DEPTH),
        "arrays that end": (times(b"[", size // 2) + times(b"]", size // 2), DEPTH),
        "a million keys": (b'{' + numbered(b'"%x":0,', size) + b'"":0}', None),
        "a million objects": (b"[" + times(b'{"":0},', size) + b"0]", ""),
        "digits": (b"[" + times(b"0,", size) + b"0]", ""),
        "arrays of digits": (b"[" + times(b"[0],", size) + b"0]", ""),
        "empty arrays": (b"[" + times(b"[],", size) + b"0]", None),
        "empty texts": (b"[" + times(b'"",', size) + b"0]", None),
        "one key again and again": (b"{" + times(b'"a":0,', size) + b'"b":0}', "the key `a` stands twice"),
        "a huge number": (times(b"9", size), "line 1, column"),
        "a huge exponent": (b"1e" + times(b"9", size), "line 1, column"),
        "a huge fraction": (b"0." + times(b"9", size), None),
        "escapes": (b'"' + times(b"\\u0041", size) + b'"', None),
        "surrogates without a pair": (b'"' + times(b"\\ud800", size) + b'"', "line 1, column"),
        "one long text": (b'"' + times(b"a", size) + b'"', None),
        "white space": (times(b" ", size), "line 1, column"),
        "NUL": (times(b"\0", size), "line 1, column 1"),
    }


def laughs():
    """A billion of them, by names for names; written out in full it would fill the memory of any machine."""
    lines = [b"a0: &a0 [" + b"x," * 10 + b"x]\n"]
    lines += [b"a%d: &a%d [%s]\n" % (i, i, b",".join([b"*a%d" % (i - 1)] * 10)) for i in range(1, 12)]
    return b"".join(lines) + b"Resources: *a11\n"


TEMPLATES = {
    "a billion laughs": (laughs(), "operator.yaml:2: "),
    "a laugh of its own": (b"Resources: &a\n  x: *a\n", "operator.yaml:2: "),
    "merges": (b"Resources:\n  <<: {<<: {<<: {a: 1}}}\n", "operator.yaml:2: "),
    "flow sequences": (b"Resources: " + times(b"["), "operator.yaml:1: "),
    "flow mappings": (b"Resources: " + times(b"{a: "), "operator.yaml:1: "),
    "block mappings": (b"".join(b" " * depth + b"a:\n" for depth in range(1390)), "operator.yaml:101: "),
    "block sequences": (times(b"- "), "operator.yaml:1: "),
    "questions": (times(b"? "), "operator.yaml:1: "),
    "tags": (b"Resources: " + times(b"!Sub "), "operator.yaml:1: "),
    "tags and sequences": (b"Resources: " + times(b"!Sub ["), "operator.yaml:1: "),
    "keys": (b"Resources:\n" + numbered(b"  k%d: 1\n"), "operator.yaml:"),
    "short keys": (b"Resources: {" + numbered(b"%x: ,") + b"}\n", "operator.yaml:"),
    "one key again and again": (b"Resources:\n" + times(b"  k: 1\n"), "operator.yaml:3: "),
    "items": (b"Resources: [" + times(b"a,") + b"a]\n", "operator.yaml:1: "),
    "empty items": (b"Resources: [" + times(b"[],") + b"[]]\n", "operator.yaml:1: "),
    "a huge number": (b"Resources: " + times(b"9") + b"\n", "operator.yaml:1: "),
    "a long text": (b'Resources: "' + times(b"a") + b'"\n', "operator.yaml:1: "),
    "escapes": (b'Resources: "' + times(b"\\x41") + b'"\n', "operator.yaml:1: "),
    "a text block": (b"Resources: |\n" + times(b" a\n"), "operator.yaml:1: "),
    "substitutions": (b'Resources: !Sub "' + times(b"${a}") + b'"\n', "operator.yaml"),
    "documents": (times(b"---\n"), "operator.yaml:2: "),
    "anchors": (numbered(b"k%d: &a%d x\n".replace(b"&a%d", b"&a")), "operator.yaml:"),
    "comments": (times(b"#\n"), "operator.yaml:1: "),
    "a long key": (times(b"a") + b": 1\n", "operator.yaml:1: "),
    "NUL": (times(b"\0"), "operator.yaml:1: "),
    "bytes that are no text": (times(b"\xff\xfe"), "operator.yaml:1: "),
    "JSON: arrays": (b'{"Resources":' + times(b"["), "operator.yaml:1: "),
    "JSON: digits": (b'{"Resources":[' + times(b"0,") + b"0]}", "operator.yaml:1: "),
    "JSON: keys": (b'{"Resources":{' + numbered(b'"%x":0,') + b'"":0}}', "operator.yaml:1: "),
    "ten megabytes": (times(b"#", 10 * SIZE), "`operator.yaml` is larger"),
}

CONFIGURATIONS = {
    "arrays": (b"a = " + times(b"["), "kakehashi.toml"),
    "inline tables": (b"a = " + times(b"{a="), "kakehashi.toml"),
    "a dotted key": (times(b"a.") + b"b = 1\n", "kakehashi.toml:1: "),
    "a dotted header": (b"[" + times(b"a.") + b"b]\n", "kakehashi.toml:1: "),
    "dotted keys": (numbered(b"a%d.b.c.d.e.f = 1\n"), "kakehashi.toml"),
    "digits": (b"a = [" + times(b"0,") + b"0]\n", "kakehashi.toml"),
    "keys": (numbered(b"k%d=1\n"), "kakehashi.toml"),
    "tables": (numbered(b"[a%d]\n"), "kakehashi.toml"),
    "tables of one array": (times(b"[[a]]\n"), "kakehashi.toml"),
    "replies": (times(b"[[twin.reply]]\n"), "kakehashi.toml"),
    "one key again and again": (times(b"a=1\n"), "kakehashi.toml"),
    "a huge number": (b"a = " + times(b"9"), "kakehashi.toml:1: "),
    "a huge fraction": (b"a = 0." + times(b"9"), "kakehashi.toml:1: "),
    "a huge exponent": (b"a = 1e" + times(b"9"), "kakehashi.toml:1: "),
    "a long text": (b'a = "' + times(b"a") + b'"\n', "kakehashi.toml:1: "),
    "escapes": (b'a = "' + times(b"\\u0041") + b'"\n', "kakehashi.toml:1: "),
    "a text that does not end": (b'a = """' + times(b"\n"), "kakehashi.toml:"),
    "comments": (times(b"#\n"), "kakehashi.toml:1: "),
    "a long key": (times(b"a") + b" = 1\n", "kakehashi.toml:1: "),
    "NUL": (times(b"\0"), "kakehashi.toml:1: "),
    "bytes that are no text": (times(b"\xff"), "kakehashi.toml:1: "),
    "ten megabytes": (times(b"#", 10 * SIZE), "kakehashi.toml` is larger"),
}

SHARED = {  # ~/.aws/config, asked for the profile `a`
    "settings": (b"[profile a]\n" + numbered(b"k%d=1\n"), ".aws/config:20001: "),
    "profiles": (numbered(b"[profile p%d]\n"), ".aws/config:20001: "),
    "a group": (b"[profile a]\ns3 =\n" + numbered(b" k%d=1\n"), ".aws/config:20001: "),
    "one key again and again": (b"[profile a]\n" + times(b"a=1\n"), ".aws/config:3: "),
    "a long line": (b"[profile a]\nx=" + times(b"a"), ".aws/config:2: "),
    "a value that goes on": (b"[profile a]\nx=1\n" + times(b" a\n"), ".aws/config:20001: "),
    "settings without a section": (times(b"a=1\n"), ".aws/config:1: "),
    "a section that does not end": (b"\n\n[profile " + times(b"a", 4_000), ".aws/config:3: "),
    "line ends": (times(b"\n"), "profile `a`"),
    "comments": (times(b"#\n"), "profile `a`"),
    "NUL": (times(b"\0"), ".aws/config:1: "),
    "bytes that are no text": (times(b"\xff"), ".aws/config: "),
    "ten megabytes": (times(b"#", 10 * SIZE), ".aws/config` cannot be read"),
    "profiles that lead to each other": (
        b"[profile a]\nrole_arn = r\nsource_profile = p0\n" +
        b"".join(b"[profile p%d]\nrole_arn = r\nsource_profile = p%d\n" % (i, i + 1) for i in range(6_000)), "source_profile"),
}

PROCESSES = {  # credential_process: a shell's command, and what the error names
    "no end": ("yes", "too-much-output"),
    "ten megabytes": ("head -c 10000000 /dev/zero", "too-much-output"),
    "arrays": ("head -c 900000 /dev/zero | tr '\\0' '['", "credential_process"),
    "digits": ("printf '['; yes 0, | head -c 900000; printf '0]'", "credential_process"),
    "nothing": ("true", "credential_process"),
}
