"""The evidence of single answers for and against each era of a vendor: finds the likeliest eras of a recording.

    evidence = EraEvidence("phaseo", captured_eras("phaseo"))
    for exchange in exchanges:
        evidence.observe(exchange)
    evidence.likeliest_eras()

Theory of operation. Each answer is judged by the schemas of every era; eras with the same documentation of an answer
are judged once. A complaint of an era counts against it only if another era has examined the same thing (the call, the
status, the content type, the value of a field that it declares) and does not have the complaint: a mistake in every
era that gets so far, a misspelt state, is the server's and is no evidence of its age. Complaints are counted by kind:
the same mistake in each of a thousand polls is one mistake. The most telling kinds weigh most: calls, statuses and
error codes, then bodies, then doubts.

Answers that differ only in what changes from call to call (numbers, and words with digits in them: ids, times) are
judged once. An answer that is right in its own era never counts against that era, nor does one with the same
signature. So the true era of a server that makes no mistake is always among the likeliest; `selection` decides between
those.
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
"""Kinds of complaint that are counted for one era."""
MAX_SIGNATURES: Final = 4_000
"""Answer signatures that are remembered."""
MAX_NORMALIZED_BYTES: Final = 500_000
"""Bytes of the longest body whose volatile parts are replaced for a signature."""


class AnswerAspect(IntEnum):
    """The aspects of an answer in the order of examination; the first wrong one ends it."""

    CALL = 0
    STATUS = 1
    CONTENT_TYPE = 2
    BODY = 3


class ComplaintWeight(IntEnum):
    """The weight of a complaint about an era, the heaviest first."""

    ANSWERS = 0
    """Another era has the call, the status, the error code."""
    BODIES = 1
    DOUBTS = 2
    """Warnings."""
    UNDECLARED_FIELDS = 3
    """Another era declares the field; any may have it."""


class EraComplaint(NamedTuple):
    """A kind of thing that an era does not document."""

    weight: ComplaintWeight
    text: str
    """`cancelVideo 200`, `status "pending"`."""
    aspect: AnswerAspect
    place: str = ""
    """The place in the body, `*` standing for each item of a list; empty for the answer as a whole."""


class EraScore(NamedTuple):
    """The evidence against an era; the lowest score is the best."""

    answers: int
    """Kinds of complaint of weight ANSWERS."""
    bodies: int
    """Kinds of complaint of weight BODIES."""
    doubts: int
    """Kinds of complaint of weight DOUBTS."""
    exchanges: int
    """Exchanges with one of these complaints."""
    errors: int
    """Errors found by the schemas, whether other eras have them or not."""
    warnings: int


class _EraReading(NamedTuple):
    """The result of judging an exchange by one era."""

    complaints: frozenset[EraComplaint]
    reached: AnswerAspect
    """The last aspect that was examined."""
    errors: int = 0
    warnings: int = 0


_CLEAN: Final = _EraReading(frozenset(), AnswerAspect.BODY)


ComplaintKey = tuple[ComplaintWeight, str]
"""A complaint's weight and text."""


class _CounterEvidence(NamedTuple):
    """The evidence of one exchange against one era."""

    era: str
    complaint_keys: tuple[ComplaintKey, ...]
    counts: Mapping[str, int]


class EraEvidence:
    """Collects the evidence of one vendor's exchanges."""

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
        """Count the evidence of one exchange; a call that no era has is none."""
        exchange = with_vendor_path(exchange)
        operations = self._find_cached(exchange.request.method.upper(), exchange.request.path)
        if not any(operations):
            return
        signature = (operations, exchange.request.method, _answer_signature(exchange.response))
        evidence = self._evidence_by_signature.get(signature)
        if evidence is None:
            self.operations.update(each.id for each in operations if each is not None)
            evidence = _counter_evidence(self.eras, self._read_by_each_era(exchange, operations))
            for each in evidence:
                complaints = self._complaints_by_era[each.era]
                complaints.update(key for key in each.complaint_keys if len(complaints) < MAX_COMPLAINTS)
            if len(self._evidence_by_signature) >= MAX_SIGNATURES:
                self._evidence_by_signature.clear()
            self._evidence_by_signature[signature] = evidence
        for each in evidence:
            self._totals[each.era].update(each.counts)

    def _find_operations(self, method: str, path: str) -> tuple[DocumentedOperation | None, ...]:
        """Return the operation of a call in each era."""
        return tuple(capture.find(method, path) for capture in self._captures)

    def _read_by_each_era(
        self, exchange: Exchange, operations: tuple[DocumentedOperation | None, ...]
    ) -> list[_EraReading]:
        name = next(each.id for each in operations if each is not None)
        missing_call = EraComplaint(ComplaintWeight.ANSWERS, f"the call {name}", AnswerAspect.CALL)
        by_fingerprint: dict[str, _EraReading] = {}
        readings = []
        for capture, operation in zip(self._captures, operations, strict=True):
            if operation is None:
                readings.append(_EraReading(frozenset([missing_call]), AnswerAspect.CALL))
                continue
            if exchange.response is None:
                readings.append(_CLEAN)
                continue
            # Eras that document the answer alike are judged once.
            fingerprint = self._fingerprint(capture, operation, exchange.response.status)
            if fingerprint not in by_fingerprint:
                findings = judge_exchange(capture, exchange)
                by_fingerprint[fingerprint] = _reading_of_findings(findings, exchange.response.status)
            readings.append(by_fingerprint[fingerprint])
        return readings

    def _fingerprint(self, capture: Capture, operation: DocumentedOperation, status: int) -> str:
        key = (capture.era, operation.pointer, status)
        if key not in self._fingerprints:
            self._fingerprints[key] = answer_fingerprint(capture, operation, status)
        return self._fingerprints[key]

    # The result

    def score(self, era: str) -> EraScore:
        """Return the evidence against an era so far."""
        kinds = Counter(weight for weight, _ in self._complaints_by_era[era])
        totals = self._totals[era]
        return EraScore(
            answers=kinds[ComplaintWeight.ANSWERS],
            bodies=kinds[ComplaintWeight.BODIES],
            doubts=kinds[ComplaintWeight.DOUBTS],
            exchanges=totals["exchanges"],
            errors=totals["errors"],
            warnings=totals["warnings"],
        )

    def undeclared_field_count(self, era: str) -> int:
        """Return the number of fields that were seen, that other eras declare and this one does not."""
        return sum(weight is ComplaintWeight.UNDECLARED_FIELDS for weight, _ in self._complaints_by_era[era])

    def likeliest_eras(self) -> tuple[str, ...]:
        """Return the eras with the lowest score, the oldest first."""
        scores = {era: self.score(era) for era in self.eras}
        best = min(scores.values())
        return tuple(era for era in self.eras if scores[era] == best)

    def describe_complaints(self, era: str) -> str:
        """Return the weightiest complaint about an era: `cancelVideo 200, and 2 more`; empty if there is none."""
        texts = [text for _, text in sorted(self._complaints_by_era[era])]
        if len(texts) > 1:
            return f"{texts[0]}, and {len(texts) - 1} more"
        return "".join(texts)


def _counter_evidence(eras: Sequence[str], readings: Sequence[_EraReading]) -> list[_CounterEvidence]:
    """Return the evidence against each era: its complaints that another era does not share."""
    # The common case: the answer is right in every era and is no evidence at all.
    if all(reading is _CLEAN for reading in readings):
        return []
    evidence = []
    for era, reading in zip(eras, readings, strict=True):
        contested = {(each.weight, each.text) for each in reading.complaints if _is_contested(each, readings)}
        counts = any(weight < ComplaintWeight.UNDECLARED_FIELDS for weight, _ in contested)
        totals = {"exchanges": int(counts), "errors": reading.errors, "warnings": reading.warnings}
        evidence.append(_CounterEvidence(era, tuple(sorted(contested)), totals))
    return evidence


def _is_contested(complaint: EraComplaint, readings: Sequence[_EraReading]) -> bool:
    """Return True if an era that has examined the same thing does not have the complaint."""
    return any(complaint not in each.complaints and _has_examined(each, complaint) for each in readings)


def _has_examined(reading: _EraReading, complaint: EraComplaint) -> bool:
    """Return True if an era got to the aspect of a complaint, and declares the field that the complaint is about."""
    if reading.reached < complaint.aspect:
        return False
    if not complaint.place:
        return True
    undeclared = (each.place for each in reading.complaints if each.weight is ComplaintWeight.UNDECLARED_FIELDS)
    return not any(f"{complaint.place}/".startswith(f"{place}/") for place in undeclared)


# One answer, one era

_VOLATILE: Final = re.compile(rb"(?<![A-Za-z0-9])[A-Za-z]{0,40}[0-9][A-Za-z0-9]*")
"""Numbers, and words with a digit in them."""


def _answer_signature(response: Response | None) -> Hashable:
    """Return a value that is equal for answers that differ only in what changes from call to call."""
    if response is None:
        return None
    body = response.body
    if len(body) <= MAX_NORMALIZED_BYTES:
        body = _VOLATILE.sub(b"0", body)
    names = tuple(name for name, _ in response.headers)
    return response.status, names, response.header("content-type"), blake2b(body, digest_size=16).digest()


def _reading_of_findings(findings: list[Finding], status: int) -> _EraReading:
    if not findings:
        return _CLEAN
    levels = Counter(finding.level for finding in findings)
    stops = [_STOPPING_RULES.get(finding.rule, AnswerAspect.BODY) for finding in findings if finding.level == "error"]
    complaints = frozenset(_to_complaint(finding, status) for finding in findings)
    return _EraReading(complaints, min(stops, default=AnswerAspect.BODY), levels["error"], levels["warning"])


_STOPPING_RULES: Final = {"S1": AnswerAspect.STATUS, "S2": AnswerAspect.CONTENT_TYPE}
"""The rules that end the examination if they are broken, and the aspect reached then."""
_WEIGHT_BY_LEVEL: Final = {
    "error": ComplaintWeight.BODIES,
    "warning": ComplaintWeight.DOUBTS,
    "info": ComplaintWeight.UNDECLARED_FIELDS,
}
_LIST_INDEX: Final = re.compile(r"/[0-9]+(?=/|\Z)")


def _to_complaint(finding: Finding, status: int) -> EraComplaint:
    call = f"{finding.operation} {status}"
    place = _LIST_INDEX.sub("/*", finding.pointer)
    where = place or finding.where
    weight = _WEIGHT_BY_LEVEL[finding.level]
    if finding.rule == "S1":
        return EraComplaint(ComplaintWeight.ANSWERS, call, AnswerAspect.STATUS)
    if finding.rule == "S2":
        return EraComplaint(weight, f"{call} as {finding.value or 'it is'}", AnswerAspect.CONTENT_TYPE)
    if finding.rule == "S5":
        return EraComplaint(weight, f"{where.rpartition('/')[2]} {finding.value}", AnswerAspect.BODY, place)
    if finding.rule == "S7" and finding.level == "warning":
        return EraComplaint(ComplaintWeight.ANSWERS, f"{call} with {where} {finding.value}", AnswerAspect.BODY, place)
    return EraComplaint(weight, f"{call} {where}", AnswerAspect.BODY, place)
