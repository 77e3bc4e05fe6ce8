"""Tests of messages.py: each rule refuses what it should and lets pass what it should."""
import json
import pathlib
import re
import tempfile
import unittest

import messages

GOOD = {"en": "the key `{key}` is missing; add it", "ja": "キー `{key}` がありません。追加してください"}
USE = 'auto m = "aws.key.missing"_msg;\n'


class Catalogue(unittest.TestCase):
    def wrong(self, entries=None, name="aws.json", code=USE, **more):
        files = {
            f"data/messages/{name}": json.dumps(entries if entries is not None else {"aws.key.missing": GOOD}),
            "src/aws/arn.cpp": code,
            **more,
        }
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                path = pathlib.Path(folder) / path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return messages.check(pathlib.Path(folder))

    def test_clean(self):
        self.assertEqual(self.wrong(), [])
        self.assertEqual(self.wrong(name="aws_service.json"), [])

    def test_texts(self):
        for language, text, message in [
            ("en", "", "en is empty"),
            ("ja", " ", "ja is empty"),
            ("en", "the key `{key}` is missing.", "en ends in a full stop"),
            ("en", "The key `{key}` is missing", "en begins with a capital"),
            ("en", "the key is missing", "the fields differ"),
            ("ja", "`{key}`", "ja holds no Japanese"),
            ("en", "`{key}` is { open", "en has a brace"),
            ("ja", "{key} を ${aws:x} に", "ja has a brace"),
        ]:
            with self.subTest(text):
                wrong = self.wrong({"aws.key.missing": {**GOOD, language: text}})
                self.assertRegex("\n".join(wrong), re.escape(message))

    def test_names_may_come_first(self):
        for start in ("`x`", "AWS", "Bedrock", "STS", "ForAllValues", "ConverseStream", "{key}", "2 towns"):
            entry = {"en": start + " says {key}", "ja": "{key} です"}
            self.assertEqual(self.wrong({"aws.key.missing": entry}), [], start)

    def test_languages(self):
        for texts in ({"en": "a"}, {**GOOD, "fr": "x"}, "a", {"en": 1, "ja": "あ"}):
            self.assertRegex(self.wrong({"aws.key.missing": texts})[0], "must hold")

    def test_ids(self):
        self.assertRegex(self.wrong(name="iam.json")[0], "belongs in aws.json")
        self.assertRegex("\n".join(self.wrong({"aws.Key": GOOD})), "is no id")
        both = {"data/messages/aws_more.json": json.dumps({"aws.key.missing": GOOD})}
        self.assertRegex(self.wrong(**both)[0], "stands in data/messages/aws.json too")
        twice = {"data/messages/aws.json": '{"aws.key.missing": 1, "aws.key.missing": 2}'}
        self.assertRegex("\n".join(self.wrong(name="x.json", entries={}, **twice)), "twice: aws.key.missing")
        self.assertRegex("\n".join(self.wrong(**{"data/messages/b.json": "{"})), "b.json: Expecting")

    def test_use(self):
        self.assertRegex(self.wrong(code='"aws.key.mising"_msg')[0], "arn.cpp:1: aws.key.mising has no words|used nowhere")
        self.assertEqual(len(self.wrong(code='"aws.key.mising"_msg')), 2)
        self.assertRegex(self.wrong(code="// " + USE)[0], "used nowhere")
        self.assertRegex(self.wrong(code="", **{"src/aws/arn_test.cpp": USE})[0], "used nowhere")

    def test_findings(self):
        table = {"src/finding/finding.cpp": '{"nat", Severity::Error, Area::Perimeter, Reporter::None},'}
        words = {f"finding.nat.{part}": {"en": "a", "ja": "あ"} for part in ("title", "why", "fix")}
        self.assertEqual(self.wrong(words, "finding.json", "", **table), [])
        self.assertRegex(self.wrong({}, "finding.json", "", **table)[0], "finding.nat.fix has no words")
        more = {**words, "finding.nut.title": {"en": "a", "ja": "あ"}}
        self.assertRegex(self.wrong(more, "finding.json", "", **table)[0], "finding.nut.title: is used nowhere")


if __name__ == "__main__":
    unittest.main()
