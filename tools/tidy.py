#!/usr/bin/env python3
"""The house rules that no compiler checks. Run by ctest as `tidy.code`; exits 1 with file:line messages.

 1. Modules: src/<module>/ includes "<other>/..." only if its DEPS names <other>, and DEPS names nothing
    else; no cycle; "<module>/detail/..." is for <module> alone; every source is in a CMakeLists.txt.
 2. Headers: heavy libraries appear only where CONFINED says, and a header outside detail/ asks no more
    of Asio than awaitable.hpp.
 3. Banned: a pattern, what to use instead, and the files that may.
 4. Coroutines: g++ 12 destroys some temporaries of a co_await statement twice; and a coroutine takes its
    parameters by value, because its caller's frame may be gone when it resumes.
 5. docs/architecture.md shows the graph that DEPS makes (--draw writes it).
Lengths are information, a reason to look: they are printed and never fail.
"""
import argparse
import pathlib
import re
import sys

FUNCTION_LINES_LOOK = 60
FILE_LINES_LOOK = 400
CONFINED = {  # header -> modules that may include it
    r"boost/beast|boost/asio/ssl|openssl/ssl|ares\.h": {"net"},
    r"openssl/": {"base", "net"},
    r"toml\+\+/": {"config"},
    r"libfyaml": {"cfn"},
    r"expat\.h": {"aws"},
    r"zlib\.h": {"aws"},
    r"nghttp2/": {"http"},
    r"re2/": {"cfn", "check", "gateway"},  # cfn: AllowedPattern is a stranger's pattern
    r"sqlite3\.h": {"gateway"},
    r"CLI/": {"cli"},
    r"spdlog/": {"base"},
}
BANNED = [  # (pattern in code, what to use, files that may)
    (r"\b(system|steady)_clock::now\b|\btime\((nullptr|NULL|0)\)", "the injected Clock", r"net/clock\.cpp"),
    (r"\brandom_device\b|\bRAND_bytes\b|\brand\(\)", "the injected Random", r"net/random\.cpp"),
    (r"\bthis_thread::sleep|\busleep\(", "a timer that can be cancelled", r""),
    (r"\bgetenv\(", "the Environment passed in", r"cli/.*|aws/sigv4_test\.cpp|base/fence\.cpp|check/brute_force\.h"),
    (r"\bstd::(cout|cerr)\b|\bprintf\(", "returned text, or the logger", r"cli/.*"),
    (r"\bstd::j?thread\b|\.detach\(\)", "the executor passed in", r"net/.*"),
    (r"\bdetached\b", "a task group, which keeps the exception", r""),
    (r"\b(class|struct)\s+\w*(Manager|Helper|Utils?|Data|Info)\b", "a name that says what it is", r""),
]
COMMENT = r'//[^\n]*|/\*.*?\*/'
LITERAL = r'R"([^(\n]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-zA-Z])\'(?:\\.|[^\'\\\n])+\''
CONTROL = re.compile(r"^\s*(if|for|while|switch|catch|do|else|try|return|case|default)\b")


# --- text ---

def without_comments_and_literals(text):
    """The code alone, line numbers kept."""
    def blank(match):
        lines = "\n" * match.group().count("\n")
        return lines if match.group().startswith("/") else '""' + lines
    return re.sub(COMMENT + "|" + LITERAL, blank, text, flags=re.S)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def closing(code, start, pairs):
    """The position after the bracket that closes the one just before `start`."""
    depth = 1
    while start < len(code) and depth:
        depth += pairs.get(code[start], 0)
        start += 1
    return start


# --- modules ---

def read_modules(root):
    """name -> {"DEPS": [...], "SOURCES": [...], ...} of each src/<name>/CMakeLists.txt."""
    modules = {}
    for cmake in sorted((root / "src").glob("*/CMakeLists.txt")):
        call = re.search(r"kakehashi_module\(([^)]*)\)", re.sub(r"#.*", "", cmake.read_text()))
        lists, key = {}, None
        for word in call.group(1).split() if call else ():
            if word in {"SMALL", "NAME", "DEPS", "SYSTEM", "SOURCES", "MAIN", "TESTING", "TESTS", "FUZZ", "EMBED"}:
                key = word
            else:
                lists.setdefault(key, []).append(word)
        modules[cmake.parent.name] = lists
    return modules


def reachable(deps, name):
    """All modules that `name` depends on, directly or not."""
    seen, todo = set(), list(deps.get(name, ()))
    while todo:
        dep = todo.pop()
        if dep not in seen:
            seen.add(dep)
            todo.extend(deps.get(dep, ()))
    return seen


def drawing(deps):
    """The graph as mermaid, without the arrows that follow from others."""
    rows = ["graph TD"]
    for name in deps:
        implied = set().union(*(reachable(deps, dep) for dep in deps[name]))
        arrows = [f"  {name} --> {dep}" for dep in sorted(deps[name]) if dep not in implied]
        rows += arrows or [f"  {name}"]
    return "```mermaid\n" + "\n".join(rows) + "\n```"


def drawn(page, deps):
    """The page with the graph between its two marks."""
    marks = r"(<!-- modules -->\n).*?(<!-- /modules -->)"
    return re.sub(marks, lambda m: m[1] + drawing(deps) + "\n" + m[2], page, flags=re.S)


def check_modules(root, modules, deps):
    for name, lists in modules.items():
        where = f"src/{name}/CMakeLists.txt"
        if lists.get("NAME") != [name]:
            yield f"{where}:1: NAME is not the folder's name"
        if name in reachable(deps, name):
            yield f"{where}:1: {name} depends on itself"
        included, listed = set(), {s for key in ("SOURCES", "MAIN", "TESTING", "TESTS", "FUZZ") for s in lists.get(key, ())}
        for path in sorted((root / "src" / name).rglob("*")):
            if path.suffix not in {".h", ".cpp"}:
                continue
            included |= set(re.findall(r'#\s*include\s+"(\w+)/', path.read_text()))
            if path.suffix == ".cpp" and str(path.relative_to(root / "src" / name)) not in listed:
                yield f"{path.relative_to(root)}:1: not in its module's CMakeLists.txt"
        for unused in sorted(deps[name] - included):
            yield f"{where}:1: DEPS names {unused}, which nothing here includes"


def check_includes(module, path, text, deps):
    header, private = path.suffix == ".h", "detail" in path.parts
    for number, line in enumerate(text.splitlines(), 1):
        include = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if not include:
            continue
        quote, name = include.groups()
        other, _, rest = name.partition("/")
        if quote == '"' and other not in deps:
            yield number, f'write "<module>/{name}"'
        elif other in deps:
            if quote == "<":
                yield number, f'our own headers are included as "{name}"'
            if other != module and other not in deps[module]:
                yield number, f"{module} may not include {other} (not in its DEPS)"
            elif other != module and rest.startswith("detail/"):
                yield number, f"{other}/detail is private to {other}"
        for pattern, may in CONFINED.items():
            if re.match(pattern, name):
                if module not in may:
                    yield number, f"<{name}> is confined to {', '.join(sorted(may))}"
                break
        if header and not private and re.match(r"boost/(beast|asio(?!/awaitable\.hpp))", name):
            yield number, f"<{name}> belongs in a .cpp or in {module}/detail/"


# --- coroutines ---

def opens_initialiser(before):
    """Whether a `{` after `before` opens a braced initialiser rather than a block."""
    before = before[-200:].rstrip()
    if re.search(r"(->\s*[\w:<>,&*\s]+|\b(else|do|try|const|noexcept|mutable|override|final))$", before):
        return False
    return bool(re.search(r"[\w>=,({]$", before))


def statement_around(code, position):
    """The statement that holds `position`, and whether a braced initialiser holds it."""
    start, depth, in_initialiser = position, 0, False
    while start > 0:
        c = code[start - 1]
        if c in ")]" or (c == "}" and depth > 0):
            depth += 1
        elif c in "([" or (c == "{" and depth > 0):
            depth = max(0, depth - 1)
        elif depth == 0 and c == "{" and opens_initialiser(code[:start - 1]):
            in_initialiser = True
        elif depth == 0 and c in ";{}":
            break
        start -= 1
    end, depth = position, 0
    while end < len(code):
        c = code[end]
        if c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
            if depth < 0:
                break
        elif c == ";" and depth == 0:
            break
        end += 1
    return code[start:end], in_initialiser


def without_blocks(statement):
    """The statement with the inside of every block in it, such as a lambda's body, blanked."""
    out, depth = [], 0
    for index, c in enumerate(statement):
        if c == "{" and (depth or not opens_initialiser(statement[:index])):
            depth += 1
        out.append(c if depth == 0 else " ")
        if c == "}" and depth:
            depth -= 1
    return "".join(out)


def unsafe_co_await(statement, in_initialiser):
    """Why g++ 12 may destroy a temporary of this statement twice, or None."""
    if in_initialiser:
        return "co_await inside a braced initialiser"
    bare = without_blocks(re.sub(r"^\s*(const\s+)?auto\s*&{0,2}\s*\[[^\]]*\]", "", statement))
    for captures in re.findall(r"(?:^|[(,={]|\breturn)\s*\[(?!\[)([^\]]*)\]", bare):
        if any(c and not c.startswith("&") and c != "this" for c in map(str.strip, captures.split(","))):
            return "capturing lambda"
    if any(opens_initialiser(bare[:m.start()]) for m in re.finditer(r"\{", bare)):
        return "braced temporary"
    if re.search(r"\?[^:]*:(?!:)", bare.replace("::", "  ")):
        return "conditional operator"
    return None


def coroutine_parameters(code):
    """(position, parameter, why) of each parameter a coroutine would only borrow, or that has a default."""
    for match in re.finditer(r"\b(?:awaitable|Task)<", code):
        end = closing(code, match.end(), {"<": 1, ">": -1})
        call = re.match(r"\s+(?:\w+::)*\w+\s*\(", code[end:])
        if not call:
            continue
        start = end + call.end()
        end = closing(code, start, {"(": 1, "<": 1, ")": -1, ">": -1})
        for parameter in re.split(r",(?![^<]*>)", code[start:end - 1]):
            shown = " ".join(parameter.split())
            if re.search(r"&|\bstring_view\b|\bspan<", parameter):
                yield match.start(), shown, "is borrowed; take it by value"
            elif "=" in parameter:
                yield match.start(), shown, "has a default, a temporary of every co_await of it; overload"


def check_coroutines(code):
    for match in re.finditer(r"\bco_(await|yield)\b", code):
        why = unsafe_co_await(*statement_around(code, match.start()))
        if why:
            yield line_of(code, match.start()), f"{why} in a co_await statement; name it first, then std::move it"
    for position, parameter, why in coroutine_parameters(code):
        yield line_of(code, position), f"coroutine parameter `{parameter}` {why}"


# --- the rest ---

def check_banned(path, text, code):
    inside = path.as_posix().removeprefix("src/")
    for number, line in enumerate(code.splitlines(), 1):
        for pattern, instead, may in BANNED:
            if re.search(pattern, line) and not re.fullmatch(may, inside):
                yield number, f"banned: {line.strip()[:60]}; use {instead}"
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(FIXME|XXX|TODO)\b(?!\(#\d+\): \w)", line):
            yield number, "mend it, or write TODO(#issue): reason"


def functions(code):
    """(first line, line count) of each function body."""
    code = re.sub(r"(?m)^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: "\n" * m.group().count("\n"), code)
    line, stack, segment, inside = 1, [], "", 0
    for c in code:
        line += c == "\n"
        if c == "{":
            head = segment.strip()
            is_function = (
                not inside and "(" in head and not CONTROL.match(head)
                and not re.match(r"^(inline\s+)?(namespace|extern)\b", head) and not head.endswith("=")
            )
            stack.append((is_function, line))
            inside += is_function
        elif c == "}" and stack:
            was_function, first = stack.pop()
            inside -= was_function
            if was_function:
                yield first, line - first + 1
        segment = "" if c in "{};" else segment + c


def lengths(where, text, code):
    for first, count in functions(code):
        if count > FUNCTION_LINES_LOOK:
            yield f"{where}:{first}: a function of {count} lines"
    count = len(text.splitlines())
    if count > FILE_LINES_LOOK:
        yield f"{where}:1: a file of {count} lines"


def check(root):
    """(what is wrong, what is worth a look), each a list of file:line messages."""
    modules = read_modules(root)
    deps = {name: set(lists.get("DEPS", ())) for name, lists in modules.items()}
    wrong, look = list(check_modules(root, modules, deps)), []
    page = root / "docs" / "architecture.md"
    if page.exists() and drawn(page.read_text(), deps) != page.read_text():
        wrong.append("docs/architecture.md:1: the graph is old; run tools/tidy.py --draw")
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in {".h", ".cpp"}:
            continue
        where, text = path.relative_to(root), path.read_text()
        module, code = where.parts[1], without_comments_and_literals(text)
        if module not in deps:
            wrong.append(f"{where}:1: src/{module} has no CMakeLists.txt")
            continue
        for found in (check_includes(module, where, text, deps), check_banned(where, text, code),
                      check_coroutines(code)):
            wrong += [f"{where}:{number}: {message}" for number, message in found]
        look += lengths(where, text, code)
    return sorted(set(wrong)), look, deps


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--draw", action="store_true", help="write the module graph into docs/architecture.md")
    args = parser.parse_args()
    wrong, look, deps = check(args.root)
    if args.draw:
        page = args.root / "docs" / "architecture.md"
        page.write_text(drawn(page.read_text(), deps))
        wrong, look, deps = check(args.root)
    for message in look:
        print(f"look: {message}")
    for message in wrong:
        print(message, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
