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

from mockserver.contract.capture import Capture, load
from mockserver.contract.conduct import Conduct
from mockserver.contract.findings import LEVELS, Finding, Level, ranked
from mockserver.contract.jobs import Jobs
from mockserver.contract.judge import judge
from mockserver.contract.judgement import Counts, Judgement, Verdict
from mockserver.contract.order import Order, moments
from mockserver.contract.rules.answers import View, named, view_of
from mockserver.contract.rules.book import Book, load_book
from mockserver.contract.run import Run
from mockserver.contract.sights import Eyes, Found, Routes, bare, read_body
from mockserver.contract.states import NO_ANSWER
from mockserver.contract.watch import Placed, Watch
from mockserver.core.wire import Exchange

ALIKE: Final = 100
"""Findings of one rule, operation and place that are kept."""
NAMES: Final = 200
"""Unknown hosts or calls that are counted by name; the others together."""


class History:
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
        captures: Capture | None = None,
        window: int = 0,
        alone: bool = True,
        strict: bool = False,
        rerun: str = "",
        root: Path | None = None,
    ) -> None:
        self.capture = captures or load(vendor, era, root)
        self.vendor, self.era = vendor, self.capture.era
        self.book = load_book(vendor, self.era, root) if rules else Book(vendor, self.era, (), {}, ())
        self._strict, self._schemas = strict, schemas
        self._routes, self._eyes = Routes(self.capture), Eyes(self.book)
        self._watches = {
            kind: Watch(self.book, resource, alone=alone, rerun=rerun) for kind, resource in self.book.resources.items()
        }
        self._jobs = Jobs(self._watches)
        self._run = Run(self.book)
        self._conduct = Conduct(self.book)
        self._counts = Counts()
        self._findings: list[Finding] = []
        self._levels: dict[Level, int] = dict.fromkeys(LEVELS, 0)
        self._alike: dict[tuple[str, str, str], int] = {}
        self._order = Order(window)

    def opened(self, sent_seq: int) -> None:
        """Announce a request that has gone out with that `sent_seq` and whose exchange will be added when it ends.

        A source that announces all its requests may add them as they are answered, and gets the findings at once.
        """
        self._order.opened(sent_seq)

    def add(self, exchange: Exchange) -> list[Finding]:
        """Take one exchange; the findings that are certain by now, the worst first."""
        self._counts.exchanges += 1
        found = [finding for each in self._order.add(exchange) for finding in self._take(each)]
        return ranked(found) if found else []

    def finish(self) -> Judgement:
        """What is still open is settled, and everything summed up."""
        for each in self._order.rest():
            self._take(each)
        self._keep(self._jobs.settle())
        return self._summed_up()

    @property
    def misfit(self) -> tuple[int, int]:
        """How badly the era explains what was seen so far: errors and unknown calls, and warnings."""
        return self._levels["error"] + sum(self._counts.unknown_calls.values()), self._levels["warning"]

    # One exchange

    def _take(self, exchange: Exchange) -> list[Finding]:
        """Judge an exchange that is next in the order of sending."""
        exchange = bare(exchange)
        request = exchange.request
        found = self._routes.find(request.method.upper(), request.path)
        if found is None:
            return self._keep(self._unknown(exchange))
        response = exchange.response
        if response is None:
            self._counts.unanswered += 1
        else:
            self._counts.judged += 1
            self._counts.statuses[response.status] = self._counts.statuses.get(response.status, 0) + 1
        self._counts.late += self._order.late
        return self._keep(self._judged(exchange, found))

    def _unknown(self, exchange: Exchange) -> Iterator[Finding]:
        request = exchange.request
        host = host_of(exchange)
        if host and self.book.hosts and host not in self.book.hosts and not is_local(host):
            _count(self._counts.unknown_hosts, host)
            return
        _count(self._counts.unknown_calls, f"{request.method} {request.path}"[:200])
        if self._schemas:
            yield from judge(self.capture, exchange, strict=self._strict)

    def _judged(self, exchange: Exchange, found: Found) -> Iterator[Finding]:
        request, response = exchange.request, exchange.response
        if self._schemas and response is not None:
            yield from named(judge(self.capture, exchange, strict=self._strict), self._run.namings)
        status = NO_ANSWER if response is None else response.status
        placed = Placed(exchange, *moments(exchange), found.operation.id, status)
        data = b"" if response is None else response.body
        body = read_body(data)
        sights = list(self._eyes.sights(found, request, status, data, body))
        view = _lazily(exchange, body)
        for sight in sights:
            yield from self._seen(sight.resource.kind, sight.job_id, placed, sight, view)
        yield from self._run.take(placed, view)
        self._conduct.take(placed, sights, body)

    def _seen(self, kind: str, job_id: str, placed: Placed, sight: Any, view: Callable[[], View]) -> Iterator[Finding]:
        watch, job = self._watches[kind], self._jobs.get(kind, job_id)
        if self._order.late:
            job.track.forget()
            return
        yield from watch.take(job, sight, placed, view)
        yield from watch.settle(job, self._order.settled)
        yield from self._jobs.make_room(self._order.settled)

    # What is kept

    def _keep(self, findings: Iterator[Finding]) -> list[Finding]:
        """Remember findings, of many alike only the first ones; those that were remembered."""
        kept = []
        for finding in findings:
            self._levels[finding.level] += 1
            key = (finding.rule, finding.operation, finding.where)
            self._alike[key] = self._alike.get(key, 0) + 1
            if self._alike[key] > ALIKE:
                self._counts.repeated += 1
            else:
                kept.append(finding)
        self._findings += kept
        return kept

    def _summed_up(self) -> Judgement:
        verdicts = [*self._jobs.verdicts(), *self._run.verdicts(), *self._of_schemas()]
        jobs = self._jobs
        self._counts.jobs, self._counts.forgotten, self._counts.passed = jobs.seen, jobs.forgotten, jobs.passed
        return Judgement(
            self.vendor,
            self.era,
            "pinned",
            tuple(ranked(self._findings)),
            tuple(ranked(self._conduct.findings)),
            tuple(sorted(verdicts)),
            self._counts,
            tuple(self._jobs.coverage()),
        )

    def _of_schemas(self) -> Iterator[Verdict]:
        """A verdict for each rule on single answers that was broken, and one for all that were not."""
        broken = {
            (f.rule, f.level, f.operation)
            for f in self._findings
            if f.level != "info" and not f.resource and f.rule not in self._run.told
        }
        for rule, level, operation in broken:
            yield Verdict(rule, level, operation, "violated")
        if self._schemas and self._counts.judged and not broken:
            yield Verdict("S", "error", "", "ok")


def host_of(exchange: Exchange) -> str:
    """The host a request names, without its port, lower case; empty where it names none."""
    headers = exchange.request.headers
    host = headers.get("host") or headers.get("Host") or headers.get(":authority") or ""
    return host.rsplit(":", 1)[0].lower() if not host.endswith("]") else host.lower()


def is_local(host: str) -> bool:
    """Whether a host is this machine, or a name without a dot: a stand-in for the vendor."""
    return host in ("[::1]", "0.0.0.0") or host.startswith("127.") or "." not in host  # noqa: S104 -- a comparison


def _count(counts: dict[str, int], name: str) -> None:
    name = name if name in counts or len(counts) < NAMES else "others"
    counts[name] = counts.get(name, 0) + 1


def _lazily(exchange: Exchange, body: Any) -> Callable[[], View]:
    made: list[View] = []

    def view() -> View:
        if not made:
            made.append(view_of(exchange, body, read_body(exchange.request.body)))
        return made[0]

    return view
