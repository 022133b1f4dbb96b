"""One recording with its judgement: what could be read of it, and why it may prove nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from mockserver.contract.eras.recording import RecordingReport
from mockserver.contract.judge.path_prefix import CUT_PREFIX
from mockserver.core.wire import Exchange
from mockserver.errors import Problem

UNINFORMATIVE_STATUSES: Final = (401, 429)
"""Statuses that are no evidence about the operation that was called."""
_PREFIX_ADVICE: Final = {"proxy": "give it in --upstream, and not in the client's base URL"}
"""What to do about a prefix before the paths of live traffic, by kind."""
EMPTY_REPORT: Final = RecordingReport((), 0, {}, {})


def as_it_is(exchange: Exchange) -> Exchange:
    """Return an exchange of which nothing is secret."""
    return exchange


@dataclass(frozen=True, slots=True)
class CheckedRecording:
    """One recording, judged as far as it could be read. It may come from another process: all of it can be pickled."""

    file: str
    kind: str | None = None
    """`har`, `cassette`, `journal`, or of live traffic `proxy`, `live`, `fuzz`; None if it was not recognized."""
    recorder: str | None = None
    """The program in whose dialect a recording is written, such as `go-vcr`; None for the format's own."""
    has_measured_times: bool = True
    report: RecordingReport = EMPTY_REPORT
    unanswered: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    """Counts of ignored entries by reason."""
    incomplete: Mapping[str, int] = field(default_factory=dict)
    """Counts of what the recorder did not keep, by reason."""
    problems: tuple[Problem, ...] = ()
    """Why it could not be read, or not to its end."""
    rerun: str = ""
    """The command that judges it again; empty if there is none."""
    exchanges: Iterable[Exchange] = field(default=(), repr=False, compare=False)
    """The recording itself, to be read once more for the timelines."""
    redact: Callable[[str], str] = field(default=str, repr=False, compare=False)
    """Removes the secrets from a text of the recording."""
    redact_exchange: Callable[[Exchange], Exchange] = field(default=as_it_is, repr=False, compare=False)
    """Removes the secrets from an exchange."""

    @property
    def judged_count(self) -> int:
        """Number of answers to operations of the contract."""
        return sum(each.counts.judged for each in self.report.judgements)

    def missing_evidence(self) -> str | None:
        """Return why the recording proves nothing by itself; None if it proves something."""
        if not self.report.exchanges and self.kind == "proxy":
            return "no request came; is the proxy's address the base URL of the client?"
        if not self.report.exchanges:
            return "the recording has no calls; was it saved before the requests were made, or with a filter?"
        if self.unanswered == self.report.exchanges:
            return "no call has an answer"
        if not self.report.judgements and not self.report.other_vendors:
            return "no call is of a known vendor; --vendor NAME says whose they are"
        if not self.judged_count:
            reason = "no answer belongs to an operation of the contract"
            prefix = next((name for each in self.report.judgements for name in each.counts.path_prefixes), None)
            if prefix is None:
                return reason
            advice = _PREFIX_ADVICE.get(self.kind or "", CUT_PREFIX).format(prefix)
            return f"{reason}; {prefix} precedes its paths: {advice}"
        statuses = {status for each in self.report.judgements for status in each.counts.statuses}
        if statuses and statuses.issubset(UNINFORMATIVE_STATUSES):
            return f"every answer was {' or '.join(map(str, sorted(statuses)))}"
        counts = [each.count_outcomes() for each in self.report.judgements]
        if not any(each["ok"] or each["violated"] for each in counts):
            return "no rule applies to its calls"
        return None
