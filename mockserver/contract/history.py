"""Judges a whole history of exchanges: schemas one by one, rules over time, and how the client behaved.

    history = History("twelvelabs", "2026-07-30")
    for exchange in exchanges:
        for finding in history.add(exchange):
            print(finding.text())
    judgement = history.finish()

Exchanges may be added in the order they were sent (recordings) or, where every request is announced with `opened`
when it goes out, in the order they were answered (a proxy, a server that judges while it serves). See `recording` for
a recording whose vendor or era is not known.

(This is the published shape; the rules over time are being filled in behind it.)
"""

from mockserver.contract.capture import Capture, load
from mockserver.contract.findings import Finding, ranked
from mockserver.contract.judge import judge
from mockserver.contract.judgement import Counts, Judgement
from mockserver.core.wire import Exchange


class History:
    """The exchanges with one vendor, judged as they come.

    `era` pins the era (exactly that date or the newest before; None: the newest). `rules=False` judges single
    exchanges only, `schemas=False` rules over time only. `window` is how many exchanges are held back to put them
    in the order of their sending; 0 where they come so. `alone` says that nobody else touches the same jobs: only then
    can a state that no call explains be held against the server. `rerun` is a command that judges the story again;
    `{resource}` and `{rule}` in it are filled in. `strict` is `judge`'s.
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
    ) -> None:
        self.capture = captures or load(vendor, era)
        self.vendor = vendor
        self.era = self.capture.era
        self._schemas = schemas
        self._strict = strict
        self._counts = Counts()
        self._findings: list[Finding] = []

    def opened(self, sent_seq: int) -> None:
        """Announce a request that has gone out with that `sent_seq` and whose exchange will be added when it ends.

        A source that announces all its requests may add them as they are answered, and gets the findings at once.
        """

    def add(self, exchange: Exchange) -> list[Finding]:
        """Take one exchange; the findings that are certain by now, the worst first."""
        self._counts.exchanges += 1
        found = judge(self.capture, exchange, strict=self._strict) if self._schemas else []
        self._findings += found
        return found

    def finish(self) -> Judgement:
        """What is still open is settled, and everything summed up."""
        return Judgement(self.vendor, self.era, "pinned", tuple(ranked(self._findings)), (), (), self._counts)
