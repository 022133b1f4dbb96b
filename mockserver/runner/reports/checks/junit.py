"""The JUnit XML of a check: a suite for each recording and vendor, a case for each rule on each job or operation.

A broken rule fails its case if the finding fails the check; otherwise the case passes and its output has the finding.
Findings that the baseline accepts, inconclusive verdicts, and rules whose findings stand beside that of another rule
are skipped cases with the reason. A recording that cannot be read is an error.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mockserver.contract.judgement import Judgement, RuleVerdict
from mockserver.runner.reports.checks.finding_group import FindingGroup
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.results import CheckReport
from mockserver.runner.reports.checks.text import group_block
from mockserver.runner.reports.junit_xml import CaseElement, add_outcome, add_output, junit_document, make_case

_CaseKey = tuple[str, str | None]
"""A rule's id, and the job or operation it was tried on."""


def junit_report(results: CheckReport) -> bytes:
    """Return the whole document."""
    suites: list[tuple[str, Iterable[CaseElement]]] = []
    for recording, judgement in results.judgements:
        name = f"{recording.file} {judgement.vendor}@{judgement.era}"
        suites.append((name, _judgement_cases(results, recording, judgement)))
    for recording in results.recordings:
        if recording.problems:
            unreadable = make_case("recording", "can be read")
            text = "\n".join(problem.text() for problem in recording.problems)
            add_outcome(unreadable, "error", recording.problems[0].message, text, recording.problems[0].code)
            suites.append((recording.file, [unreadable]))
    # A report without failures must not pass for one with evidence.
    evidence = make_case("recording", "there is evidence")
    missing = results.missing_evidence()
    if missing:
        add_outcome(evidence, "skipped", "; ".join(missing))
    suites.append(("evidence", [evidence]))
    return junit_document("mockserver check", suites)


def _judgement_cases(results: CheckReport, recording: CheckedRecording, judgement: Judgement) -> Iterator[CaseElement]:
    groups_by_case: dict[_CaseKey, list[FindingGroup]] = {}
    causes: dict[_CaseKey, str] = {}
    """The rule that names the fault, for a rule that stands beside it."""
    for group in results.groups:
        if (group.file, group.vendor) != (recording.file, judgement.vendor):
            continue
        for finding in group.findings:
            key = (finding.rule, finding.resource or finding.operation)
            alone = replace(group, findings=(finding,), unkept_count=0)
            groups_by_case.setdefault(key, []).append(alone)
            for beside in finding.also:
                causes.setdefault((beside.rule, beside.resource or beside.operation), finding.rule)
    verdicts: dict[_CaseKey, RuleVerdict] = {(each.rule, each.resource): each for each in judgement.verdicts}
    for key in sorted({*verdicts, *groups_by_case}, key=lambda each: (each[0], each[1] or "")):
        pin = f"{judgement.vendor}@{judgement.era}"
        if key in groups_by_case:
            yield _finding_case(pin, key, groups_by_case[key])
        else:
            yield _verdict_case(pin, key, verdicts[key], causes.get(key))


def _verdict_case(pin: str, key: _CaseKey, verdict: RuleVerdict, cause: str | None) -> CaseElement:
    """Return the case of a rule that no finding is named after."""
    rule, resource = key
    case = make_case(f"{pin}.{rule}", f"{rule} {resource or ''}".rstrip())
    if verdict.outcome == "inconclusive":
        add_outcome(case, "skipped", verdict.why or "")
    elif cause is not None:
        add_outcome(case, "skipped", f"broken by the same fault as {cause}")
    elif verdict.outcome == "violated":
        add_outcome(case, "skipped", "broken, and counted with the same findings about others")
    return case


def _finding_case(pin: str, key: _CaseKey, groups: list[FindingGroup]) -> CaseElement:
    rule, resource = key
    name = f"{rule} {resource or ''}".rstrip()
    place: dict[str, str] = {}
    spot = groups[0].finding.spot
    if spot.line:
        # The attributes that pytest writes and CI servers link.
        place = {"file": groups[0].file, "line": str(spot.line)}
    case = make_case(f"{pin}.{rule}", name, place)
    # The worst finding is the outcome: failing, else all accepted, else output of a passed case.
    text = "\n\n".join(map(group_block, groups))
    failing = [each.finding for each in groups if each.is_failing]
    accepted = [each.accepted_by for each in groups if each.accepted_by is not None]
    if failing:
        add_outcome(case, "failure", failing[0].message, text, failing[0].worst_level)
    elif len(accepted) == len(groups):
        add_outcome(case, "skipped", f"accepted {accepted[0].description()}")
    else:
        add_output(case, text)
    return case
