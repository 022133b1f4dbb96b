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


def add_outcome(case: CaseElement, tag: str, message: str, text: str | None = None, kind: str | None = None) -> None:
    """Make a case a `failure`, an `error` or `skipped`; `kind` is the type of the failure or error."""
    attributes = {"message": xml_text(message)}
    if kind is not None:
        attributes["type"] = kind
    outcome = ElementTree.SubElement(case, tag, attributes)
    if text is not None:
        outcome.text = xml_text(text)


def add_output(case: CaseElement, text: str) -> None:
    """Add output to a passed case."""
    ElementTree.SubElement(case, "system-out").text = xml_text(text)


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
