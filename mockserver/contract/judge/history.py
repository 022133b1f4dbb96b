"""Judges a whole history of exchanges: schemas one by one, rules over time, and the client's behaviour.

    history = HistoryJudge("twelvelabs", "2026-07-30")
    for exchange in exchanges:
        for finding in history.add(exchange):
            print(finding.text())
    judgement = history.finish()

Exchanges may be added in the order of their sending (recordings), or in the order of their answers if every request is
announced with `announce` when it is sent (a proxy, a server that judges while it serves). `eras.recording` judges a
recording whose vendor or era is unknown.

Theory of operation. An exchange is held back until no earlier sending can still arrive. Then it is routed by the
capture, judged by its schemas, and handed to every job that it names. Memory is bounded: of findings here, of jobs in
`job_records`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from mockserver.contract.documents.capture import Capture, OperationMatch, load_capture
from mockserver.contract.findings import LEVELS, Finding, Level, mask_indexes, sort_findings
from mockserver.contract.judge.causes import FaultCauses
from mockserver.contract.judge.client import ClientJudge
from mockserver.contract.judge.contract import Contract, load_checked_rules
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.judge.hosts import is_local_host, request_host
from mockserver.contract.judge.job import job_judges
from mockserver.contract.judge.job_records import JobRecords
from mockserver.contract.judge.path_prefix import path_prefix
from mockserver.contract.judge.placed_exchange import place_exchange
from mockserver.contract.judge.reorder import ReorderBuffer
from mockserver.contract.judge.run import RunJudge
from mockserver.contract.judge.vendor_paths import with_vendor_path
from mockserver.contract.judgement import Judgement, JudgementCounts, RuleVerdict, UnkeptFindings, count_name
from mockserver.contract.oracle.calls import SequencePoint
from mockserver.contract.rules.answers import name_schema_findings
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.wire import Exchange

MAX_SIMILAR_FINDINGS: Final = 100
"""Findings of one rule, operation and place that are kept."""
ONCE_AN_OPERATION: Final = ("S13",)
"""Rules that a sparse but correct server breaks in every answer: only the first finding of an operation is kept."""
MAX_COUNTED_NAMES: Final = 200
"""Unknown hosts or calls that are counted by name; all others are counted together."""


class HistoryJudge:
    """The exchanges with one vendor, judged as they are added.

    `era` pins the era (exactly that date, or the newest before; None: the newest). `rules=False` judges single
    exchanges only, `schemas=False` rules over time only. `window` is the number of exchanges held back to put them in
    the order of their sending; 0 for exchanges that are in order. `alone` True declares that no other client uses the
    same jobs, and False that others do: then no state that another client's call may have caused is held against the
    server. None: such a state is at most a warning. `rerun` is a command that judges a job's history again;
    `{resource}` and `{rule}` in it are replaced. `strict` is that of `judge_exchange`. `root` is a folder of contracts
    to use instead of the bundled one. `capture` and `rule_set` stand in place of those of the vendor's contract.
    `ahead` returns the schemas' findings of an answer if they are known.

    Raises MockError (`CON008` for an invalid rules file, and whatever `load_capture` raises).
    """

    def __init__(
        self,
        vendor: str,
        era: str | None = None,
        *,
        rules: bool = True,
        schemas: bool = True,
        capture: Capture | None = None,
        rule_set: RuleSet | None = None,
        window: int = 0,
        alone: bool | None = True,
        strict: bool = False,
        rerun: str | None = None,
        root: Path | None = None,
        ahead: Callable[[Exchange], list[Finding] | None] = lambda exchange: None,
    ) -> None:
        self.capture = capture or load_capture(vendor, era, root)
        self.vendor, self.era = vendor, self.capture.era
        if rule_set is None:
            rule_set = load_checked_rules(self.capture, root) if rules else RuleSet(vendor, self.era, (), {}, ())
        self.rule_set = rule_set
        self.contract = Contract(self.capture, self.rule_set)
        self._strict = strict
        self._schemas = schemas
        self._ahead = ahead
        self._job_judges = job_judges(self.rule_set, alone=alone)
        self._job_records = JobRecords(self._job_judges, rerun)
        self._run_judge = RunJudge(self.rule_set)
        self._causes = FaultCauses(self.rule_set)
        self._client_judge = ClientJudge(self.rule_set)
        self._counts = JudgementCounts()
        self._findings: list[Finding] = []
        self._level_counts: dict[Level, int] = dict.fromkeys(LEVELS, 0)
        self._similar_counts: dict[tuple[str, str | None, str], int] = {}
        self._reported_once: set[tuple[str, str | None]] = set()
        self._reorder_buffer = ReorderBuffer(window)

    def announce(self, sent_seq: int) -> None:
        """Announce a request that was sent with this `sent_seq`; its exchange is added when it ends.

        A source that announces all its requests may add them as they are answered, and gets the findings at once.
        """
        self._reorder_buffer.announce(sent_seq)

    def add(self, exchange: Exchange) -> list[Finding]:
        """Take one exchange; return the findings that are certain by now, the worst first."""
        self._counts.exchanges += 1
        findings: list[Finding] = []
        for released, begin, end in self._reorder_buffer.add(exchange):
            findings += self._judge(released, begin, end)
        return self._causes.merge(findings) if findings else findings

    def finish(self) -> Judgement:
        """Judge everything that is held back and settle all jobs; return the judgement."""
        for exchange, begin, end in self._reorder_buffer.drain():
            self._judge(exchange, begin, end)
        self._keep(list(self._job_records.settle()))
        verdicts = [*self._job_records.verdicts(), *self._run_judge.verdicts(), *self._schema_verdicts()]
        self._counts.jobs = self._job_records.created_count
        self._counts.forgotten = self._job_records.evicted_count
        self._counts.passed = self._job_records.evicted_ok_verdicts
        return Judgement(
            vendor=self.vendor,
            era=self.era,
            chosen="pinned",
            findings=tuple(self._causes.merge(self._findings)),
            conduct=tuple(sort_findings(self._client_judge.findings)),
            verdicts=tuple(sorted(verdicts, key=lambda each: (each.rule, each.level, each.resource or ""))),
            counts=self._counts,
            coverage=tuple(self._job_records.coverage()),
            unkept=tuple(
                UnkeptFindings(*key, count - MAX_SIMILAR_FINDINGS)
                for key, count in self._similar_counts.items()
                if count > MAX_SIMILAR_FINDINGS
            ),
        )

    @property
    def findings(self) -> list[Finding]:
        """The findings that are certain by now, the worst first."""
        return self._causes.merge(self._findings)

    @property
    def penalty(self) -> tuple[int, int]:
        """Errors and unknown calls, then warnings, so far: the era with the lowest penalty fits best."""
        return self._level_counts["error"] + sum(self._counts.unknown_calls.values()), self._level_counts["warning"]

    def _judge(self, exchange: Exchange, begin: SequencePoint, end: SequencePoint | None) -> list[Finding]:
        """Judge the next exchange in the order of sending; return the findings that are kept."""
        exchange = with_vendor_path(exchange)
        request, response, counts = exchange.request, exchange.response, self._counts
        match = self.capture.match(request.method, request.path)
        if match is None and request.method.upper() == "OPTIONS":
            # A question about HTTP, mostly of a browser: no call of the API.
            return []
        if match is None:
            prefix = path_prefix(self.capture, request)
            if prefix:
                count_name(counts.path_prefixes, prefix, MAX_COUNTED_NAMES)
            host, vendor_hosts = request_host(exchange), self.rule_set.hosts
            if host is not None and vendor_hosts and host not in vendor_hosts and not is_local_host(host):
                # Another service's call in the same recording.
                count_name(counts.unknown_hosts, host, MAX_COUNTED_NAMES)
                return []
            call = f"{request.method} {request.path}"[:200]
            count_name(counts.unknown_calls, call, MAX_COUNTED_NAMES)
            return self._keep(self._schema_findings(exchange))
        if response is None:
            counts.unanswered += 1
        else:
            name, status = match.operation.id, response.status
            counts.judged += 1
            counts.answers[name] = counts.answers.get(name, 0) + 1
            counts.statuses[status] = counts.statuses.get(status, 0) + 1
        if self._reorder_buffer.is_late:
            counts.late += 1
        findings = self._judge_known_call(exchange, begin, end, match)
        return self._keep(findings) if findings else findings

    def _judge_known_call(
        self, exchange: Exchange, begin: SequencePoint, end: SequencePoint | None, match: OperationMatch
    ) -> list[Finding]:
        findings: list[Finding] = []
        if self._schemas:
            findings = name_schema_findings(self._schema_findings(exchange), self._run_judge.schema_rules)
        placed = place_exchange(exchange, begin, end, match.operation.id)
        mentions = self.contract.job_finder.find_jobs(match, exchange.request, placed.status, placed.data, placed.body)
        settled_before = self._reorder_buffer.settled_before
        for mention in mentions:
            kind = mention.resource.kind
            judge, job = self._job_judges[kind], self._job_records.get_or_create(kind, mention.job_id)
            if self._reorder_buffer.is_late:
                job.tracker.give_up()
                continue
            findings += judge.observe(job, mention, placed, settled_before)
            findings += self._job_records.evict(settled_before)
        findings += self._run_judge.observe(placed)
        self._client_judge.observe(placed, mentions)
        return findings

    def _schema_findings(self, exchange: Exchange) -> list[Finding]:
        if not self._schemas:
            return []
        findings = []
        found = self._ahead(exchange)
        if found is None:
            found = judge_exchange(self.capture, exchange, strict=self._strict)
        for finding in found:
            if finding.rule in ONCE_AN_OPERATION:
                if (finding.rule, finding.operation) in self._reported_once:
                    continue
                self._reported_once.add((finding.rule, finding.operation))
            findings.append(finding)
        return findings

    def _keep(self, findings: list[Finding]) -> list[Finding]:
        """Count findings, and keep and return them; of many similar ones only the first."""
        kept: list[Finding] = []
        for finding in findings:
            self._level_counts[finding.level] += 1
            key = (finding.rule, finding.operation, mask_indexes(finding.where))
            self._similar_counts[key] = self._similar_counts.get(key, 0) + 1
            if self._similar_counts[key] > MAX_SIMILAR_FINDINGS:
                self._counts.repeated += 1
            else:
                kept.append(finding)
        self._findings += kept
        return kept

    def _schema_verdicts(self) -> Iterator[RuleVerdict]:
        """Yield a verdict for each broken rule on single answers; one `ok` for all of them if none is broken."""
        broken = {
            (finding.rule, finding.level, finding.operation)
            for finding in self._findings
            if finding.level != "info" and not finding.resource and finding.rule not in self._run_judge.judged_rules
        }
        for rule, level, operation in broken:
            yield RuleVerdict(rule, level, operation, "violated")
        if self._schemas and self._counts.judged and not broken:
            yield RuleVerdict("S", "error", None, "ok")
