"""JUnit XML: suites and cases with their counts, as CI servers read them."""

from collections.abc import Iterable, Mapping
from typing import Final
from xml.etree import ElementTree

from mockserver.runner.reports.escape import xml_document, xml_text

CaseElement = ElementTree.Element

_OUTCOME_TAGS: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}
"""Counts of a suite, and the element of a case that each counts."""


def make_case(classname: str, name: str, attributes: Mapping[str, str] | None = None) -> CaseElement:
    """Return a passed test case."""
    texts = {key: xml_text(value) for key, value in (attributes or {}).items()}
    return ElementTree.Element("testcase", {"classname": xml_text(classname), "name": xml_text(name), **texts})


def add_failure(case: CaseElement, message: str, text: str, kind: str | None = None) -> None:
    """Make a case fail; `kind` is the failure's type."""
    _add_outcome(case, "failure", message, kind).text = xml_text(text)


def add_error(case: CaseElement, message: str, text: str, kind: str) -> None:
    """Make a case one that could not run; `kind` is the error's type."""
    _add_outcome(case, "error", message, kind).text = xml_text(text)


def add_skipped(case: CaseElement, reason: str) -> None:
    """Make a case a skipped one."""
    _add_outcome(case, "skipped", reason)


def add_output(case: CaseElement, text: str) -> None:
    """Add output to a passed case."""
    ElementTree.SubElement(case, "system-out").text = xml_text(text)


def _add_outcome(case: CaseElement, tag: str, message: str, kind: str | None = None) -> ElementTree.Element:
    attributes = {"message": xml_text(message)}
    if kind is not None:
        attributes["type"] = kind
    return ElementTree.SubElement(case, tag, attributes)


def junit_document(name: str, suites: Iterable[tuple[str, Iterable[CaseElement]]]) -> bytes:
    """Return the document of named suites and their cases, with the counts of outcomes."""
    root = ElementTree.Element("testsuites", name=name)
    for suite_name, cases in suites:
        suite = ElementTree.SubElement(root, "testsuite", name=xml_text(suite_name))
        suite.extend(cases)
        tags = [child.tag for case in suite for child in case]
        suite.set("tests", str(len(suite)))
        for count, tag in _OUTCOME_TAGS.items():
            suite.set(count, str(tags.count(tag)))
    for count in ("tests", *_OUTCOME_TAGS):
        root.set(count, str(sum(int(suite.attrib[count]) for suite in root)))
    return xml_document(root)
