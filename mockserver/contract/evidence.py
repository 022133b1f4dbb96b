"""What single answers say for and against each era of a vendor: by which one a recording should be judged.

    evidence = Evidence("phaseo", eras("phaseo"))
    for exchange in exchanges:
        evidence.take(exchange)
    evidence.likeliest()

Theory of operation. Every era judges each answer by its schemas; eras that say the same of it are asked once. What an
era has to complain of counts against it only where another era, having looked at the same thing (is there such a
call, such a status, such a content type, such a value of a field that it declares), has nothing to complain of: a
mistake in every era that gets so far, a misspelt state, is the server's and tells nothing of its age. Complaints are
counted by their kind: what is wrong in each of a thousand polls is one mistake, not a thousand. The kinds that tell
most come first: calls, statuses and error codes, then bodies, then what is no more than doubtful.
Answers that are alike but for what changes from call to call (numbers, and words with digits in them: ids, times) are
looked at once. An answer that is right in its own era never counts against that era, nor does one that is taken to
be like it. So of a server that makes no mistake the true era is always among the likeliest, and nothing is decided
here between those.
"""

import re
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from enum import IntEnum
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.contract.capture import Capture, Operation, load
from mockserver.contract.findings import Finding
from mockserver.contract.judge import judge
from mockserver.contract.promised import promised
from mockserver.contract.sights import bare
from mockserver.core.wire import Exchange, Response

KINDS: Final = 1_000
"""Kinds of complaint that are counted in one era."""
LOOKS: Final = 4_000
"""Answers that are remembered by their looks."""
LARGEST: Final = 500_000
"""Bytes of a body in which is looked for what changes."""


class Aspect(IntEnum):
    """What of an answer is looked at, one after the other: the first that is wrong ends it."""

    CALL = 0
    STATUS = 1
    TYPE = 2
    BODY = 3


class Weight(IntEnum):
    """What a complaint tells about an era, the most telling first."""

    ANSWERS = 0
    """Another era has the call, the status, the error code."""
    BODIES = 1
    DOUBTS = 2
    EXTRAS = 3
    """Another era declares the field; any may have it."""


class Complaint(NamedTuple):
    """A kind of thing that an era does not have."""

    weight: Weight
    text: str
    """`cancelVideo 200`, `status "pending"`."""
    aspect: Aspect
    place: str = ""
    """Where in the body, `*` standing for each item of a list."""


class Score(NamedTuple):
    """How much speaks against an era; the least is the best."""

    answers: int
    """Kinds of complaint, by weight."""
    bodies: int
    doubts: int
    exchanges: int
    """Those that one of these was met in."""
    errors: int
    """Findings of the schemas, whether another era has them or not."""
    warnings: int


class _Reading(NamedTuple):
    """What an era has to say of an exchange."""

    complaints: frozenset[Complaint]
    reached: Aspect
    """The last aspect that was looked at."""
    errors: int = 0
    warnings: int = 0


_CLEAN: Final = _Reading(frozenset(), Aspect.BODY)


Kind = tuple[Weight, str]
"""A complaint's weight and text."""


class _Telling(NamedTuple):
    """What an exchange tells against an era."""

    era: str
    kinds: tuple[Kind, ...]
    counts: Mapping[str, int]


class Evidence:
    """The evidence of one vendor's exchanges."""

    def __init__(self, vendor: str, eras: Sequence[str], root: Path | None = None) -> None:
        self.eras = tuple(eras)
        self.operations: set[str] = set()
        """The operations that were called."""
        self._captures = [load(vendor, era, root) for era in eras]
        self._found = lru_cache(maxsize=256)(self._find)
        self._against: dict[str, set[Kind]] = {era: set() for era in eras}
        self._totals: dict[str, Counter[str]] = {era: Counter() for era in eras}
        self._alike: dict[tuple[str, str, int], str] = {}
        self._looks: dict[Hashable, list[_Telling]] = {}

    def take(self, exchange: Exchange) -> None:
        """One exchange of the vendor's."""
        exchange = bare(exchange)
        found = self._found(exchange.request.method.upper(), exchange.request.path)
        if not any(found):
            return
        looks = (found, exchange.request.method, _looks(exchange.response))
        tellings = self._looks.get(looks)
        if tellings is None:
            tellings = self._first(exchange, found)
            if len(self._looks) >= LOOKS:
                self._looks.clear()
            self._looks[looks] = tellings
        for each in tellings:
            self._totals[each.era].update(each.counts)

    def _first(self, exchange: Exchange, found: tuple[Operation | None, ...]) -> list[_Telling]:
        """The first exchange of its looks: what it tells of each era, nothing where it is right in all."""
        self.operations.update(each.id for each in found if each is not None)
        tellings = _tellings(self.eras, self._readings(exchange, found))
        for each in tellings:
            against = self._against[each.era]
            against.update(kind for kind in each.kinds if len(against) < KINDS)
        return tellings

    def _find(self, method: str, path: str) -> tuple[Operation | None, ...]:
        """The operation of a call in each era."""
        return tuple(capture.find(method, path) for capture in self._captures)

    def _readings(self, exchange: Exchange, found: tuple[Operation | None, ...]) -> list[_Reading]:
        """What each era has to say of an exchange."""
        missing = _missing(next(each.id for each in found if each is not None))
        shared: dict[str, _Reading] = {}
        readings = []
        for capture, operation in zip(self._captures, found, strict=True):
            if operation is None or exchange.response is None:
                readings.append(missing if operation is None else _CLEAN)
                continue
            alike = self._likeness(capture, operation, exchange.response.status)
            if alike not in shared:
                shared[alike] = _reading(judge(capture, exchange), exchange.response.status)
            readings.append(shared[alike])
        return readings

    def _likeness(self, capture: Capture, operation: Operation, status: int) -> str:
        """A text that is equal for eras that judge such an answer alike."""
        key = (capture.era, operation.pointer, status)
        if key not in self._alike:
            self._alike[key] = promised(capture, operation, status)
        return self._alike[key]

    # What comes of it

    def score(self, era: str) -> Score:
        """How much speaks against an era."""
        kinds = Counter(weight for weight, _ in self._against[era])
        totals = self._totals[era]
        counted = (totals["exchanges"], totals["errors"], totals["warnings"])
        return Score(kinds[Weight.ANSWERS], kinds[Weight.BODIES], kinds[Weight.DOUBTS], *counted)

    def extras(self, era: str) -> int:
        """Kinds of fields that were met, that others declare and it does not."""
        return sum(weight is Weight.EXTRAS for weight, _ in self._against[era])

    def likeliest(self) -> tuple[str, ...]:
        """The eras that least speaks against, the oldest first."""
        scores = {era: self.score(era) for era in self.eras}
        best = min(scores.values())
        return tuple(era for era in self.eras if scores[era] == best)

    def against(self, era: str) -> str:
        """What speaks against an era, the most telling first: `cancelVideo 200, and 2 more`; empty for nothing."""
        texts = [text for _, text in sorted(self._against[era])]
        more = f", and {len(texts) - 1} more" if len(texts) > 1 else ""
        return texts[0] + more if texts else ""


def _tellings(eras: Sequence[str], readings: Sequence[_Reading]) -> list[_Telling]:
    """What of their readings is against each era, and not against all."""
    tellings = []
    for era, mine in zip(eras, readings, strict=True):
        kinds = tuple(sorted({each[:2] for each in mine.complaints if _contested(each, readings)}))
        told = any(weight < Weight.EXTRAS for weight, _ in kinds)
        counts = {"exchanges": int(told), "errors": mine.errors, "warnings": mine.warnings}
        tellings.append(_Telling(era, kinds, counts))
    return [] if all(reading is _CLEAN for reading in readings) else tellings


def _contested(complaint: Complaint, readings: Sequence[_Reading]) -> bool:
    """Whether an era that has looked at the same thing does not have the complaint."""
    return any(complaint not in each.complaints and _looked(each, complaint) for each in readings)


def _looked(reading: _Reading, complaint: Complaint) -> bool:
    """Whether an era got so far, and declares what the complaint is about."""
    place = f"{complaint.place}/"
    unknown = any(place.startswith(f"{each.place}/") for each in reading.complaints if each.weight is Weight.EXTRAS)
    return reading.reached >= complaint.aspect and not (complaint.place and unknown)


# What an era says of an exchange


_CHANGING: Final = re.compile(rb"(?<![A-Za-z0-9])[A-Za-z]{0,40}[0-9][A-Za-z0-9]*")
"""Numbers, and words with a digit in them."""


def _looks(response: Response | None) -> Hashable:
    """Equal for answers that are alike but for what changes from call to call."""
    if response is None:
        return None
    lasting = response.body if len(response.body) > LARGEST else _CHANGING.sub(b"0", response.body)
    names = tuple(name for name, _ in response.headers)
    return response.status, names, response.header("content-type"), blake2b(lasting, digest_size=16).digest()


def _missing(operation: str) -> _Reading:
    """What an era says that does not have a call."""
    return _Reading(frozenset([Complaint(Weight.ANSWERS, f"the call {operation}", Aspect.CALL)]), Aspect.CALL)


def _reading(findings: list[Finding], status: int) -> _Reading:
    if not findings:
        return _CLEAN
    levels = Counter(finding.level for finding in findings)
    wrong = [_STOPS[finding.rule] for finding in findings if finding.level == "error" and finding.rule in _STOPS]
    complaints = frozenset(_complaint(finding, status) for finding in findings)
    return _Reading(complaints, min(wrong, default=Aspect.BODY), levels["error"], levels["warning"])


_STOPS: Final = {"S1": Aspect.STATUS, "S2": Aspect.TYPE}
"""The rules that, broken, end the looking, and where."""
_LEVELS: Final = {"error": Weight.BODIES, "warning": Weight.DOUBTS, "info": Weight.EXTRAS}
_ITEM: Final = re.compile(r"/[0-9]+(?=/|\Z)")


def _complaint(finding: Finding, status: int) -> Complaint:
    call, place = f"{finding.operation} {status}", _ITEM.sub("/*", finding.pointer)
    where, weight = place or finding.where, _LEVELS[finding.level]
    if finding.rule == "S1":
        return Complaint(Weight.ANSWERS, call, Aspect.STATUS)
    if finding.rule == "S2":
        return Complaint(weight, f"{call} as {finding.value or 'it is'}", Aspect.TYPE)
    if finding.rule == "S5":
        return Complaint(weight, f"{where.rpartition('/')[2]} {finding.value}", Aspect.BODY, place)
    if finding.rule == "S7" and finding.level == "warning":
        return Complaint(Weight.ANSWERS, f"{call} with {where} {finding.value}", Aspect.BODY, place)
    return Complaint(weight, f"{call} {where}", Aspect.BODY, place)
