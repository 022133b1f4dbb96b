"""The judge of exchanges as they happen: the proxy's clients, a probe of a live API, a fuzzer.

    judge = LiveJudge(TrafficSource("http://127.0.0.1:4812", "proxy", vendor="phaseo"), redactor, print)
    judge.announce(request, 1)
    judge.add(Exchange(request, response, sent, answered, 1, 2))
    build_report((judge.finish(),), policy)

Each vendor has a history of its own. Exchanges are judged with their secrets, since rules are about those too, and
findings quote what was judged: everything reported goes through the redactor. Client conduct is reported for the
proxy's clients only: otherwise the client is this program.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from mockserver.contract.eras.passing_traffic import PassingTraffic
from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.eras.vendor_finder import VendorFinder
from mockserver.contract.findings import EXCHANGE_RULES, Finding, mask_indexes
from mockserver.contract.judge.history import MAX_COUNTED_NAMES
from mockserver.contract.judge.hosts import request_host
from mockserver.contract.judgement import count_name
from mockserver.core.wire import Exchange, Request
from mockserver.redaction.redactor import Redactor
from mockserver.runner.judge.redact_report import redact_finding, redact_judgement
from mockserver.runner.reports.checks.recording_result import CheckedRecording
from mockserver.runner.reports.escape import plain_line

FindingCallback = Callable[[Finding], None]
BY_REQUESTS: Final = "the requests were made from its contract; --vendor NAME@DATE sets another"
"""The reason for the era of a probe or a fuzzer."""


@dataclass(frozen=True, slots=True)
class TrafficSource:
    """The source of live exchanges, and how they are judged."""

    name: str
    """Its name in the report: a URL."""
    kind: str
    """`proxy`, `live` or `fuzz`."""
    vendor: str | None = None
    """The vendor of all answers; None: detected for each call."""
    era: str | None = None
    """None: the one that fits best, as for a recording."""
    alone: bool | None = False
    """True if no other client can change the same jobs, False if others do; None if that is not known."""
    rerun: str = ""
    """The command that repeats the judgement; empty if there is none."""
    strict: bool = False
    """True if fields that the contract does not declare are findings."""
    resend_command: Callable[[Request], str] | None = None
    """Returns the command that sends a request again, for findings that one call alone proves."""


class LiveJudge:
    """Judges exchanges, reports each kind of finding once as it is found, and sums up."""

    def __init__(self, source: TrafficSource, redactor: Redactor, on_finding: FindingCallback) -> None:
        self._source = source
        self.on_change: Callable[[str], object] = str
        """Is called with a line when another era fits better."""
        self._redactor = redactor
        self._on_finding = on_finding
        self._vendor_finder = VendorFinder()
        self._histories: dict[str, PassingTraffic] = {}
        self._announced: dict[int, PassingTraffic | None] = {}
        """The histories of the requests that are being answered, by `sent_seq`."""
        self._foreign_calls: dict[str, int] = {}
        self._reported: set[tuple[str | None, ...]] = set()
        self._incomplete: dict[str, int] = {}
        self._causes: dict[Finding, Request] = {}
        self.exchange_count = 0
        self.unanswered_count = 0
        self.finding_count = 0
        """Errors and warnings so far."""

    def announce(self, request: Request, sent_seq: int) -> None:
        """Announce a request that was sent; its exchange has to be added when it ends, however it ends."""
        history = self._history_for(Exchange(request, None, 0, None, sent_seq))
        self._announced[sent_seq] = history
        if history is not None:
            history.announce(sent_seq)

    def add(self, exchange: Exchange, unusable_reason: str | None = None) -> None:
        """Judge an exchange; `unusable_reason`: why an answer that came cannot be judged."""
        self.exchange_count += 1
        self.unanswered_count += exchange.response is None
        if unusable_reason:
            self._incomplete[unusable_reason] = self._incomplete.get(unusable_reason, 0) + 1
        if exchange.sent_seq in self._announced:
            # Also if another call has meanwhile shown whose calls these are: no history expects this one.
            history = self._announced.pop(exchange.sent_seq)
        else:
            history = self._history_for(exchange)
        if history is None:
            request = exchange.request
            name = self._redactor.redact_text(request_host(exchange) or f"{request.method} {request.path}")[:200]
            count_name(self._foreign_calls, name, MAX_COUNTED_NAMES)
            return
        change = history.change
        findings = history.add(exchange)
        if history.change != change:
            self.on_change(self._redactor.redact_text(f"judged as  {history.vendor}@{history.change}"))
        if findings and self._source.resend_command is not None:
            # Rules that one call alone can break; of the others sending it again proves nothing.
            answer_rules = {rule.id for rule in history.judge.rule_set.of_kinds("schema", "answer")}
            for finding in findings:
                if finding.rule in EXCHANGE_RULES or finding.rule in answer_rules:
                    self._causes.setdefault(replace(finding, also=()), exchange.request)
        for finding in findings:
            if finding.worst_level == "info":
                continue
            self.finding_count += 1
            key = (finding.rule, finding.worst_level, finding.operation, mask_indexes(finding.where), finding.resource)
            if key not in self._reported:
                self._reported.add(key)
                self._on_finding(redact_finding(self._with_resend_command(finding), self._redactor))

    def finish(self) -> CheckedRecording:
        """Settle the open jobs and return everything judged, redacted."""
        judgements = []
        for name in sorted(self._histories):
            judgement = self._histories[name].finish()
            judgement = replace(judgement, findings=tuple(map(self._with_resend_command, judgement.findings)))
            if self._source.kind != "proxy":
                judgement = replace(judgement, chosen=BY_REQUESTS, conduct=())
            judgements.append(redact_judgement(judgement, self._redactor))
        return CheckedRecording(
            file=self._source.name,
            kind=self._source.kind,
            report=RecordingReport(tuple(judgements), self.exchange_count, self._foreign_calls, {}),
            unanswered=self.unanswered_count,
            incomplete=dict(sorted(self._incomplete.items())),
            rerun=self._source.rerun,
        )

    def _history_for(self, exchange: Exchange) -> PassingTraffic | None:
        source = self._source
        vendor = source.vendor or self._vendor_finder.vendor_of(exchange)
        if vendor is None:
            return None
        if vendor not in self._histories:
            # The era belongs to the named vendor.
            era = source.era if source.vendor else None
            options = {"alone": source.alone, "strict": source.strict, "rerun": source.rerun}
            self._histories[vendor] = PassingTraffic(vendor, era, **options)
        return self._histories[vendor]

    def _with_resend_command(self, finding: Finding) -> Finding:
        """Return the finding with the command that sends its request again, if one call proves it."""
        # At the end, findings of other rules may stand beside it.
        cause = self._causes.get(replace(finding, also=()))
        if cause is None or self._source.resend_command is None:
            return finding
        return replace(finding, rerun=self._source.resend_command(cause))


def finding_line(finding: Finding) -> str:
    """Return a finding in one line: level, rule, call, message, job."""
    line = f"{finding.worst_level} {finding.rule} {finding.call or finding.operation}: {finding.message}"
    if finding.resource:
        line += f" ({finding.resource})"
    return plain_line(line)
