"""Whether what was asked is what somebody expects: a pattern, and each of its criteria with a tick or a cross.

A match is the absence of a difference: `checks` finds the differences, and a pattern fits where it finds none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.subset import differences
from mockserver.engine.journal import SECRET_HEADERS, Journal, JournalEntry
from mockserver.engine.near_misses import Criterion

MAX_REQUEST_IDS: Final = 100
"""Requests that an answer names."""
MAX_NEAR_REQUESTS: Final = 3
_MAX_VALUE: Final = 60
_STATUS_CLASS: Final = re.compile("[1-5]xx")


@dataclass(frozen=True)
class RequestPattern:
    """What a request must be; what is empty or None is anything."""

    vendor: str = ""
    operation: str = ""
    method: str = ""
    path: str = ""
    """Without our own prefixes; `*` stands for any one segment."""
    job: str = ""
    status: int | str | None = None
    """The answer's: 409, or `4xx`."""
    body: Any = None
    """A part of the request's JSON body, or its whole text."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The request's, by lower-case name."""

    @property
    def counters_suffice(self) -> bool:
        """Whether the journal's counters can tell, which outlive its entries."""
        plain = not (self.method or self.path or self.job or self.headers) and self.body is None
        return plain and (self.status is None or isinstance(self.status, int))

    def criteria(self, entry: JournalEntry) -> Iterator[Criterion]:
        """Each criterion that the pattern has."""
        asked = entry.request
        for reason, wanted, found in (
            ("VENDOR", self.vendor, entry.vendor),
            ("OPERATION", self.operation, entry.operation or "none that we know"),
            ("METHOD", self.method, asked.method),
            ("JOB", self.job, entry.job_id or "none"),
        ):
            if wanted:
                yield _criterion(reason, wanted == found, found, wanted)
        if self.path:
            yield _criterion("PATH", _path_matches(self.path, asked.path), asked.path, self.path)
        if self.status is not None:
            status = entry.response.status
            right = self.status in (status, f"{status // 100}xx")
            yield _criterion("STATUS", right, str(status), str(self.status))
        for name, wanted in self.headers.items():
            yield _header_criterion(name, asked.headers.get(name), wanted)
        if self.body is not None:
            yield _body_criterion(asked.body, self.body)

    def matches(self, entry: JournalEntry) -> bool:
        """Whether nothing differs."""
        return all(check.matches for check in self.criteria(entry))


def is_status_pattern(value: Any) -> bool:
    """Whether it can be a pattern's status."""
    number = isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599
    return number or (isinstance(value, str) and _STATUS_CLASS.fullmatch(value) is not None)


def _criterion(reason: str, matches: bool, found: str, expected: str, suffix: str = "") -> Criterion:
    named = f"{reason.lower()}{suffix}"
    return Criterion(
        reason,
        matches,
        f"{named} is {found}" if matches else f"{named} is {_shorten_value(found)}, not {_shorten_value(expected)}",
    )


def _header_criterion(name: str, found: str | None, expected: str) -> Criterion:
    if name in SECRET_HEADERS:
        return _criterion(
            "HEADER", found == expected, "absent" if found is None else "another", "the one given", f" {name}"
        )
    return _criterion("HEADER", found == expected, found or "absent", expected, f" {name}")


def _shorten_value(text: str) -> str:
    return text if len(text) <= _MAX_VALUE else text[:_MAX_VALUE] + "..."


def _path_matches(pattern: str, path: str) -> bool:
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(part in ("*", asked) for part, asked in zip(wanted, given, strict=True))


def _body_criterion(body: bytes, expected: Any) -> Criterion:
    if isinstance(expected, str):
        text = body.decode("utf-8", "replace")
        return _criterion("BODY", text == expected, repr(text), repr(expected))
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Criterion("BODY", False, "body is no JSON" if body else "body is empty")
    first = next(differences(found, expected), None)
    return Criterion("BODY", first is None, f"body: {first}" if first else "body has what is wanted")


class RequestExpectation(NamedTuple):
    """What shall be so of the requests after `since`: so many fit the pattern, or all of `order` came in this order."""

    pattern: RequestPattern = RequestPattern()
    at_least: int = 1
    at_most: int | None = None
    order: tuple[RequestPattern, ...] = ()
    since: int = 0

    def __str__(self) -> str:
        if self.order:
            return f"{len(self.order)} in this order"
        if self.at_most == self.at_least:
            return f"exactly {self.at_least}" if self.at_least else "none"
        return f"at least {self.at_least}" if self.at_most is None else f"{self.at_least} to {self.at_most}"


def verify(journal: Journal, expectation: RequestExpectation) -> dict[str, Any]:
    """Whether a claim holds: `verified` is true, false, or None where forgotten entries could make the difference."""
    entries = journal.since(expectation.since)
    forgotten = journal.seq - expectation.since - len(entries) if expectation.since < journal.seq else 0
    return (
        _verify_order(entries, forgotten, expectation)
        if expectation.order
        else _verify_count(journal, entries, forgotten, expectation)
    )


def _verify_count(
    journal: Journal, entries: list[JournalEntry], forgotten: int, expectation: RequestExpectation
) -> dict[str, Any]:
    pattern = expectation.pattern
    fitting = [entry for entry in entries if pattern.matches(entry)]
    count, unknown = len(fitting), forgotten
    if forgotten and pattern.counters_suffice and not expectation.since:
        count, unknown = _total_of_counters(journal, pattern), 0
    most = count + unknown
    verified: bool | None = None
    if count >= expectation.at_least and (expectation.at_most is None or most <= expectation.at_most):
        verified = True
    elif most < expectation.at_least or (expectation.at_most is not None and count > expectation.at_most):
        verified = False
    found = f"{count} found" + (f", and {unknown} older requests are forgotten" if unknown else "")
    return {
        "verified": verified,
        "expected": str(expectation),
        "count": count,
        "forgotten": unknown,
        "matches": [entry.request_id for entry in fitting[:MAX_REQUEST_IDS]],
        **_render_result(f"expected {expectation}: {found}", [] if verified else nearest_requests(entries, pattern)),
    }


def _total_of_counters(journal: Journal, pattern: RequestPattern) -> int:
    return sum(
        count
        for (vendor, operation, status), count in journal.counts.items()
        if pattern.vendor in ("", vendor) and pattern.operation in ("", operation) and pattern.status in (None, status)
    )


def _verify_order(entries: list[JournalEntry], forgotten: int, expectation: RequestExpectation) -> dict[str, Any]:
    place, matches = 0, list[str]()
    last = expectation.since
    for entry in entries:
        if place < len(expectation.order) and expectation.order[place].matches(entry):
            matches.append(entry.request_id)
            place, last = place + 1, entry.seq
    missing = place < len(expectation.order)
    behind = f" after {matches[-1]}" if matches else ""
    said = f"{place} of {len(expectation.order)} found in this order" + (
        f"; number {place + 1} is missing{behind}" * missing
    )
    near = (
        nearest_requests([entry for entry in entries if entry.seq > last], expectation.order[place]) if missing else []
    )
    return {
        "verified": True if not missing else None if forgotten else False,
        "expected": str(expectation),
        "count": place,
        "forgotten": forgotten,
        "matches": matches[:MAX_REQUEST_IDS],
        **_render_result(said + (f"; {forgotten} older requests are forgotten" if forgotten else ""), near),
    }


class RequestNearMiss(NamedTuple):
    """A request that nearly fits."""

    entry: JournalEntry
    criteria: tuple[Criterion, ...]

    def json(self) -> dict[str, Any]:
        """For a program: `reason` is the first difference's."""
        differs = [check.json() for check in self.criteria if not check.matches]
        return {
            "request_id": self.entry.request_id,
            "method": self.entry.request.method,
            "path": self.entry.request.path,
            "status": self.entry.response.status,
            "reason": differs[0]["reason"],
            "differs": differs,
        }

    def lines(self) -> Iterator[str]:
        """For people: the request, and each criterion below it."""
        asked = self.entry.request
        yield f"{self.entry.request_id}: {asked.method} {asked.path} -> {self.entry.response.status}"
        yield from (f"    {check.line()}" for check in self.criteria)


def nearest_requests(entries: Iterable[JournalEntry], pattern: RequestPattern) -> list[RequestNearMiss]:
    """The requests that fit a pattern nearly, those with the fewest differences first, of these the newest."""
    judged = [RequestNearMiss(entry, tuple(pattern.criteria(entry))) for entry in entries]
    missed = [miss for miss in judged if not all(check.matches for check in miss.criteria)]
    missed.sort(key=lambda miss: (sum(not check.matches for check in miss.criteria), -miss.entry.seq))
    return missed[:MAX_NEAR_REQUESTS]


def _render_result(summary: str, near_misses: list[RequestNearMiss]) -> dict[str, Any]:
    lines = [summary]
    if near_misses:
        lines.append("    the nearest requests:")
    for number, miss in enumerate(near_misses, 1):
        first, *rest = miss.lines()
        lines += [f"    {number}. {first}", *(f"       {line}" for line in rest)]
    return {"near": [miss.json() for miss in near_misses], "text": "\n".join(lines)}
