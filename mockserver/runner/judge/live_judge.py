"""Judges exchanges as they happen, whoever makes them: the proxy's clients, a probe of a live API, a fuzzer.

    watcher = Watcher("http://127.0.0.1:4811", "proxy", vendor="phaseo", redactor=redactor, tell=print)
    watcher.opened(request, 1)
    watcher.add(Exchange(request, response, sent, answered, 1, 2))
    results((watcher.checked(),), terms)

Each vendor has a history of its own. What is told or reported has been through the redactor: exchanges are judged
with their secrets, since rules speak of those too, and findings quote what was judged. The conduct of a client is
told of the proxy's clients only: the others are ourselves.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from mockserver.contract.eras.recording import RecordingReport, VendorFinder
from mockserver.contract.findings import EXCHANGE_RULES, Finding
from mockserver.contract.judge.history import MAX_COUNTED_NAMES, HistoryJudge
from mockserver.contract.judge.hosts import request_host
from mockserver.contract.judgement import Judgement
from mockserver.contract.rules.rule_set import RuleSet
from mockserver.core.wire import Exchange, Request
from mockserver.recordings.redact import Redactor
from mockserver.runner.judge.redact_report import redact_finding, redact_judgement
from mockserver.runner.reports.checks.baseline import mask_indexes
from mockserver.runner.reports.checks.results import CheckedRecording
from mockserver.runner.reports.escape import plain_line

FindingCallback = Callable[[Finding], None]


@dataclass(frozen=True, slots=True)
class TrafficSource:
    """What is watched, and how it is judged."""

    name: str
    """What the report calls it: a URL."""
    kind: str
    """`proxy`, `live` or `fuzz`."""
    vendor: str = ""
    """Whose answers these are; empty: it is found out for each call."""
    era: str | None = None
    """None: the vendor's newest."""
    alone: bool = False
    """Whether nobody else can touch the same jobs."""
    rerun: str = ""
    """A command that judges it again."""
    strict: bool = False
    """Whether fields that the contract does not declare are findings."""
    resend_command: Callable[[Request], str] | None = None
    """A command that sends a request again, for findings that one call alone proves."""


class LiveJudge:
    """Judges, tells each kind of finding once as it is found, and sums up."""

    def __init__(self, source: TrafficSource, redactor: Redactor, on_finding: FindingCallback) -> None:
        self._source = source
        self._redactor = redactor
        self._on_finding = on_finding
        self._vendor_finder = VendorFinder()
        self._histories: dict[str, HistoryJudge] = {}
        self._foreign_calls: dict[str, int] = {}
        self._reported: set[tuple[str, ...]] = set()
        self._incomplete: dict[str, int] = {}
        self._causes: dict[Finding, Request] = {}
        self.exchange_count = 0
        self.unanswered_count = 0
        self.finding_count = 0
        """Findings so far, those that merely inform left out."""

    def announce(self, request: Request, sent_seq: int) -> None:
        """Announce a request that goes out; its exchange has to be added when it ends, however it ends."""
        history = self._history_for(Exchange(request, None, 0, None, sent_seq))
        if history is not None:
            history.announce(sent_seq)

    def add(self, exchange: Exchange, unusable_reason: str = "") -> None:
        """Take an exchange; `lost` says why its answer cannot be judged, where it was answered."""
        self.exchange_count += 1
        self.unanswered_count += exchange.response is None
        if unusable_reason:
            self._incomplete[unusable_reason] = self._incomplete.get(unusable_reason, 0) + 1
        history = self._history_for(exchange)
        if history is None:
            self._count_foreign_call(exchange)
            return
        for finding in history.add(exchange):
            if self._source.resend_command is not None and _is_proved_by_one_call(finding, history.rule_set):
                self._causes.setdefault(finding, exchange.request)
            self._report_finding(finding)

    def finish(self) -> CheckedRecording:
        """Everything settled and summed up, for the reports."""
        watched = self._source
        judgements = tuple(self._redact(self._histories[name].finish()) for name in sorted(self._histories))
        return CheckedRecording(
            file=watched.name,
            kind=watched.kind,
            report=RecordingReport(judgements, self.exchange_count, self._foreign_calls),
            unanswered=self.unanswered_count,
            incomplete=dict(sorted(self._incomplete.items())),
            rerun=watched.rerun,
        )

    def _history_for(self, exchange: Exchange) -> HistoryJudge | None:
        watched = self._source
        vendor = watched.vendor or self._vendor_finder.vendor_of(exchange)
        if vendor is None:
            return None
        if vendor not in self._histories:
            era = watched.era if watched.vendor else None
            self._histories[vendor] = HistoryJudge(
                vendor, era, alone=watched.alone, strict=watched.strict, rerun=watched.rerun
            )
        return self._histories[vendor]

    def _count_foreign_call(self, exchange: Exchange) -> None:
        request = exchange.request
        name = self._redactor.redact_text(request_host(exchange) or f"{request.method} {request.path}")[:200]
        name = name if name in self._foreign_calls or len(self._foreign_calls) < MAX_COUNTED_NAMES else "others"
        self._foreign_calls[name] = self._foreign_calls.get(name, 0) + 1

    def _report_finding(self, finding: Finding) -> None:
        if finding.level == "info":
            return
        self.finding_count += 1
        key = (finding.rule, finding.level, finding.operation, mask_indexes(finding.where), finding.resource)
        if key not in self._reported:
            self._reported.add(key)
            self._on_finding(redact_finding(self._with_resend_command(finding), self._redactor))

    def _redact(self, judgement: Judgement) -> Judgement:
        chosen = judgement.chosen if self._source.era else "the newest; --vendor NAME@DATE pins another"
        conduct = judgement.conduct if self._source.kind == "proxy" else ()
        findings = tuple(map(self._with_resend_command, judgement.findings))
        return redact_judgement(replace(judgement, chosen=chosen, findings=findings, conduct=conduct), self._redactor)

    def _with_resend_command(self, finding: Finding) -> Finding:
        """The finding, and how to see it again."""
        cause, repeat = self._causes.get(finding), self._source.resend_command
        return finding if cause is None or repeat is None else replace(finding, rerun=repeat(cause))


def _is_proved_by_one_call(finding: Finding, rule_set: RuleSet) -> bool:
    """Whether one call by itself proves it."""
    return finding.rule in EXCHANGE_RULES or any(
        rule.id == finding.rule for rule in rule_set.of_kinds("schema", "answer")
    )


def finding_line(finding: Finding) -> str:
    """A finding in one line, as it is found."""
    about = f" ({finding.resource})" if finding.resource else ""
    return plain_line(f"{finding.level} {finding.rule} {finding.call or finding.operation}: {finding.message}{about}")
