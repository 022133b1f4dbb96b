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

from mockserver.contract.documents.capture import Capture, DocumentedOperation, load_capture
from mockserver.contract.eras.answer_fingerprint import answer_fingerprint
from mockserver.contract.findings import Finding
from mockserver.contract.judge.exchange import judge_exchange
from mockserver.contract.judge.operation_router import with_vendor_path
from mockserver.core.wire import Exchange, Response

MAX_COMPLAINTS: Final = 1_000
"""Kinds of complaint that are counted in one era."""
MAX_SIGNATURES: Final = 4_000
"""Answers that are remembered by their looks."""
MAX_NORMALIZED_BYTES: Final = 500_000
"""Bytes of a body in which is looked for what changes."""


class AnswerAspect(IntEnum):
    """What of an answer is looked at, one after the other: the first that is wrong ends it."""

    CALL = 0
    STATUS = 1
    CONTENT_TYPE = 2
    BODY = 3


class ComplaintWeight(IntEnum):
    """What a complaint tells about an era, the most telling first."""

    ANSWERS = 0
    """Another era has the call, the status, the error code."""
    BODIES = 1
    DOUBTS = 2
    UNDECLARED_FIELDS = 3
    """Another era declares the field; any may have it."""


class EraComplaint(NamedTuple):
    """A kind of thing that an era does not have."""

    weight: ComplaintWeight
    text: str
    """`cancelVideo 200`, `status "pending"`."""
    aspect: AnswerAspect
    place: str = ""
    """Where in the body, `*` standing for each item of a list."""


class EraScore(NamedTuple):
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


class _EraReading(NamedTuple):
    """What an era has to say of an exchange."""

    complaints: frozenset[EraComplaint]
    reached: AnswerAspect
    """The last aspect that was looked at."""
    errors: int = 0
    warnings: int = 0


_CLEAN: Final = _EraReading(frozenset(), AnswerAspect.BODY)


ComplaintKey = tuple[ComplaintWeight, str]
"""A complaint's weight and text."""


class _CounterEvidence(NamedTuple):
    """What an exchange tells against an era."""

    era: str
    complaint_keys: tuple[ComplaintKey, ...]
    counts: Mapping[str, int]


class EraEvidence:
    """The evidence of one vendor's exchanges."""

    def __init__(self, vendor: str, eras: Sequence[str], root: Path | None = None) -> None:
        self.eras = tuple(eras)
        self.operations: set[str] = set()
        """The operations that were called."""
        self._captures = [load_capture(vendor, era, root) for era in eras]
        self._find_cached = lru_cache(maxsize=256)(self._find_operations)
        self._complaints_by_era: dict[str, set[ComplaintKey]] = {era: set() for era in eras}
        self._totals: dict[str, Counter[str]] = {era: Counter() for era in eras}
        self._fingerprints: dict[tuple[str, str, int], str] = {}
        self._evidence_by_signature: dict[Hashable, list[_CounterEvidence]] = {}

    def observe(self, exchange: Exchange) -> None:
        """One exchange of the vendor's."""
        exchange = with_vendor_path(exchange)
        found = self._find_cached(exchange.request.method.upper(), exchange.request.path)
        if not any(found):
            return
        looks = (found, exchange.request.method, _answer_signature(exchange.response))
        tellings = self._evidence_by_signature.get(looks)
        if tellings is None:
            tellings = self._examine_new_answer(exchange, found)
            if len(self._evidence_by_signature) >= MAX_SIGNATURES:
                self._evidence_by_signature.clear()
            self._evidence_by_signature[looks] = tellings
        for each in tellings:
            self._totals[each.era].update(each.counts)

    def _examine_new_answer(
        self, exchange: Exchange, found: tuple[DocumentedOperation | None, ...]
    ) -> list[_CounterEvidence]:
        """The first exchange of its looks: what it tells of each era, nothing where it is right in all."""
        self.operations.update(each.id for each in found if each is not None)
        tellings = _counter_evidence(self.eras, self._read_by_each_era(exchange, found))
        for each in tellings:
            against = self._complaints_by_era[each.era]
            against.update(kind for kind in each.complaint_keys if len(against) < MAX_COMPLAINTS)
        return tellings

    def _find_operations(self, method: str, path: str) -> tuple[DocumentedOperation | None, ...]:
        """The operation of a call in each era."""
        return tuple(capture.find(method, path) for capture in self._captures)

    def _read_by_each_era(self, exchange: Exchange, found: tuple[DocumentedOperation | None, ...]) -> list[_EraReading]:
        """What each era has to say of an exchange."""
        missing = _missing_call_reading(next(each.id for each in found if each is not None))
        shared: dict[str, _EraReading] = {}
        readings = []
        for capture, operation in zip(self._captures, found, strict=True):
            if operation is None or exchange.response is None:
                readings.append(missing if operation is None else _CLEAN)
                continue
            alike = self._fingerprint(capture, operation, exchange.response.status)
            if alike not in shared:
                shared[alike] = _reading_of_findings(judge_exchange(capture, exchange), exchange.response.status)
            readings.append(shared[alike])
        return readings

    def _fingerprint(self, capture: Capture, operation: DocumentedOperation, status: int) -> str:
        """A text that is equal for eras that judge such an answer alike."""
        key = (capture.era, operation.pointer, status)
        if key not in self._fingerprints:
            self._fingerprints[key] = answer_fingerprint(capture, operation, status)
        return self._fingerprints[key]

    # What comes of it

    def score(self, era: str) -> EraScore:
        """How much speaks against an era."""
        kinds = Counter(weight for weight, _ in self._complaints_by_era[era])
        totals = self._totals[era]
        counted = (totals["exchanges"], totals["errors"], totals["warnings"])
        return EraScore(
            kinds[ComplaintWeight.ANSWERS], kinds[ComplaintWeight.BODIES], kinds[ComplaintWeight.DOUBTS], *counted
        )

    def undeclared_field_count(self, era: str) -> int:
        """Kinds of fields that were met, that others declare and it does not."""
        return sum(weight is ComplaintWeight.UNDECLARED_FIELDS for weight, _ in self._complaints_by_era[era])

    def likeliest_eras(self) -> tuple[str, ...]:
        """The eras that least speaks against, the oldest first."""
        scores = {era: self.score(era) for era in self.eras}
        best = min(scores.values())
        return tuple(era for era in self.eras if scores[era] == best)

    def describe_complaints(self, era: str) -> str:
        """What speaks against an era, the most telling first: `cancelVideo 200, and 2 more`; empty for nothing."""
        texts = [text for _, text in sorted(self._complaints_by_era[era])]
        more = f", and {len(texts) - 1} more" if len(texts) > 1 else ""
        return texts[0] + more if texts else ""


def _counter_evidence(eras: Sequence[str], readings: Sequence[_EraReading]) -> list[_CounterEvidence]:
    """What of their readings is against each era, and not against all."""
    tellings = []
    for era, mine in zip(eras, readings, strict=True):
        kinds = tuple(sorted({each[:2] for each in mine.complaints if _is_contested(each, readings)}))
        told = any(weight < ComplaintWeight.UNDECLARED_FIELDS for weight, _ in kinds)
        counts = {"exchanges": int(told), "errors": mine.errors, "warnings": mine.warnings}
        tellings.append(_CounterEvidence(era, kinds, counts))
    return [] if all(reading is _CLEAN for reading in readings) else tellings


def _is_contested(complaint: EraComplaint, readings: Sequence[_EraReading]) -> bool:
    """Whether an era that has looked at the same thing does not have the complaint."""
    return any(complaint not in each.complaints and _has_examined(each, complaint) for each in readings)


def _has_examined(reading: _EraReading, complaint: EraComplaint) -> bool:
    """Whether an era got so far, and declares what the complaint is about."""
    place = f"{complaint.place}/"
    unknown = any(
        place.startswith(f"{each.place}/")
        for each in reading.complaints
        if each.weight is ComplaintWeight.UNDECLARED_FIELDS
    )
    return reading.reached >= complaint.aspect and not (complaint.place and unknown)


# What an era says of an exchange


_VOLATILE: Final = re.compile(rb"(?<![A-Za-z0-9])[A-Za-z]{0,40}[0-9][A-Za-z0-9]*")
"""Numbers, and words with a digit in them."""


def _answer_signature(response: Response | None) -> Hashable:
    """Equal for answers that are alike but for what changes from call to call."""
    if response is None:
        return None
    lasting = response.body if len(response.body) > MAX_NORMALIZED_BYTES else _VOLATILE.sub(b"0", response.body)
    names = tuple(name for name, _ in response.headers)
    return response.status, names, response.header("content-type"), blake2b(lasting, digest_size=16).digest()


def _missing_call_reading(operation: str) -> _EraReading:
    """What an era says that does not have a call."""
    return _EraReading(
        frozenset([EraComplaint(ComplaintWeight.ANSWERS, f"the call {operation}", AnswerAspect.CALL)]),
        AnswerAspect.CALL,
    )


def _reading_of_findings(findings: list[Finding], status: int) -> _EraReading:
    if not findings:
        return _CLEAN
    levels = Counter(finding.level for finding in findings)
    wrong = [
        _STOPPING_RULES[finding.rule]
        for finding in findings
        if finding.level == "error" and finding.rule in _STOPPING_RULES
    ]
    complaints = frozenset(_to_complaint(finding, status) for finding in findings)
    return _EraReading(complaints, min(wrong, default=AnswerAspect.BODY), levels["error"], levels["warning"])


_STOPPING_RULES: Final = {"S1": AnswerAspect.STATUS, "S2": AnswerAspect.CONTENT_TYPE}
"""The rules that, broken, end the looking, and where."""
_WEIGHT_BY_LEVEL: Final = {
    "error": ComplaintWeight.BODIES,
    "warning": ComplaintWeight.DOUBTS,
    "info": ComplaintWeight.UNDECLARED_FIELDS,
}
_LIST_INDEX: Final = re.compile(r"/[0-9]+(?=/|\Z)")


def _to_complaint(finding: Finding, status: int) -> EraComplaint:
    call, place = f"{finding.operation} {status}", _LIST_INDEX.sub("/*", finding.pointer)
    where, weight = place or finding.where, _WEIGHT_BY_LEVEL[finding.level]
    if finding.rule == "S1":
        return EraComplaint(ComplaintWeight.ANSWERS, call, AnswerAspect.STATUS)
    if finding.rule == "S2":
        return EraComplaint(weight, f"{call} as {finding.value or 'it is'}", AnswerAspect.CONTENT_TYPE)
    if finding.rule == "S5":
        return EraComplaint(weight, f"{where.rpartition('/')[2]} {finding.value}", AnswerAspect.BODY, place)
    if finding.rule == "S7" and finding.level == "warning":
        return EraComplaint(ComplaintWeight.ANSWERS, f"{call} with {where} {finding.value}", AnswerAspect.BODY, place)
    return EraComplaint(weight, f"{call} {where}", AnswerAspect.BODY, place)
