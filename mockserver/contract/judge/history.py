"""Judges a whole history of exchanges: schemas one by one, rules over time, and how the client behaved.

    history = History("twelvelabs", "2026-07-30")
    for exchange in exchanges:
        for finding in history.add(exchange):
            print(finding.text())
    judgement = history.finish()

Exchanges may be added in the order they were sent (recordings) or, where every request is announced with `opened`
when it goes out, in the order they were answered (a proxy, a server that judges while it serves). See `recording` for
a recording whose vendor or era is not known.

Theory of operation. An exchange is held back until nothing that was sent before it can come any more, then taken:
routed by the capture, judged by its schemas, and handed to every job that it names. What is kept is bounded: findings
here, jobs in `jobs`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from mockserver.contract.documents.capture import Capture, load_capture
from mockserver.contract.findings import LEVELS, Finding, Level, sort_findings
from mockserver.contract.judge.client import ClientJudge
from mockserver.contract.judge.contract import Contract
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.judge.job import JobJudge, PlacedExchange
from mockserver.contract.judge.job_finder import OperationMatch, json_or_none, with_vendor_path
from mockserver.contract.judge.job_records import JobRecords
from mockserver.contract.judge.reorder import ReorderBuffer, sequence_points
from mockserver.contract.judge.run import RunJudge
from mockserver.contract.judgement import Judgement, JudgementCounts, RuleVerdict, count_name
from mockserver.contract.oracle.state_machine import NO_ANSWER
from mockserver.contract.rules.answers import ConditionInput, condition_input, name_schema_findings
from mockserver.contract.rules.rule_set import RuleSet, load_rule_set
from mockserver.core.wire import Exchange

MAX_SIMILAR_FINDINGS: Final = 100
"""Findings of one rule, operation and place that are kept."""
MAX_COUNTED_NAMES: Final = 200
"""Unknown hosts or calls that are counted by name; the others together."""


class HistoryJudge:
    """The exchanges with one vendor, judged as they come.

    `era` pins the era (exactly that date or the newest before; None: the newest). `rules=False` judges single
    exchanges only, `schemas=False` rules over time only. `window` is how many exchanges are held back to put them
    in the order of their sending; 0 where they come so. `alone` says that nobody else touches the same jobs: only then
    can a state that no call explains be held against the server. `rerun` is a command that judges the story again;
    `{resource}` and `{rule}` in it are filled in. `strict` is `judge`'s. `root` is a folder of contracts to use
    instead of the bundled one.
    """

    def __init__(
        self,
        vendor: str,
        era: str | None = None,
        *,
        rules: bool = True,
        schemas: bool = True,
        capture: Capture | None = None,
        window: int = 0,
        alone: bool = True,
        strict: bool = False,
        rerun: str = "",
        root: Path | None = None,
    ) -> None:
        self.capture = capture or load_capture(vendor, era, root)
        self.vendor, self.era = vendor, self.capture.era
        self.rule_set = load_rule_set(vendor, self.era, root) if rules else RuleSet(vendor, self.era, (), {}, ())
        self._contract = Contract(self.capture, self.rule_set)
        self._strict, self._schemas = strict, schemas
        self._job_judges = {
            kind: JobJudge(self.rule_set, resource, alone=alone, rerun=rerun)
            for kind, resource in self.rule_set.resources.items()
        }
        self._job_records = JobRecords(self._job_judges)
        self._run_judge = RunJudge(self.rule_set)
        self._client_judge = ClientJudge(self.rule_set)
        self._counts = JudgementCounts()
        self._findings: list[Finding] = []
        self._level_counts: dict[Level, int] = dict.fromkeys(LEVELS, 0)
        self._similar_counts: dict[tuple[str, str, str], int] = {}
        self._reorder_buffer = ReorderBuffer(window)

    def announce(self, sent_seq: int) -> None:
        """Announce a request that has gone out with that `sent_seq` and whose exchange will be added when it ends.

        A source that announces all its requests may add them as they are answered, and gets the findings at once.
        """
        self._reorder_buffer.announce(sent_seq)

    def add(self, exchange: Exchange) -> list[Finding]:
        """Take one exchange; the findings that are certain by now, the worst first."""
        self._counts.exchanges += 1
        found = [finding for each in self._reorder_buffer.add(exchange) for finding in self._judge(each)]
        return sort_findings(found) if found else []

    def finish(self) -> Judgement:
        """What is still open is settled, and everything summed up."""
        for each in self._reorder_buffer.drain():
            self._judge(each)
        self._record(self._job_records.settle())
        return self._summarize()

    @property
    def penalty(self) -> tuple[int, int]:
        """How badly the era explains what was seen so far: errors and unknown calls, and warnings."""
        return self._level_counts["error"] + sum(self._counts.unknown_calls.values()), self._level_counts["warning"]

    # One exchange

    def _judge(self, exchange: Exchange) -> list[Finding]:
        """Judge an exchange that is next in the order of sending."""
        exchange = with_vendor_path(exchange)
        request = exchange.request
        found = self._contract.find_operation(request)
        if found is None:
            return self._record(self._judge_unknown_call(exchange))
        response = exchange.response
        if response is None:
            self._counts.unanswered += 1
        else:
            self._counts.judged += 1
            self._counts.statuses[response.status] = self._counts.statuses.get(response.status, 0) + 1
        self._counts.late += self._reorder_buffer.is_late
        return self._record(self._judge_known_call(exchange, found))

    def _judge_unknown_call(self, exchange: Exchange) -> Iterator[Finding]:
        request = exchange.request
        host = request_host(exchange)
        if host and self.rule_set.hosts and host not in self.rule_set.hosts and not is_local_host(host):
            count_name(self._counts.unknown_hosts, host, MAX_COUNTED_NAMES)
            return
        count_name(self._counts.unknown_calls, f"{request.method} {request.path}"[:200], MAX_COUNTED_NAMES)
        if self._schemas:
            yield from judge_exchange(self.capture, exchange, strict=self._strict)

    def _judge_known_call(self, exchange: Exchange, match: OperationMatch) -> Iterator[Finding]:
        request, response = exchange.request, exchange.response
        if self._schemas and response is not None:
            yield from name_schema_findings(
                judge_exchange(self.capture, exchange, strict=self._strict), self._run_judge.schema_rules
            )
        status = NO_ANSWER if response is None else response.status
        placed = PlacedExchange(exchange, *sequence_points(exchange), match.operation.id, status)
        data = b"" if response is None else response.body
        body = json_or_none(data)
        sights = list(self._contract.job_finder.find_jobs(match, request, status, data, body))
        view = _lazy_condition_input(exchange, body)
        for sight in sights:
            yield from self._judge_job(sight.resource.kind, sight.job_id, placed, sight, view)
        yield from self._run_judge.observe(placed, view)
        self._client_judge.observe(placed, sights, body)

    def _judge_job(
        self, kind: str, job_id: str, placed: PlacedExchange, mention: Any, view: Callable[[], ConditionInput]
    ) -> Iterator[Finding]:
        watch, job = self._job_judges[kind], self._job_records.get_or_create(kind, job_id)
        if self._reorder_buffer.is_late:
            job.tracker.give_up()
            return
        yield from watch.observe(job, mention, placed, view)
        yield from watch.settle(job, self._reorder_buffer.settled_before)
        yield from self._job_records.evict(self._reorder_buffer.settled_before)

    # What is kept

    def _record(self, findings: Iterator[Finding]) -> list[Finding]:
        """Remember findings, of many alike only the first ones; those that were remembered."""
        kept = []
        for finding in findings:
            self._level_counts[finding.level] += 1
            key = (finding.rule, finding.operation, finding.where)
            self._similar_counts[key] = self._similar_counts.get(key, 0) + 1
            if self._similar_counts[key] > MAX_SIMILAR_FINDINGS:
                self._counts.repeated += 1
            else:
                kept.append(finding)
        self._findings += kept
        return kept

    def _summarize(self) -> Judgement:
        verdicts = [*self._job_records.verdicts(), *self._run_judge.verdicts(), *self._schema_verdicts()]
        jobs = self._job_records
        self._counts.jobs, self._counts.forgotten, self._counts.passed = (
            jobs.created_count,
            jobs.evicted_count,
            jobs.evicted_ok_verdicts,
        )
        return Judgement(
            self.vendor,
            self.era,
            "pinned",
            tuple(sort_findings(self._findings)),
            tuple(sort_findings(self._client_judge.findings)),
            tuple(sorted(verdicts)),
            self._counts,
            tuple(self._job_records.coverage()),
        )

    def _schema_verdicts(self) -> Iterator[RuleVerdict]:
        """A verdict for each rule on single answers that was broken, and one for all that were not."""
        broken = {
            (f.rule, f.level, f.operation)
            for f in self._findings
            if f.level != "info" and not f.resource and f.rule not in self._run_judge.judged_rules
        }
        for rule, level, operation in broken:
            yield RuleVerdict(rule, level, operation, "violated")
        if self._schemas and self._counts.judged and not broken:
            yield RuleVerdict("S", "error", "", "ok")


def request_host(exchange: Exchange) -> str:
    """The host a request names, without its port, lower case; empty where it names none."""
    headers = exchange.request.headers
    host = headers.get("host") or headers.get("Host") or headers.get(":authority") or ""
    return host.rsplit(":", 1)[0].lower() if not host.endswith("]") else host.lower()


def is_local_host(host: str) -> bool:
    """Whether a host is this machine, or a name without a dot: a stand-in for the vendor."""
    return host in ("[::1]", "0.0.0.0") or host.startswith("127.") or "." not in host  # noqa: S104 -- a comparison


def _lazy_condition_input(exchange: Exchange, body: Any) -> Callable[[], ConditionInput]:
    made: list[ConditionInput] = []

    def view() -> ConditionInput:
        if not made:
            made.append(condition_input(exchange, body, json_or_none(exchange.request.body)))
        return made[0]

    return view
