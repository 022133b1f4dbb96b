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

from mockserver.contract.findings import RULES, Finding
from mockserver.contract.history import NAMES, History, host_of
from mockserver.contract.judgement import Judgement
from mockserver.contract.recording import Finder, Report
from mockserver.contract.rules.book import Book
from mockserver.core.wire import Exchange, Request
from mockserver.recordings.redact import Redactor
from mockserver.runner.redacting import shown, shown_judgement
from mockserver.runner.reporting.baseline import anywhere
from mockserver.runner.reporting.escape import plain
from mockserver.runner.reporting.results import Checked

Tell = Callable[[Finding], None]


@dataclass(frozen=True, slots=True)
class Watched:
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
    again: str = ""
    """A command that judges it again."""
    strict: bool = False
    """Whether fields that the contract does not declare are findings."""
    repeat: Callable[[Request], str] | None = None
    """A command that sends a request again, for findings that one call alone proves."""


class Watcher:
    """Judges, tells each kind of finding once as it is found, and sums up."""

    def __init__(self, watched: Watched, redactor: Redactor, tell: Tell) -> None:
        self._watched = watched
        self._redactor = redactor
        self._tell = tell
        self._finder = Finder()
        self._histories: dict[str, History] = {}
        self._strangers: dict[str, int] = {}
        self._told: set[tuple[str, ...]] = set()
        self._incomplete: dict[str, int] = {}
        self._causes: dict[Finding, Request] = {}
        self.exchanges = 0
        self.unanswered = 0
        self.found = 0
        """Findings so far, those that merely inform left out."""

    def opened(self, request: Request, sent_seq: int) -> None:
        """Announce a request that goes out; its exchange has to be added when it ends, however it ends."""
        history = self._history(Exchange(request, None, 0, None, sent_seq))
        if history is not None:
            history.opened(sent_seq)

    def add(self, exchange: Exchange, lost: str = "") -> None:
        """Take an exchange; `lost` says why its answer cannot be judged, where it was answered."""
        self.exchanges += 1
        self.unanswered += exchange.response is None
        if lost:
            self._incomplete[lost] = self._incomplete.get(lost, 0) + 1
        history = self._history(exchange)
        if history is None:
            self._stranger(exchange)
            return
        for finding in history.add(exchange):
            if self._watched.repeat is not None and _alone(finding, history.book):
                self._causes.setdefault(finding, exchange.request)
            self._found(finding)

    def checked(self) -> Checked:
        """Everything settled and summed up, for the reports."""
        watched = self._watched
        judgements = tuple(self._clean(self._histories[name].finish()) for name in sorted(self._histories))
        return Checked(
            file=watched.name,
            kind=watched.kind,
            report=Report(judgements, self.exchanges, self._strangers),
            unanswered=self.unanswered,
            incomplete=dict(sorted(self._incomplete.items())),
            again=watched.again,
        )

    def _history(self, exchange: Exchange) -> History | None:
        watched = self._watched
        vendor = watched.vendor or self._finder.vendor(exchange)
        if vendor and vendor not in self._histories:
            era = watched.era if watched.vendor else None
            self._histories[vendor] = History(
                vendor, era, alone=watched.alone, strict=watched.strict, rerun=watched.again
            )
        return self._histories.get(vendor)

    def _stranger(self, exchange: Exchange) -> None:
        request = exchange.request
        name = self._redactor.text(host_of(exchange) or f"{request.method} {request.path}")[:200]
        name = name if name in self._strangers or len(self._strangers) < NAMES else "others"
        self._strangers[name] = self._strangers.get(name, 0) + 1

    def _found(self, finding: Finding) -> None:
        if finding.level == "info":
            return
        self.found += 1
        key = (finding.rule, finding.level, finding.operation, anywhere(finding.where), finding.resource)
        if key not in self._told:
            self._told.add(key)
            self._tell(shown(self._repeatable(finding), self._redactor))

    def _clean(self, judgement: Judgement) -> Judgement:
        chosen = judgement.chosen if self._watched.era else "the newest; --vendor NAME@DATE pins another"
        conduct = judgement.conduct if self._watched.kind == "proxy" else ()
        findings = tuple(map(self._repeatable, judgement.findings))
        return shown_judgement(replace(judgement, chosen=chosen, findings=findings, conduct=conduct), self._redactor)

    def _repeatable(self, finding: Finding) -> Finding:
        """The finding, and how to see it again."""
        cause, repeat = self._causes.get(finding), self._watched.repeat
        return finding if cause is None or repeat is None else replace(finding, rerun=repeat(cause))


def _alone(finding: Finding, book: Book) -> bool:
    """Whether one call by itself proves it."""
    return finding.rule in RULES or any(rule.id == finding.rule for rule in book.of("schema", "answer"))


def told(finding: Finding) -> str:
    """A finding in one line, as it is found."""
    about = f" ({finding.resource})" if finding.resource else ""
    return plain(f"{finding.level} {finding.rule} {finding.call or finding.operation}: {finding.message}{about}")
