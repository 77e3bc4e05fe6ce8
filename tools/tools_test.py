#!/usr/bin/env python3
"""The tools' own decisions. Run by ctest as `tidy.tools`."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import lint  # noqa: E402
import notice  # noqa: E402
import run_tests  # noqa: E402


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def write(self, name, text):
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file


class Lint(Folder):
    def test_a_file_reaches_the_headers_of_its_headers_once(self):
        source = self.write("aws/a.cpp", '#include "aws/a.h"\n#include "base/b.h"\n#include <vector>\n')
        first = self.write("aws/a.h", '#include "base/b.h"\n')
        second = self.write("base/b.h", '#include "aws/a.h"\n#include "not/there.h"\n')
        self.assertEqual(lint.reached(source, self.path), [source, first, second])

    def test_a_digest_tells_parts_apart(self):
        self.assertNotEqual(lint.digest("ab", "c"), lint.digest("a", "bc"))

    def test_the_quick_run_leaves_out_the_static_analyzer_and_what_people_do_not_get(self):
        source, test = pathlib.Path("a.cpp"), pathlib.Path("a_test.cpp")
        self.assertTrue(lint.is_production(source))
        self.assertFalse(lint.is_production(test))
        self.assertEqual(lint.checks_of(source, quick=True), lint.QUICK_CHECKS)
        self.assertEqual(lint.checks_of(source, quick=False), "")
        self.assertEqual(lint.checks_of(test, quick=False), lint.TEST_CHECKS)


class Junit(Folder):
    def test_counts_what_ctest_and_pytest_report(self):
        report = self.write("report.xml", """<testsuites><testsuite>
            <testcase name="a" status="run"/><testcase name="b"/>
            <testcase name="c" status="fail"><failure message=""/></testcase>
            <testcase name="d"><error message=""/></testcase>
            <testcase name="e" status="notrun"><skipped/></testcase>
            <testcase name="f"><skipped/></testcase>
            <testcase name="g" status="disabled"/>
            </testsuite></testsuites>""")
        self.assertEqual(run_tests.read_junit(report), run_tests.Cases(passed=2, failed=3, skipped=2))


class Notice(unittest.TestCase):
    def test_names_what_has_no_entry(self):
        text = "Boost 1.81\n  linked as: Boost::headers Boost::json\n"
        self.assertEqual(notice.unnamed(["Boost::json", "-latomic", "expat"], text), ["expat"])


if __name__ == "__main__":
    unittest.main()
