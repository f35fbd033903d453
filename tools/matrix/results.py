# SPDX-License-Identifier: BSD-3-Clause
"""What came of a step: JUnit files for tools/count-results, and the cells of the table."""

import xml.etree.ElementTree as ET

OUTCOMES = ("failure", "error", "skipped")


def record(logs, step, kind=None, why=""):
    """A step that is no test program: passed, or of a kind (failure, skipped)."""
    root = ET.Element("testsuites")
    case = ET.SubElement(ET.SubElement(root, "testsuite", name=step), "testcase", name=step)
    if kind:
        ET.SubElement(case, kind, message=why)
    logs.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(logs / f"{step}.xml")


def counts(files):
    """[passed, failed, skipped] of test programs' files."""
    sums = [0, 0, 0]
    for file in files:
        for case in ET.parse(file).getroot().iter("testcase"):
            kinds = [kind for kind in OUTCOMES if case.find(kind) is not None]
            sums[2 if "skipped" in kinds else 1 if kinds else 0] += 1
    return sums


class Row:
    """One release: a word for each column."""

    COLUMNS = ("DPDK", "plugin by", "built", "loaded", "tests", "in-tree", "traffic in-tree")

    def __init__(self, name):
        self.cells = dict.fromkeys(self.COLUMNS, "-")
        self.cells["DPDK"] = name

    def __setitem__(self, column, word):
        assert column in self.cells
        self.cells[column] = word


def cell(files):
    return "{} / {} / {}".format(*counts(files))


def table(rows):
    """In the form of the documents."""
    lines = [Row.COLUMNS, *(row.cells.values() for row in rows)]
    text = ["| " + " | ".join(line) + " |" for line in lines]
    text.insert(1, "|---" * len(Row.COLUMNS) + "|")
    return "\n".join(text)
