#!/usr/bin/env python3
"""The catalogue of messages, checked. Run by ctest as `messages.catalogue`; exits 1 with file: messages.

 1. data/messages/<module>.json and <module>_<part>.json hold ids `<module>.…`, each in one file only.
 2. Each id has exactly "en" and "ja", neither empty, with the same {fields}; braces hold fields and nothing else.
 3. English begins in lower case, or with a name or code that is written so, and ends without a full stop.
    Japanese holds Japanese.
 4. Every "x.y.z"_msg in src/ has words, and every id is used there. Those of findings are composed from the
    table in src/finding/finding.cpp, and others from literals that are ids or their beginnings: each finding has a title, a why and a fix, and nothing else has.
"""
import argparse
import json
import pathlib
import re
import sys

ID = re.compile(r"[a-z0-9_]+(\.[a-z0-9_-]+)+")
FIELD = re.compile(r"\{([a-z_]+)\}")
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")
NAMES_FIRST = re.compile(  # what may begin an English sentence with a capital letter
    r"[A-Z]{2,}|Fn::|(AWS|Amazon|Anthropic|Bedrock|Converse|ConverseStream|ForAllValues|Marketplace|Python|AssumeRole)\b|[A-Z]\w+[A-Z]"
)
FINDING_PARTS = ("title", "why", "fix")


def without_duplicates(pairs):
    """A JSON object; the parser would silently keep the last of two equal keys."""
    keys = [key for key, _ in pairs]
    twice = {key for key in keys if keys.count(key) > 1}
    if twice:
        raise ValueError("twice: " + ", ".join(sorted(twice)))
    return dict(pairs)


def check_text(language, text):
    if not text.strip() or text != text.strip():
        yield "is empty, or has white space at an end"
        return
    if re.search(r"[{}]", FIELD.sub("", text)):
        yield "has a brace that is no {field}"
    if language == "ja":
        if not JAPANESE.search(text):
            yield "holds no Japanese"
        return
    if text.endswith(".") and not text.endswith("..."):
        yield "ends in a full stop"
    if text[0].isupper() and not NAMES_FIRST.match(text):
        yield "begins with a capital letter"


def check_entry(identifier, texts):
    if not ID.fullmatch(identifier):
        yield "is no id: module.subject.what in lower case"
    if not isinstance(texts, dict) or set(texts) != {"en", "ja"} or not all(isinstance(t, str) for t in texts.values()):
        yield 'must hold "en" and "ja" and nothing else'
        return
    for language, text in texts.items():
        yield from (f"{language} {wrong}" for wrong in check_text(language, text))
    fields = {language: set(FIELD.findall(text)) for language, text in texts.items()}
    if fields["en"] != fields["ja"]:
        yield f"the fields differ: en {sorted(fields['en'])}, ja {sorted(fields['ja'])}"


def read_catalogue(root):
    """(id -> file, what is wrong)."""
    catalogue, wrong = {}, []
    for path in sorted((root / "data" / "messages").glob("*.json")):
        where = path.relative_to(root).as_posix()
        try:
            entries = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=without_duplicates)
        except ValueError as error:
            wrong.append(f"{where}: {error}")
            continue
        module = path.stem.split("_")[0]
        for identifier, texts in entries.items():
            wrong += [f"{where}: {identifier}: {message}" for message in check_entry(identifier, texts)]
            if identifier.split(".")[0] != module:
                wrong.append(f"{where}: {identifier}: belongs in {identifier.split('.')[0]}.json")
            if identifier in catalogue:
                wrong.append(f"{where}: {identifier}: stands in {catalogue[identifier]} too")
            catalogue[identifier] = where
    return catalogue, wrong


def used_in(root):
    """id -> the first file:line that uses it."""
    used = {}
    for path in sorted((root / "src").rglob("*")):
        if path.suffix not in {".h", ".cpp"} or path.stem.endswith("_test"):
            continue
        text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        for match in re.finditer(r'"([^"\n]+)"_msg', text):
            line = text.count("\n", 0, match.start()) + 1
            used.setdefault(match[1], f"{path.relative_to(root).as_posix()}:{line}")
    return used


def composed_in(root, catalogue):
    """Ids that code composes: a literal that is one, or a prefix "a.b." of some, or one with "_near" added."""
    literals = set()
    for path in sorted((root / "src").rglob("*")):
        if path.suffix in {".h", ".cpp"} and not path.stem.endswith("_test"):
            text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
            literals |= set(re.findall(r'"([a-z0-9_]+(?:\.[a-z0-9_-]+)*\.?)"(?!_msg)', text))
    prefixes = tuple(literal for literal in literals if literal.endswith(".") and literal.count(".") > 1)
    return {identifier for identifier in catalogue
            if identifier in literals or identifier.removesuffix("_near") in literals
            or (prefixes and identifier.startswith(prefixes))}


def composed_from_findings(root):
    table = root / "src" / "finding" / "finding.cpp"
    ids = re.findall(r'\{"([a-z0-9-]+)", Severity::', table.read_text(encoding="utf-8")) if table.exists() else []
    return {f"finding.{identifier}.{part}" for identifier in ids for part in FINDING_PARTS}


def check(root):
    catalogue, wrong = read_catalogue(root)
    used = used_in(root)
    findings = composed_from_findings(root)
    composed = composed_in(root, catalogue)
    wrong += [f"{where}: {identifier} has no words in data/messages/"
              for identifier, where in used.items() if identifier not in catalogue]
    wrong += [f"src/finding/finding.cpp: {identifier} has no words in data/messages/finding.json"
              for identifier in findings - set(catalogue)]
    wrong += [f"{where}: {identifier}: is used nowhere in src/"
              for identifier, where in catalogue.items() if identifier not in used and identifier not in findings and identifier not in composed]
    return sorted(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    wrong = check(parser.parse_args().root)
    for message in wrong:
        print(message, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
