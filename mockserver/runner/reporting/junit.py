"""JUnit XML: a suite for each recording and vendor, a case for each rule on each job or operation it was tried on.

A broken rule is a failure where it counts; one below the level that counts passes and says what was found, one that the
baseline accepts and one that is inconclusive are skipped, with the reason. A recording that cannot be read is an error.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from xml.etree import ElementTree

from mockserver.contract.findings import Finding, Level
from mockserver.contract.judgement import Judgement, Verdict
from mockserver.runner.reporting.baseline import anywhere
from mockserver.runner.reporting.escape import xml
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


def document(root: ElementTree.Element) -> bytes:
    """The XML of a tree, indented."""
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _suite(name: str, cases: Iterable[Case]) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", name=xml(name))
    suite.extend(cases)
    children = [child.tag for case in suite for child in case]
    suite.attrib.update(tests=str(len(suite)), **{name: str(children.count(tag)) for name, tag in OUTCOMES.items()})
    return suite


def _sums(suites: list[ElementTree.Element]) -> Mapping[str, str]:
    return {name: str(sum(int(suite.attrib[name]) for suite in suites)) for name in ("tests", *OUTCOMES)}


def _cases(results: Results, checked: Checked, judgement: Judgement) -> Iterator[Case]:
    mine = [each for each in results.groups if each.file == checked.file and each.vendor == judgement.vendor]
    groups = {(each.finding.level, each.finding.rule, each.finding.operation, each.where): each for each in mine}
    found: dict[_Key, Group] = {}
    for finding in judgement.findings:
        group = groups[finding.level, finding.rule, finding.operation, anywhere(finding.where)]
        key = (finding.rule, _on(finding))
        if key not in found or (group.counts and not found[key].counts):
            found[key] = group
    tried: dict[_Key, Verdict | None] = {(each.rule, each.resource): each for each in judgement.verdicts}
    place = f"{judgement.vendor}@{judgement.era}"
    for key in sorted({**tried, **dict.fromkeys(found)}):
        yield _case(place, key, tried.get(key), found.get(key))


def _on(finding: Finding) -> str:
    return finding.resource or finding.operation


def _case(place: str, key: _Key, verdict: Verdict | None, group: Group | None) -> Case:
    rule, resource = key
    case = ElementTree.Element("testcase", classname=f"{place}.{rule}", name=xml(f"{rule} {resource}".rstrip()))
    if group is not None:
        _tell(case, group)
    elif verdict is not None and verdict.outcome == "inconclusive":
        ElementTree.SubElement(case, "skipped", message=xml(verdict.why))
    return case


def _tell(case: Case, group: Group) -> None:
    if group.accepted is not None:
        ElementTree.SubElement(case, "skipped", message=xml(f"accepted {group.accepted.told()}"))
    elif group.counts:
        failure = ElementTree.SubElement(case, "failure", message=xml(group.finding.message), type=_type(group.finding))
        failure.text = xml(block(group))
    else:
        ElementTree.SubElement(case, "system-out").text = xml(block(group))


def _type(finding: Finding) -> Level:
    return finding.level


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
