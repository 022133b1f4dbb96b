"""Verifies that expected requests were made: patterns, counts, orders, and the requests that nearly match.

A match is the absence of a difference: `RequestPattern.criteria` finds the differences, and a pattern fits where it
finds none.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from mockserver.core.forms import request_value
from mockserver.core.subset import differences
from mockserver.core.wire import Request
from mockserver.engine.journal import SECRET_HEADERS, Journal, JournalEntry
from mockserver.engine.near_misses import Criterion

MAX_REQUEST_IDS: Final = 100
"""Requests that a result names."""
MAX_NEAR_REQUESTS: Final = 3
_MAX_VALUE: Final = 60
_STATUS_CLASS: Final = re.compile("[1-5]xx")


@dataclass(frozen=True)
class RequestPattern:
    """A pattern of requests; a field that is None fits anything, and so does a pattern without headers."""

    vendor: str | None = None
    operation: str | None = None
    method: str | None = None
    path: str | None = None
    """Without the prefixes `/s/` and `/v/`; `*` fits any one segment."""
    job: str | None = None
    status: int | str | None = None
    """The answer's status: 409, or `4xx`."""
    body: Any = None
    """A part of the request's JSON body, or its whole text (a `str`)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The request's headers, by lower-case name."""

    @property
    def counters_suffice(self) -> bool:
        """True if the journal's counters suffice, which outlive its entries."""
        plain = not (self.method or self.path or self.job or self.headers) and self.body is None
        return plain and (self.status is None or isinstance(self.status, int))

    def fits_counter(self, vendor: str, operation: str, status: int) -> bool:
        """Return True if the requests of one of the journal's counters fit; see `counters_suffice`."""
        fits = self.vendor in (None, vendor) and self.operation in (None, operation)
        return fits and self.status in (None, status)

    def criteria(self, entry: JournalEntry) -> Iterator[Criterion]:
        """Compare an entry with the pattern; yields each criterion of the pattern."""
        request = entry.request
        for code, expected, found in (
            ("VENDOR", self.vendor, entry.vendor),
            ("OPERATION", self.operation, entry.operation or "none that we know"),
            ("METHOD", self.method, request.method),
            ("JOB", self.job, entry.job_id or "none"),
        ):
            if expected:
                yield _criterion(code, expected == found, found, expected)
        if self.path:
            segments, given = self.path.split("/"), request.path.split("/")
            matches = len(segments) == len(given)
            matches = matches and all(part in ("*", one) for part, one in zip(segments, given, strict=True))
            yield _criterion("PATH", matches, request.path, self.path)
        if self.status is not None:
            status = entry.response.status
            matches = self.status in (status, f"{status // 100}xx")
            yield _criterion("STATUS", matches, str(status), str(self.status))
        for name, expected in self.headers.items():
            yield _header_criterion(name, request.headers.get(name), expected)
        if self.body is not None:
            yield _body_criterion(request, self.body)

    def matches(self, entry: JournalEntry) -> bool:
        """Return True if nothing differs."""
        return all(criterion.matches for criterion in self.criteria(entry))


def is_status_pattern(value: Any) -> bool:
    """Return True if a decoded value can be a pattern's status."""
    if isinstance(value, str):
        return _STATUS_CLASS.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599


def _criterion(code: str, matches: bool, found: str, expected: str, suffix: str = "") -> Criterion:
    name = f"{code.lower()}{suffix}"
    if matches:
        return Criterion(code, True, f"{name} is {found}")
    return Criterion(code, False, f"{name} is {_shorten_value(found)}, not {_shorten_value(expected)}")


def _header_criterion(name: str, found: str | None, expected: str) -> Criterion:
    matches = found == expected
    if name not in SECRET_HEADERS:
        return _criterion("HEADER", matches, found or "absent", expected, f" {name}")
    # A secret is compared, but not repeated.
    shown = "absent" if found is None else "another"
    return _criterion("HEADER", matches, shown, "the one given", f" {name}")


def _shorten_value(text: str) -> str:
    if len(text) <= _MAX_VALUE:
        return text
    return text[:_MAX_VALUE] + "..."


def _body_criterion(request: Request, expected: Any) -> Criterion:
    if isinstance(expected, str):
        text = request.body.decode("utf-8", "replace")
        return _criterion("BODY", text == expected, repr(text), repr(expected))
    decoded = request_value(request)
    if decoded is None and request.body != b"null":
        return Criterion("BODY", False, "body is no JSON" if request.body else "body is empty")
    difference = next(differences(decoded, expected), None)
    if difference is None:
        return Criterion("BODY", True, "body has what is wanted")
    return Criterion("BODY", False, f"body: {difference}")


class RequestExpectation(NamedTuple):
    """An expectation of the requests after `since`: how many fit the pattern, or that `order` came in this order."""

    pattern: RequestPattern = RequestPattern()
    at_least: int = 1
    at_most: int | None = None
    order: tuple[RequestPattern, ...] = ()
    since: int = 0

    def __str__(self) -> str:
        if self.order:
            return f"{len(self.order)} in this order"
        if self.at_most is None:
            return f"at least {self.at_least}"
        if self.at_most == 0:
            return "none"
        if self.at_most == self.at_least:
            return f"exactly {self.at_least}"
        return f"{self.at_least} to {self.at_most}"


def verify(journal: Journal, expectation: RequestExpectation) -> dict[str, Any]:
    """Compare the journal with an expectation.

    Returns {verified, expected, count, forgotten, matches, near, text}; `verified` is true, false, or None if entries
    that were evicted could make the difference.
    """
    entries = journal.since(expectation.since)
    forgotten = max(0, journal.seq - expectation.since - len(entries))
    if expectation.order:
        return _verify_order(entries, forgotten, expectation)
    return _verify_count(journal, entries, forgotten, expectation)


def _verify_count(
    journal: Journal, entries: list[JournalEntry], forgotten: int, expectation: RequestExpectation
) -> dict[str, Any]:
    """Compare the number of requests that fit a pattern with its bounds; where they suffice, by counters, exactly."""
    pattern = expectation.pattern
    fitting = [entry for entry in entries if pattern.matches(entry)]
    count = len(fitting)
    if forgotten and pattern.counters_suffice and not expectation.since:
        count = sum(total for key, total in journal.counts.items() if pattern.fits_counter(*key))
        forgotten = 0
    # The true number lies between `count` and `most`: only if both ends agree is the result known.
    most = count + forgotten
    at_most = math.inf if expectation.at_most is None else expectation.at_most
    verified: bool | None = None
    if count >= expectation.at_least and most <= at_most:
        verified = True
    elif most < expectation.at_least or count > at_most:
        verified = False
    summary = f"expected {expectation}: {count} found"
    if forgotten:
        summary = f"{summary}, and {forgotten} older requests are forgotten"
    near_misses = [] if verified else nearest_requests(entries, pattern)
    facts = {"verified": verified, "expected": str(expectation), "count": count, "forgotten": forgotten}
    return _render_result(facts, [entry.request_id for entry in fitting], summary, near_misses)


def _verify_order(entries: list[JournalEntry], forgotten: int, expectation: RequestExpectation) -> dict[str, Any]:
    patterns = expectation.order
    matches: list[str] = []
    last_seq = expectation.since
    # The first entry that fits the next pattern is as good as any later one: it leaves the most entries to the others.
    for entry in entries:
        if len(matches) < len(patterns) and patterns[len(matches)].matches(entry):
            matches.append(entry.request_id)
            last_seq = entry.seq
    found = len(matches)
    summary = f"{found} of {len(patterns)} found in this order"
    near_misses: list[RequestNearMiss] = []
    verified: bool | None = True
    if found < len(patterns):
        # A forgotten request may have been the missing one.
        verified = None if forgotten else False
        summary = f"{summary}; number {found + 1} is missing"
        if matches:
            summary = f"{summary} after {matches[-1]}"
        near_misses = nearest_requests([entry for entry in entries if entry.seq > last_seq], patterns[found])
    if forgotten:
        summary = f"{summary}; {forgotten} older requests are forgotten"
    facts = {"verified": verified, "expected": str(expectation), "count": found, "forgotten": forgotten}
    return _render_result(facts, matches, summary, near_misses)


class RequestNearMiss(NamedTuple):
    """A request that nearly fits a pattern."""

    entry: JournalEntry
    criteria: tuple[Criterion, ...]

    def json(self) -> dict[str, Any]:
        """Return the request and its differences for the admin API; `reason` is that of the first difference."""
        differs = [criterion.json() for criterion in self.criteria if not criterion.matches]
        return {
            "request_id": self.entry.request_id,
            "method": self.entry.request.method,
            "path": self.entry.request.path,
            "status": self.entry.response.status,
            "reason": differs[0]["reason"],
            "differs": differs,
        }

    def lines(self) -> Iterator[str]:
        """Yield the request, and each criterion below it, for people."""
        request = self.entry.request
        yield f"{self.entry.request_id}: {request.method} {request.path} -> {self.entry.response.status}"
        for criterion in self.criteria:
            yield f"    {criterion.line()}"


def nearest_requests(entries: Iterable[JournalEntry], pattern: RequestPattern) -> list[RequestNearMiss]:
    """Return the requests that nearly fit a pattern: those with the fewest differences first, of these the newest."""
    misses: list[tuple[int, RequestNearMiss]] = []
    for entry in entries:
        criteria = tuple(pattern.criteria(entry))
        difference_count = sum(not criterion.matches for criterion in criteria)
        if difference_count:
            misses.append((difference_count, RequestNearMiss(entry, criteria)))
    misses.sort(key=lambda found: (found[0], -found[1].entry.seq))
    return [miss for _, miss in misses[:MAX_NEAR_REQUESTS]]


def _render_result(
    facts: dict[str, Any], matches: list[str], summary: str, near_misses: list[RequestNearMiss]
) -> dict[str, Any]:
    """Return the facts with {matches, near, text}: the near misses for programs, and everything for people."""
    lines = [summary]
    if near_misses:
        lines.append("    the nearest requests:")
    for number, miss in enumerate(near_misses, 1):
        first, *rest = miss.lines()
        lines.append(f"    {number}. {first}")
        lines += [f"       {line}" for line in rest]
    near = [miss.json() for miss in near_misses]
    return {**facts, "matches": matches[:MAX_REQUEST_IDS], "near": near, "text": "\n".join(lines)}
