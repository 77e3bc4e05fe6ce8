"""Draws docs/faults.md and docs/faults.ja.md from the table: fault → what the SDKs say → finding → mend.

python3 tests/faults/draw.py"""

import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "conformance")]

from fault import Unseen  # noqa: E402
from table import FAULTS, GROUPS  # noqa: E402
from table.mends import MENDS  # noqa: E402

DOCS = HERE.parents[1] / "docs"
DOCUMENTS = (DOCS / "faults.md", DOCS / "faults.ja.md")
WORDS = {
    "en": {
        "title": "# Faults, and what they look like from the program",
        "about": "Each row is one edit of a pair that is right (`examples/`), or of a request. What boto3, the AWS CLI and the AWS SDK for "
                 "JavaScript show, the finding that `kakehashi twin explain` names, the edit that it proposes and that the test makes, and whether "
                 "`kakehashi check` reports it from the templates alone. Drawn from `tests/faults/table` by `tests/faults/draw.py`; the test of the "
                 "table runs every row. {{n}} is a number, {{when}} a time. 日本語: [faults.ja.md](faults.ja.md)",
        "head": "| fault | what the program sees | finding | mend | `check` |",
        "groups": {"network": "Network", "identity": "Policies", "trust": "Trust policy", "session": "Sessions, signatures, clocks",
                   "account": "State of the account", "model": "Models", "metadata": "Instance metadata", "codeartifact": "Packages",
                   "stream": "Streams"},
        "the same": "the same", "count": "{count} faults.",
        "set": "set {where} to {value}", "append": "add {value} to {where}", "remove": "remove {where}", "request": "the request's `{path}`",
    },
    "ja": {
        "title": "# 障害一覧: プログラムからはどう見えるか",
        "about": "各行は、正しい構成(`examples/`)またはリクエストへの 1 か所の変更です。boto3・AWS CLI・AWS SDK for JavaScript に何が見えるか、"
                 "`kakehashi twin explain` が挙げる指摘、提案する(そしてテストが実際に適用する)修正、`kakehashi check` がテンプレートだけから指摘できるか、を示します。"
                 "`tests/faults/table` から `tests/faults/draw.py` が書き出し、全行をテストで実行しています。English: [faults.md](faults.md)",
        "head": "| 障害 | プログラムに見えるもの | 指摘 | 修正 | `check` |",
        "groups": {"network": "ネットワーク", "identity": "ポリシー", "trust": "信頼ポリシー", "session": "セッション・署名・時計", "account": "アカウントの状態",
                   "model": "モデル", "metadata": "インスタンスメタデータ", "codeartifact": "パッケージ", "stream": "ストリーム"},
        "the same": "同じ指摘", "count": "障害は {count} 件です。",
        "set": "{where} を {value} にする", "append": "{where} に {value} を加える", "remove": "{where} を削除する", "request": "リクエストの `{path}`",
    },
}
MESSAGE_SHOWN_MAX = 110
VALUE_SHOWN_MAX = 160


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def cut(text, most):
    return text if len(text) <= most else text[:most - 1].rstrip() + "…"


def answer(row, kind):
    """`AccessDenied` (403) ClientError: message; of a client without an answer, what it throws."""
    exception, code, status, message = row.sees.by(kind, row.call.service)
    message = message[0] if isinstance(message, tuple) else message
    names = " ".join(f"`{name}`" for name in dict.fromkeys(filter(None, (exception, code))))
    shown = "" if message == "{any}" else cut(message.replace("{any}", "…").replace("{policy}", ""), MESSAGE_SHOWN_MAX)
    return ": ".join(filter(None, (" ".join(filter(None, (names, str(status or "")))), shown))) or "…"


def seen(row):
    """One line where the clients agree but for their class; else each client's."""
    names = {"boto3": "boto3", "aws": "AWS CLI", "js": "JavaScript", "urllib": "urllib, pip, curl", "fetch": "fetch"}
    said = {kind: answer(row, kind) for kind in row.clients}
    return "<br>".join(f"{names[kind]}: {text}" for kind, text in said.items())


def place_of(change, words):
    if change["of"] == "request":
        return words["request"].format(path=change["path"])
    return f"`{change['file']}` `{change['path']}`"


def mend(row, words, language):
    right = [getattr(reason, language) for reason in (row.right, row.gap) if reason]
    return "<br>".join(right + [
        words[change["operation"]].format(where=place_of(change, words),
                                          value=f"`{cut(json.dumps(change.get('value'), ensure_ascii=False), VALUE_SHOWN_MAX)}`")
        for change in MENDS.get(row.id, ())])


def reported(row, words, language):
    if isinstance(row.check_reports, Unseen):
        return getattr(row.check_reports, language)
    return words["the same"] if row.check_reports == row.finding else f"`{row.check_reports}`"


def drawn(page):
    language = "ja" if page.name.endswith(".ja.md") else "en"
    words = WORDS[language]
    out = [words["title"], "", words["about"].replace("{{", "{").replace("}}", "}"), "", words["count"].format(count=len(FAULTS))]
    for module in GROUPS:
        group = module.__name__.rpartition(".")[2]
        out += ["", f"## {words['groups'][group]}", "", words["head"], "| --- | --- | --- | --- | --- |"]
        for row in (row for row in FAULTS if row.group == group):
            finding = f"`{row.finding}`" if row.finding else "—"
            out.append("| " + " | ".join(map(cell, (getattr(row, language), seen(row), finding, mend(row, words, language),
                                                    reported(row, words, language)))) + " |")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    for each in DOCUMENTS:
        each.write_text(drawn(each), encoding="utf-8")
