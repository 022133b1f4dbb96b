"""Whether what was asked is what somebody expects: a pattern, and each of its criteria with a tick or a cross.

A match is the absence of a difference: `checks` finds the differences, and a pattern fits where it finds none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from mockserver.core.subset import differences
from mockserver.engine.journal import SECRET_HEADERS, Entry, Journal
from mockserver.engine.nearness import Check

MOST_NAMED: Final = 100
"""Requests that an answer names."""
MOST_NEAR: Final = 3
_LONGEST: Final = 60
_CLASS: Final = re.compile("[1-5]xx")


@dataclass(frozen=True)
class Pattern:
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
    def countable(self) -> bool:
        """Whether the journal's counters can tell, which outlive its entries."""
        plain = not (self.method or self.path or self.job or self.headers) and self.body is None
        return plain and (self.status is None or isinstance(self.status, int))

    def checks(self, entry: Entry) -> Iterator[Check]:
        """Each criterion that the pattern has."""
        asked = entry.request
        for reason, wanted, found in (
            ("VENDOR", self.vendor, entry.vendor),
            ("OPERATION", self.operation, entry.operation or "none that we know"),
            ("METHOD", self.method, asked.method),
            ("JOB", self.job, entry.job_id or "none"),
        ):
            if wanted:
                yield _check(reason, wanted == found, found, wanted)
        if self.path:
            yield _check("PATH", _fits(self.path, asked.path), asked.path, self.path)
        if self.status is not None:
            status = entry.response.status
            right = self.status in (status, f"{status // 100}xx")
            yield _check("STATUS", right, str(status), str(self.status))
        for name, wanted in self.headers.items():
            yield _header(name, asked.headers.get(name), wanted)
        if self.body is not None:
            yield _body(asked.body, self.body)

    def fits(self, entry: Entry) -> bool:
        """Whether nothing differs."""
        return all(check.fits for check in self.checks(entry))


def known_status(value: Any) -> bool:
    """Whether it can be a pattern's status."""
    number = isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599
    return number or (isinstance(value, str) and _CLASS.fullmatch(value) is not None)


def _check(reason: str, fits: bool, found: str, wanted: str, what: str = "") -> Check:
    named = f"{reason.lower()}{what}"
    return Check(reason, fits, f"{named} is {found}" if fits else f"{named} is {_cut(found)}, not {_cut(wanted)}")


def _header(name: str, found: str | None, wanted: str) -> Check:
    if name in SECRET_HEADERS:
        return _check("HEADER", found == wanted, "absent" if found is None else "another", "the one given", f" {name}")
    return _check("HEADER", found == wanted, found or "absent", wanted, f" {name}")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."


def _fits(pattern: str, path: str) -> bool:
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(part in ("*", asked) for part, asked in zip(wanted, given, strict=True))


def _body(body: bytes, wanted: Any) -> Check:
    if isinstance(wanted, str):
        text = body.decode("utf-8", "replace")
        return _check("BODY", text == wanted, repr(text), repr(wanted))
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Check("BODY", False, "body is no JSON" if body else "body is empty")
    first = next(differences(found, wanted), None)
    return Check("BODY", first is None, f"body: {first}" if first else "body has what is wanted")


class Claim(NamedTuple):
    """What shall be so of the requests after `since`: so many fit the pattern, or all of `order` came in this order."""

    pattern: Pattern = Pattern()
    low: int = 1
    high: int | None = None
    order: tuple[Pattern, ...] = ()
    since: int = 0

    def __str__(self) -> str:
        if self.order:
            return f"{len(self.order)} in this order"
        if self.high == self.low:
            return f"exactly {self.low}" if self.low else "none"
        return f"at least {self.low}" if self.high is None else f"{self.low} to {self.high}"


def verify(journal: Journal, claim: Claim) -> dict[str, Any]:
    """Whether a claim holds: `verified` is true, false, or None where forgotten entries could make the difference."""
    entries = journal.since(claim.since)
    forgotten = journal.seq - claim.since - len(entries) if claim.since < journal.seq else 0
    return _in_order(entries, forgotten, claim) if claim.order else _counted(journal, entries, forgotten, claim)


def _counted(journal: Journal, entries: list[Entry], forgotten: int, claim: Claim) -> dict[str, Any]:
    pattern = claim.pattern
    fitting = [entry for entry in entries if pattern.fits(entry)]
    count, unknown = len(fitting), forgotten
    if forgotten and pattern.countable and not claim.since:
        count, unknown = _by_counters(journal, pattern), 0
    most = count + unknown
    verified: bool | None = None
    if count >= claim.low and (claim.high is None or most <= claim.high):
        verified = True
    elif most < claim.low or (claim.high is not None and count > claim.high):
        verified = False
    found = f"{count} found" + (f", and {unknown} older requests are forgotten" if unknown else "")
    return {
        "verified": verified,
        "expected": str(claim),
        "count": count,
        "forgotten": unknown,
        "matches": [entry.request_id for entry in fitting[:MOST_NAMED]],
        **_told(f"expected {claim}: {found}", [] if verified else near_misses(entries, pattern)),
    }


def _by_counters(journal: Journal, pattern: Pattern) -> int:
    return sum(
        count
        for (vendor, operation, status), count in journal.counts.items()
        if pattern.vendor in ("", vendor) and pattern.operation in ("", operation) and pattern.status in (None, status)
    )


def _in_order(entries: list[Entry], forgotten: int, claim: Claim) -> dict[str, Any]:
    place, matches = 0, list[str]()
    last = claim.since
    for entry in entries:
        if place < len(claim.order) and claim.order[place].fits(entry):
            matches.append(entry.request_id)
            place, last = place + 1, entry.seq
    missing = place < len(claim.order)
    behind = f" after {matches[-1]}" if matches else ""
    said = f"{place} of {len(claim.order)} found in this order" + (f"; number {place + 1} is missing{behind}" * missing)
    near = near_misses([entry for entry in entries if entry.seq > last], claim.order[place]) if missing else []
    return {
        "verified": True if not missing else None if forgotten else False,
        "expected": str(claim),
        "count": place,
        "forgotten": forgotten,
        "matches": matches[:MOST_NAMED],
        **_told(said + (f"; {forgotten} older requests are forgotten" if forgotten else ""), near),
    }


class NearMiss(NamedTuple):
    """A request that nearly fits."""

    entry: Entry
    checks: tuple[Check, ...]

    def json(self) -> dict[str, Any]:
        """For a program: `reason` is the first difference's."""
        differs = [check.json() for check in self.checks if not check.fits]
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
        yield from (f"    {check.line()}" for check in self.checks)


def near_misses(entries: Iterable[Entry], pattern: Pattern) -> list[NearMiss]:
    """The requests that fit a pattern nearly, those with the fewest differences first, of these the newest."""
    judged = [NearMiss(entry, tuple(pattern.checks(entry))) for entry in entries]
    missed = [miss for miss in judged if not all(check.fits for check in miss.checks)]
    missed.sort(key=lambda miss: (sum(not check.fits for check in miss.checks), -miss.entry.seq))
    return missed[:MOST_NEAR]


def _told(said: str, near: list[NearMiss]) -> dict[str, Any]:
    lines = [said]
    if near:
        lines.append("    the nearest requests:")
    for number, miss in enumerate(near, 1):
        first, *rest = miss.lines()
        lines += [f"    {number}. {first}", *(f"       {line}" for line in rest)]
    return {"near": [miss.json() for miss in near], "text": "\n".join(lines)}
