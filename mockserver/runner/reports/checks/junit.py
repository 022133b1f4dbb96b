"""JUnit XML: a suite for each recording and vendor, a case for each rule on each job or operation it was tried on.

A broken rule is a failure where it counts; one below the level that counts passes and says what was found, one that the
baseline accepts and one that is inconclusive are skipped, with the reason. A recording that cannot be read is an error.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree

from mockserver.contract.judgement import Judgement, RuleVerdict
from mockserver.runner.reports.checks.results import CheckedRecording, CheckReport, FindingGroup
from mockserver.runner.reports.checks.text import group_block
from mockserver.runner.reports.escape import xml_document, xml_text

CaseElement = ElementTree.Element
_CaseKey = tuple[str, str]
"""A rule, and what it was tried on."""

OUTCOME_TAGS: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def junit_report(results: CheckReport) -> bytes:
    """The whole report."""
    suites = [
        _suite_element(f"{each.file} {judgement.vendor}@{judgement.era}", _judgement_cases(results, each, judgement))
        for each, judgement in results.judgements
    ]
    suites += [_suite_element(each.file, [_unreadable_case(each)]) for each in results.recordings if each.problems]
    suites += [_suite_element("evidence", [_evidence_case(results)])]
    root = ElementTree.Element("testsuites", {"name": "mockserver check", **_suite_totals(suites)})
    root.extend(suites)
    return xml_document(root)


def _suite_element(name: str, cases: Iterable[CaseElement]) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=xml_text(name))
    suite.extend(cases)
    children = [child.tag for case in suite for child in case]
    suite.attrib.update(tests=str(len(suite)), **{name: str(children.count(tag)) for name, tag in OUTCOME_TAGS.items()})
    return suite


def _suite_totals(suites: list[ElementTree.Element]) -> Mapping[str, str]:
    return {name: str(sum(int(suite.attrib[name]) for suite in suites)) for name in ("tests", *OUTCOME_TAGS)}


def _judgement_cases(results: CheckReport, recording: CheckedRecording, judgement: Judgement) -> Iterator[CaseElement]:
    found: dict[_CaseKey, list[FindingGroup]] = {}
    for group in results.groups:
        if (group.file, group.vendor) == (recording.file, judgement.vendor):
            for finding in group.findings:
                key = (finding.rule, finding.resource or finding.operation)
                found.setdefault(key, []).append(replace(group, findings=(finding,)))
    tried: dict[_CaseKey, RuleVerdict] = {(each.rule, each.resource): each for each in judgement.verdicts}
    for key in sorted({*tried, *found}):
        yield _rule_case(f"{judgement.vendor}@{judgement.era}", key, tried.get(key), found.get(key, []))


def _rule_case(place: str, key: _CaseKey, verdict: RuleVerdict | None, groups: list[FindingGroup]) -> CaseElement:
    rule, resource = key
    case = ElementTree.Element("testcase", classname=f"{place}.{rule}", name=xml_text(f"{rule} {resource}".rstrip()))
    if groups:
        case.attrib.update(_place_attributes(groups[0]))
        _add_outcome(case, groups)
    elif verdict is not None and verdict.outcome == "inconclusive":
        ElementTree.SubElement(case, "skipped", message=xml_text(verdict.why))
    return case


def _place_attributes(group: FindingGroup) -> Mapping[str, str]:
    """Where the first finding stands, in the attributes that pytest has and CI servers link."""
    spot = group.finding.spot
    return {"file": xml_text(group.file), "line": str(spot.line)} if spot.line else {}


def _add_outcome(element: CaseElement, groups: list[FindingGroup]) -> None:
    """What was found, the worst of it as the case's outcome."""
    text = xml_text("\n\n".join(map(group_block, groups)))
    failing = [each.finding for each in groups if each.is_failing]
    accepted = [each.accepted_by.description() for each in groups if each.accepted_by is not None]
    if failing:
        failure = ElementTree.SubElement(
            element, "failure", message=xml_text(failing[0].message), type=failing[0].level
        )
        failure.text = text
    elif len(accepted) == len(groups):
        ElementTree.SubElement(element, "skipped", message=xml_text(f"accepted {accepted[0]}"))
    else:
        ElementTree.SubElement(element, "system-out").text = text


def _unreadable_case(recording: CheckedRecording) -> CaseElement:
    case = ElementTree.Element("testcase", classname="recording", name="can be read")
    text = "\n".join(problem.text() for problem in recording.problems)
    error = ElementTree.SubElement(
        case, "error", message=xml_text(recording.problems[0].message), type=recording.problems[0].code
    )
    error.text = xml_text(text)
    return case


def _evidence_case(results: CheckReport) -> CaseElement:
    """A case of its own: a report without a failure must not pass for one with evidence."""
    case = ElementTree.Element("testcase", classname="recording", name="there is evidence")
    lacking = results.missing_evidence()
    if lacking:
        ElementTree.SubElement(case, "skipped", message=xml_text("; ".join(lacking)))
    return case
