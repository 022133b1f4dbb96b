"""JUnit XML: a suite for each recording and vendor, a case for each rule on each job or operation it was tried on.

A broken rule is a failure where it counts; one below the level that counts passes and says what was found, one that the
baseline accepts and one that is inconclusive are skipped, with the reason. A recording that cannot be read is an error.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from xml.etree import ElementTree

from mockserver.contract.judgement import Judgement, Verdict
from mockserver.runner.reporting.escape import document, xml
from mockserver.runner.reporting.results import Checked, Group, Results
from mockserver.runner.reporting.text import block

Case = ElementTree.Element
_Key = tuple[str, str]
"""A rule, and what it was tried on."""

OUTCOMES: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def junit(results: Results) -> bytes:
    """The whole report."""
    suites = [
        _suite(f"{each.file} {judgement.vendor}@{judgement.era}", _cases(results, each, judgement))
        for each, judgement in results.judgements
    ]
    suites += [_suite(each.file, [_broken(each)]) for each in results.checked if each.problems]
    suites += [_suite("evidence", [_evidence(results)])]
    root = ElementTree.Element("testsuites", {"name": "mockserver check", **_sums(suites)})
    root.extend(suites)
    return document(root)


def _suite(name: str, cases: Iterable[Case]) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=xml(name))
    suite.extend(cases)
    children = [child.tag for case in suite for child in case]
    suite.attrib.update(tests=str(len(suite)), **{name: str(children.count(tag)) for name, tag in OUTCOMES.items()})
    return suite


def _sums(suites: list[ElementTree.Element]) -> Mapping[str, str]:
    return {name: str(sum(int(suite.attrib[name]) for suite in suites)) for name in ("tests", *OUTCOMES)}


def _cases(results: Results, checked: Checked, judgement: Judgement) -> Iterator[Case]:
    found: dict[_Key, list[Group]] = {}
    for group in results.groups:
        if (group.file, group.vendor) == (checked.file, judgement.vendor):
            for finding in group.findings:
                key = (finding.rule, finding.resource or finding.operation)
                found.setdefault(key, []).append(replace(group, findings=(finding,)))
    tried: dict[_Key, Verdict] = {(each.rule, each.resource): each for each in judgement.verdicts}
    for key in sorted({*tried, *found}):
        yield _case(f"{judgement.vendor}@{judgement.era}", key, tried.get(key), found.get(key, []))


def _case(place: str, key: _Key, verdict: Verdict | None, groups: list[Group]) -> Case:
    rule, resource = key
    case = ElementTree.Element("testcase", classname=f"{place}.{rule}", name=xml(f"{rule} {resource}".rstrip()))
    if groups:
        case.attrib.update(_place(groups[0]))
        _tell(case, groups)
    elif verdict is not None and verdict.outcome == "inconclusive":
        ElementTree.SubElement(case, "skipped", message=xml(verdict.why))
    return case


def _place(group: Group) -> Mapping[str, str]:
    """Where the first finding stands, in the attributes that pytest has and CI servers link."""
    spot = group.finding.spot
    return {"file": xml(group.file), "line": str(spot.line)} if spot.line else {}


def _tell(case: Case, groups: list[Group]) -> None:
    """What was found, the worst of it as the case's outcome."""
    text = xml("\n\n".join(map(block, groups)))
    failing = [each.finding for each in groups if each.counts]
    accepted = [each.accepted.told() for each in groups if each.accepted is not None]
    if failing:
        failure = ElementTree.SubElement(case, "failure", message=xml(failing[0].message), type=failing[0].level)
        failure.text = text
    elif len(accepted) == len(groups):
        ElementTree.SubElement(case, "skipped", message=xml(f"accepted {accepted[0]}"))
    else:
        ElementTree.SubElement(case, "system-out").text = text


def _broken(checked: Checked) -> Case:
    case = ElementTree.Element("testcase", classname="recording", name="can be read")
    text = "\n".join(problem.text() for problem in checked.problems)
    error = ElementTree.SubElement(
        case, "error", message=xml(checked.problems[0].message), type=checked.problems[0].code
    )
    error.text = xml(text)
    return case


def _evidence(results: Results) -> Case:
    """A case of its own: a report without a failure must not pass for one with evidence."""
    case = ElementTree.Element("testcase", classname="recording", name="there is evidence")
    lacking = results.lacking()
    if lacking:
        ElementTree.SubElement(case, "skipped", message=xml("; ".join(lacking)))
    return case
