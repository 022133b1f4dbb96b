"""What a run came to: groups, what counts, and the exit code with its reason."""

from dataclasses import replace

import pytest

from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.judgement import JudgementCounts, RuleVerdict, StateCoverage, UnkeptFindings
from mockserver.errors import Problem
from mockserver.runner.reports.checks.baseline import Baseline, BaselineEntry
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.checks.report_builder import build_report
from mockserver.runner.reports.checks.results import CheckPolicy, CheckReport, ExitVerdict, FindingTotals
from mockserver.runner.reports.checks.text import group_facts, headline, text_report
from tests.support.recorded_traffic import make_finding, make_judgement, make_results

WARNING = make_finding("T5", "warning", resource="batch b2")
NOTE = make_finding("C2", "info", where="request", resource="batch b1")
BROKEN = (Problem("REC004", "cut off"),)


def baseline(*entries: BaselineEntry) -> CheckPolicy:
    return CheckPolicy(baseline=Baseline("known.yaml", entries, "2026-10-01"))


def test_findings_alike_are_one_group():
    identical = [make_finding(where=f"/data/{n}/total_items", value=str(n), resource=f"batch b{n}") for n in range(3)]
    proved = make_finding(
        where="/data/7/total_items", story=("1. now  GET / -> 200",), resource="batch b1", rerun="again!"
    )
    found = make_results(make_judgement(*identical, proved, WARNING))
    first, second = found.groups
    assert first.count == 4
    assert first.resources == ("batch b0", "batch b1", "batch b2")
    assert first.where == "/data/*/total_items"
    assert first.finding is proved
    assert first.rerun == "again!"
    assert second.rerun == "mockserver check calls.jsonl"
    assert first.rule_kind == "sum"
    assert second.rule_kind == "monotone"
    assert found.totals_at("error") == FindingTotals(1, 4)
    assert found.totals_at("info") == FindingTotals(0, 0)


MISSING = {"where": "header X-Left", "resource": None, "is_absence": True}


def test_a_header_that_is_missing_in_many_answers_of_many_calls_is_one_group():
    missing = [
        make_finding("S12", "info", operation=name, call=f"GET /{name}/{number} -> 200", **MISSING)
        for name in ("read", "list")
        for number in range(3)
    ]
    counts = JudgementCounts(exchanges=249, judged=249, answers={"read": 200, "list": 49, "make": 7})
    unkept = (UnkeptFindings("S12", "read", "header X-Left", 190), UnkeptFindings("S12", "list", "header X-Left", 49))
    (group,) = make_results(make_judgement(*missing, counts=counts, unkept=unkept)).groups
    assert group.count == 245
    assert group.share == "245 of 249 answers"
    assert group.operations == ("read", "list")
    assert group.example_calls == ("GET /read/0 -> 200", "GET /list/0 -> 200")
    assert dict(group_facts(group))["share"] == "245 of 249 answers of read, list"
    assert group.advice is not None
    assert group.advice.startswith("Nothing, if a recorder, a proxy or the service itself may leave it out")


@pytest.mark.parametrize(
    "findings",
    [
        [make_finding("T4") for _ in range(3)],
        [make_finding(where="/data/0/n"), make_finding(where="/data/1/n")],
        [make_finding(operation=None)] * 2,
        [make_finding()],
    ],
)
def test_only_of_whole_answers_a_share_is_known(findings):
    counts = JudgementCounts(judged=9, answers={"retrieveBatch": 9})
    (group,) = make_results(make_judgement(*findings, counts=counts)).groups
    assert group.share is None


def test_findings_about_a_status_are_told_apart_by_their_calls():
    one, other = (make_finding("S1", where="status", operation=name, resource=None) for name in ("read", "list"))
    assert [each.operations for each in make_results(make_judgement(one, other)).groups] == [("read",), ("list",)]


def test_unkept_findings_are_attributed_once():
    kinds = [make_finding(where="/n", resource=f"{kind} 1") for kind in ("batch", "task")]
    unkept = (UnkeptFindings("T3", "retrieveBatch", "/n", 5), UnkeptFindings("T9", None, "/n", 2))
    found = make_results(make_judgement(*kinds, counts=JudgementCounts(repeated=7), unkept=unkept))
    assert [group.count for group in found.groups] == [6, 1]
    assert "    more findings like those below: 2" in text_report(found)


def test_temporal_findings_come_first_in_their_level():
    story = make_finding("S3", story=("1. now  GET / -> 200",))
    warning = make_finding("T12a", "warning")
    found = make_results(make_judgement(make_finding("T2"), make_finding("T4"), story, warning, make_finding("T13")))
    assert [each.finding.rule for each in found.groups] == ["T4", "S3", "T2", "T13", "T12a"]


# One fault, several rules

CAUSE = make_finding("T20", "warning", where="/status", also=(make_finding("T13", where="/canceled_at"),))
ACCEPTED_CONSEQUENCE = BaselineEntry("T13", "why", "2026-12-31", where="/canceled_at")
ACCEPTED_CAUSE = BaselineEntry("T20", "why", "2026-12-31")


def test_a_group_has_the_worst_level_of_its_rules():
    (group,) = make_results(make_judgement(CAUSE)).groups
    assert group.level == "error"
    assert [each.rule for each in group.failing] == ["T13"]
    assert [each.rule for each in group.also] == ["T13"]
    assert dict(group_facts(group))["also"] == "T13 at /canceled_at (error)"
    assert headline(group) == "error T20: the counters add up"


@pytest.mark.parametrize(
    ("entries", "fail_on", "accepted_by"),
    [
        ([ACCEPTED_CONSEQUENCE], "error", ACCEPTED_CONSEQUENCE),
        ([ACCEPTED_CAUSE], "error", None),
        ([ACCEPTED_CONSEQUENCE], "warning", None),
        ([ACCEPTED_CAUSE, ACCEPTED_CONSEQUENCE], "warning", ACCEPTED_CAUSE),
        ([ACCEPTED_CONSEQUENCE._replace(expires="2026-01-01")], "error", None),
    ],
)
def test_a_fault_is_accepted_if_everything_about_it_that_fails_is(entries, fail_on, accepted_by):
    terms = CheckPolicy(fail_on, baseline=Baseline("known.yaml", tuple(entries), "2026-10-01"))
    found = make_results(make_judgement(CAUSE), terms=terms)
    (group,) = found.groups
    assert group.accepted_by == accepted_by
    assert found.exit_code == int(accepted_by is None)
    assert found.unused_entries == ()


def test_a_baseline_that_is_written_accepts_what_fails():
    (group,) = make_results(make_judgement(CAUSE), terms=CheckPolicy("warning")).groups
    entries = group.baseline_entries("why", "2026-12-31")
    assert [(each.rule, each.where) for each in entries] == [("T20", "/status"), ("T13", "/canceled_at")]
    accepting = CheckPolicy("warning", baseline=Baseline("known.yaml", entries, "2026-10-01"))
    assert make_results(make_judgement(CAUSE), terms=accepting).exit_code == 0


def test_an_entry_for_findings_of_several_calls_names_none():
    findings = [make_finding(operation=name) for name in ("read", "list")]
    (entry,) = make_results(make_judgement(*findings)).groups[0].baseline_entries("why", "2026-12-31")
    assert entry.operation == "*"


def test_a_rule_that_no_rule_set_has_has_no_kind_and_no_advice():
    group = make_results(make_judgement(make_finding("X9"))).groups[0]
    assert group.rule_kind is None
    assert group.advice is None


def test_what_to_do_is_the_finding_s_own_hint_or_its_rule_s_or_its_kind_s():
    kind, own, rule = make_results(
        make_judgement(make_finding(hint="do"), make_finding("C2"), make_finding("T4"))
    ).groups
    assert own.advice == "do"
    assert rule.advice == "Stop polling at the first terminal status."
    assert kind.advice == "Write the field once, when the job is created."


def test_a_fingerprint_does_not_depend_on_the_recording():
    one = make_results(make_judgement(make_finding(value="1", resource="batch b1", where="/data/1/x"))).groups[0]
    same = make_results(
        make_judgement(make_finding(value="2", resource="batch b2", where="/data/2/x")), file="other.har"
    ).groups[0]
    other = make_results(make_judgement(make_finding(resource="task t1", where="/data/1/x"))).groups[0]
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert len(one.fingerprint) == 32


@pytest.mark.parametrize(
    ("terms", "counting"),
    [
        (CheckPolicy(), [True, False, False]),
        (CheckPolicy("warning"), [True, True, False]),
        (CheckPolicy("info"), [True, True, False]),
        (CheckPolicy("error", conduct_fails=True), [True, False, True]),
    ],
)
def test_what_counts(terms, counting):
    found = make_results(make_judgement(make_finding(), WARNING, conduct=(NOTE,)), terms=terms)
    assert [group.is_failing for group in found.groups] == counting
    assert [group.is_conduct for group in found.groups] == [False, False, True]
    assert found.exit_code == 1


def test_what_is_accepted_does_not_count():
    entry = BaselineEntry("T3", "why", "2026-10-01", resource="batch b1")
    found = make_results(make_judgement(make_finding(), make_finding(resource="batch b9")), terms=baseline(entry))
    accepted, failing = found.groups
    assert accepted.accepted_by == entry
    assert failing.is_failing
    assert failing.accepted_by is None
    assert not accepted.is_failing
    assert found.accepted == (accepted,)
    assert found.findings == (failing,)
    assert found.exit_code == 1
    assert make_results(make_judgement(make_finding()), terms=baseline(entry)).exit_code == 0


def test_what_was_accepted_until_yesterday_counts_again():
    entry, unused = BaselineEntry("T3", "why", "2026-09-30"), BaselineEntry("T4", "why", "2026-12-31")
    found = make_results(make_judgement(make_finding()), terms=baseline(entry, unused))
    assert found.groups[0].is_failing
    assert found.groups[0].expired_entry == entry
    assert found.exit_code == 1
    assert found.unused_entries == (unused,)


def test_conduct_can_be_accepted_too():
    entry = BaselineEntry("C2", "a demo", "2026-12-31")
    found = make_results(
        make_judgement(conduct=(NOTE,)), terms=CheckPolicy(conduct_fails=True, baseline=Baseline("k", (entry,), "2026"))
    )
    assert found.exit_code == 0
    assert found.conduct == ()
    assert len(found.accepted) == 1


@pytest.mark.parametrize(
    ("group", "resource"), [(make_finding(), "batch *"), (make_finding(resource=None, operation="cancelBatch"), "*")]
)
def test_the_entry_that_accepts_a_group(group, resource):
    (entry,) = make_results(make_judgement(group)).groups[0].baseline_entries("why", "2026-12-31")
    assert entry == BaselineEntry("T3", "why", "2026-12-31", "twelvelabs", resource, group.operation, "/total_items")
    assert entry.matches("twelvelabs", group)


# The exit code

OPEN = (RuleVerdict("T4", "error", "batch b1", "ok"), RuleVerdict("L13", "info", "batch b1", "inconclusive"))
UNSEEN = (StateCoverage("batch", ("pending",), ("completed",)),)
REFUSED = JudgementCounts(exchanges=2, judged=2, statuses={401: 1, 429: 1})


@pytest.mark.parametrize(
    ("judged", "why"),
    [
        ([], "no call is of a known vendor; --vendor NAME says whose they are"),
        ([make_judgement(counts=JudgementCounts(exchanges=3))], "no answer belongs to an operation of the contract"),
        ([make_judgement(counts=REFUSED)], "every answer was 401 or 429"),
        ([make_judgement(verdicts=OPEN[1:])], "no rule applies to its calls"),
        ([make_judgement(verdicts=OPEN, coverage=UNSEEN)], "no job reached a terminal state"),
    ],
)
def test_without_evidence_it_is_inconclusive(judged, why):
    found = make_results(*judged)
    assert found.exit_code == 3
    assert why in found.exit_verdict.reason


def test_a_proved_violation_is_evidence_however_the_jobs_end():
    warned = make_results(make_judgement(WARNING, verdicts=OPEN, coverage=UNSEEN))
    assert warned.exit_verdict == ExitVerdict(0, "no findings at level error")
    failing = make_results(make_judgement(WARNING, verdicts=OPEN, coverage=UNSEEN), terms=CheckPolicy("warning"))
    assert failing.exit_code == 1
    noted = make_finding("S12", "info", **MISSING)
    assert make_results(make_judgement(noted, verdicts=OPEN, coverage=UNSEEN)).exit_code == 3


def test_a_finding_wins_over_missing_evidence():
    assert make_results(make_judgement(make_finding(), counts=REFUSED)).exit_code == 1


@pytest.mark.parametrize(
    "judged",
    [
        make_judgement(),
        make_judgement(verdicts=OPEN),
        make_judgement(verdicts=(OPEN[0], RuleVerdict("L13", "info", "batch b1", "ok")), coverage=UNSEEN),
        make_judgement(verdicts=OPEN[:1], coverage=()),
        make_judgement(counts=JudgementCounts(exchanges=2, judged=2, statuses={401: 1, 200: 1})),
    ],
)
def test_with_evidence_it_is_fine(judged):
    found = make_results(judged)
    assert found.exit_verdict == ExitVerdict(0, "no findings at level error")


def test_nothing_to_check_proves_nothing():
    assert CheckReport((), ()).exit_verdict == ExitVerdict(3, "inconclusive: nothing to check")
    empty = build_report((CheckedRecording("a.har", "har"),), CheckPolicy())
    assert empty.exit_verdict.reason == (
        "inconclusive: a.har: the recording has no calls; was it saved before the requests were made, or with a filter?"
    )


def test_a_proxy_without_calls_asks_for_the_base_url():
    (reason,) = build_report((CheckedRecording("http://x", "proxy"),), CheckPolicy()).missing_evidence()
    assert reason == "http://x: no request came; is the proxy's address the base URL of the client?"


def test_one_recording_without_evidence_is_enough():
    fine = CheckedRecording("a.har", "har", report=RecordingReport((make_judgement(),), 3, {}, {}))
    assert build_report((fine, CheckedRecording("b.har", "har")), CheckPolicy()).exit_code == 3


def test_an_unusable_file_wins():
    found = make_results(make_judgement(make_finding()), problems=BROKEN)
    assert found.exit_verdict == ExitVerdict(2, f"a file could not be read to its end: {found.recordings[0].file}")
    damaged = make_results(make_judgement(), problems=(Problem("REC012", "line that is no JSON"),))
    assert damaged.exit_verdict == ExitVerdict(2, f"a part of a file could not be read: {found.recordings[0].file}")
    missing = build_report((CheckedRecording("b.har", problems=BROKEN),), CheckPolicy())
    assert missing.exit_verdict == ExitVerdict(2, "a file could not be read: b.har")
    many = tuple(CheckedRecording(f"{number}.har", problems=BROKEN) for number in range(7))
    assert build_report(many, CheckPolicy()).exit_verdict.reason.endswith(": 0.har, 1.har, 2.har, 3.har and 3 more")
    assert replace(make_results(make_judgement()), is_written=False).exit_verdict == (2, "a file could not be written")


@pytest.mark.parametrize(
    ("found", "conduct", "reason"),
    [
        ((WARNING,), (), "findings at level warning or above"),
        ((), (NOTE,), "client conduct (--conduct fail)"),
        ((WARNING,), (NOTE,), "findings at level warning or above and client conduct (--conduct fail)"),
    ],
)
def test_the_reason_names_what_was_found(found, conduct, reason):
    results = make_results(make_judgement(*found, conduct=conduct), terms=CheckPolicy("warning", True))
    assert results.exit_verdict == ExitVerdict(1, reason)


def test_the_reason_names_the_level():
    assert (
        make_results(make_judgement(), terms=CheckPolicy("info")).exit_verdict.reason
        == "no findings at level info or above"
    )


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("har", "--path-prefix /phaseo cuts it off"),
        ("proxy", "give it in --upstream, and not in the client's base URL"),
    ],
)
def test_the_reason_names_a_prefix_and_what_to_do_about_it(kind, advice):
    judged = make_judgement(counts=JudgementCounts(exchanges=3, path_prefixes={"/phaseo": 3}))
    reason = make_results(judged, kind=kind).exit_verdict.reason
    assert reason.endswith(f"no answer belongs to an operation of the contract; /phaseo precedes its paths: {advice}")


def test_calls_of_another_vendor_are_not_of_no_vendor():
    elsewhere = RecordingReport((), 2, {"api.phaseo.app": 2}, {"api.phaseo.app": 2})
    found = build_report((CheckedRecording("a.har", "har", report=elsewhere),), CheckPolicy())
    assert found.exit_verdict.reason.endswith("no answer belongs to an operation of the contract")
